import { randomBytes } from 'node:crypto';
import { engineUrl } from '../../testing/engines/engine-url';
import { openLake } from './open-lake';
import { describeLakeContract } from './testing/lake-contract';

const database = `test_${randomBytes(6).toString('hex')}`;

describeLakeContract({
  name: 'ClickHouse over HTTP',
  open: () => openLake({ url: engineUrl('CLICKHOUSE_URL'), database }),
});

it('a server that does not answer rejects as a fault worth another try', async () => {
  await expect(openLake({ url: 'http://127.0.0.1:1' })).rejects.toMatchObject({
    code: 'ECONNREFUSED',
    retryable: true,
  });
});

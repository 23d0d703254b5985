import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareDataDir } from './preflight';

test('the data directory is made with all above it, for the owner only', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'muster-preflight-'));
  try {
    const dataDir = join(dir, 'a', 'b');
    expect(prepareDataDir(dataDir)).toBeUndefined();
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(prepareDataDir(dataDir)).toBeUndefined();
  } finally {
    await rm(dir, { recursive: true });
  }
});

test.each(['/proc/muster/data', '/dev/null/data'])('%s is refused, and the variable named', (dataDir) => {
  expect(prepareDataDir(dataDir)).toEqual({
    variable: 'MUSTER_DATA_DIR',
    message: expect.stringContaining(`${dataDir} cannot be written`) as string,
  });
});

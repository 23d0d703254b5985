import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCatalog } from './open-catalog';
import { catalogContract } from './testing/catalog-contract';

const fresh = (): string => mkdtempSync(join(tmpdir(), 'muster-catalog-'));

catalogContract('PGlite', () => {
  const path = fresh();
  return Promise.resolve({
    open: () => openCatalog({ path }),
    dispose: () => rm(path, { recursive: true, force: true }),
  });
});

test('the directory of an embedded catalog is refused to a second opener', async () => {
  const path = fresh();
  const catalog = await openCatalog({ path });
  await expect(openCatalog({ path })).rejects.toMatchObject({ code: 'in_use' });
  await catalog.close();
  await rm(path, { recursive: true, force: true });
});

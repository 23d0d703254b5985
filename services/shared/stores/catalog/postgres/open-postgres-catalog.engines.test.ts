import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { engineUrl } from '../../../testing/engines/engine-url';
import { openCatalog } from '../open-catalog';
import { catalogContract } from '../testing/catalog-contract';

/** A database of its own on the server of the tests. */
async function freshDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const server = engineUrl('POSTGRES_URL');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const run = async (sql: string): Promise<void> => {
    const client = new Client({ connectionString: server });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  await run(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(`DROP DATABASE ${name} WITH (FORCE)`) };
}

catalogContract('Postgres', async () => {
  const { url, drop } = await freshDatabase();
  return { open: () => openCatalog({ url }), dispose: drop };
});

test('several processes that start at once apply each migration once', async () => {
  const { url, drop } = await freshDatabase();
  const catalogs = await Promise.all(Array.from({ length: 5 }, () => openCatalog({ url })));
  expect(new Set(await Promise.all(catalogs.map((catalog) => catalog.revision()))).size).toBe(1);
  const firsts = await Promise.all(
    Array.from({ length: 50 }, (_, n) => catalogs[n % 5]!.nextBlock('iid', 10)),
  );
  expect(new Set(firsts).size).toBe(50);
  await Promise.all(catalogs.map((catalog) => catalog.close()));
  await drop();
});

test('a server that does not answer is named, without its password', async () => {
  await expect(openCatalog({ url: 'postgres://me:secret@127.0.0.1:1/muster' })).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringMatching(/^POSTGRES_URL: 127\.0\.0\.1:1\/muster does not answer/) as string,
  });
});

import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { eventually } from '../../../testing/eventually';
import { engineUrl } from '../../../testing/engines/engine-url';
import { openCatalog } from '../open-catalog';
import { catalogContract } from '../testing/catalog-contract';

/** A database of its own on the server of the tests. */
async function freshDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(`CREATE DATABASE ${name}`);
  const url = new URL(engineUrl('POSTGRES_URL'));
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(`DROP DATABASE ${name} WITH (FORCE)`) };
}

async function onServer(sql: string): Promise<void> {
  const client = new Client({ connectionString: engineUrl('POSTGRES_URL') });
  await client.connect();
  await client.query(sql);
  await client.end();
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

test('a right is one process’s at a time, goes on when it is given back, and its loss is told', async () => {
  const { url, drop } = await freshDatabase();
  const [first, second] = [await openCatalog({ url }), await openCatalog({ url })];
  let lost = 0;
  const giveBack = await first.hold('builder', () => lost++);
  let taken = false;
  const waiting = second
    .hold('builder', () => lost++)
    .then((release) => {
      taken = true;
      return release;
    });
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(taken).toBe(false);
  await giveBack();
  await waiting;
  expect(lost).toBe(0);
  await onServer(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'muster builder'`,
  );
  await eventually(() => Promise.resolve(expect(lost).toBe(1)));
  await Promise.all([first.close(), second.close()]);
  await drop();
});

test('a server that does not answer is named, without its password', async () => {
  await expect(openCatalog({ url: 'postgres://me:secret@127.0.0.1:1/muster' })).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringMatching(/^POSTGRES_URL: 127\.0\.0\.1:1\/muster does not answer/) as string,
  });
});

import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkDataDirectory, checkDisk } from './check-data-directory';
import { checkClock, checkMemory, checkNode, checkOpenFiles } from './check-host';
import { checkSkew } from './check-servers';
import { checkMigrations } from './check-versions';
import { portOwner } from './port-owner';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'muster-doctor-'))));
afterEach(() => rmSync(directory, { recursive: true }));

test.each([
  ['18.20.4', 'wrong'],
  ['20.18.9', 'wrong'],
  ['20.19.0', 'ok'],
  ['22.0.0', 'ok'],
])('Node.js %s is %s', (version, level) => expect(checkNode(version).level).toBe(level));

test.each(['/proc/muster/data', '/dev/null/data', '/dev/null'])('%s cannot hold the data', (dataDir) => {
  const [finding, ...others] = checkDataDirectory(dataDir);
  expect(finding).toMatchObject({ level: 'wrong', what: 'data directory' });
  expect(finding?.remedy).toContain('MUSTER_DATA_DIR');
  expect(others).toEqual([]);
});

test('a directory that is not there yet is well, and is not made', () => {
  const dataDir = join(directory, 'a', 'b');
  expect(checkDataDirectory(dataDir).map(({ level }) => level)).toEqual(['ok', 'ok']);
  expect(checkDataDirectory(directory)[0]).toMatchObject({ level: 'ok', detail: directory });
});

test('secrets that others may read, and a directory that others may write, are named with the command that mends them', () => {
  writeFileSync(join(directory, 'secret'), 'x', { mode: 0o600 });
  writeFileSync(join(directory, 'admin-token'), 'x', { mode: 0o600 });
  const permissions = () => checkDataDirectory(directory).filter(({ what }) => what === 'permissions');
  expect(permissions()).toMatchObject([{ level: 'ok' }]);
  chmodSync(join(directory, 'admin-token'), 0o640);
  chmodSync(directory, 0o770);
  expect(permissions()).toMatchObject([
    { level: 'wrong', remedy: `chmod 600 ${join(directory, 'admin-token')}` },
    { level: 'warning', remedy: `chmod 700 ${directory}` },
  ]);
});

test('a disk without room, or without room for files, is wrong', () => {
  const room = { bavail: 1e9, bsize: 4_096, files: 1e6, ffree: 1e6 };
  expect(checkDisk(room)).toMatchObject([{ level: 'ok' }]);
  expect(checkDisk({ ...room, bavail: 1_000 })).toMatchObject([{ level: 'wrong' }]);
  expect(checkDisk({ ...room, ffree: 10 })).toMatchObject([{ level: 'wrong' }]);
  expect(checkDisk({ ...room, files: 0, ffree: 0 })).toMatchObject([{ level: 'ok' }]);
});

test('a clock that is before what was written here is wrong', () => {
  mkdirSync(join(directory, 'log'));
  expect(checkClock(directory)).toMatchObject({ level: 'ok' });
  const ahead = new Date(Date.now() + 600_000);
  utimesSync(join(directory, 'log'), ahead, ahead);
  expect(checkClock(directory)).toMatchObject({ level: 'wrong', what: 'clock' });
});

test("a server's clock may be off by what the question took", () => {
  expect(checkSkew('clock', 1_500, 4)).toMatchObject({ level: 'ok', detail: '1500 ms ahead of this host' });
  expect(checkSkew('clock', -2_500, 2_000)).toMatchObject({ level: 'ok' });
  expect(checkSkew('clock', -2_500, 4)).toMatchObject({ level: 'wrong', detail: '2.5 s behind this host' });
});

test('memory and open files', () => {
  expect(checkMemory(2 ** 29)).toMatchObject({ level: 'warning', detail: '0.5 GiB may be used here' });
  expect(checkMemory(0).what).toBe('memory');
  const limits = (soft: string) =>
    `Limit  Soft Limit\nMax open files            ${soft}                 524288  files\n`;
  expect(checkOpenFiles(limits('1024'))).toMatchObject([{ level: 'warning' }]);
  expect(checkOpenFiles(limits('20000'))).toMatchObject([{ level: 'ok' }]);
  expect(checkOpenFiles(limits('unlimited'))).toMatchObject([{ level: 'ok' }]);
  expect(checkOpenFiles('')).toEqual([]);
});

test('migrations of the data against those of this version', () => {
  const own = { '0001_a.sql': 'x', '0002_b.sql': 'y' };
  const check = (applied: Record<string, string> | undefined) => checkMigrations('postgres', applied, own);
  expect(check(undefined)).toMatchObject({ level: 'ok', detail: 'made at the first start' });
  expect(check(own)).toMatchObject({ level: 'ok', detail: 'as this version has it (0002_b.sql)' });
  expect(check({ '0001_a.sql': 'x' })).toMatchObject({
    level: 'ok',
    detail: 'the next start applies 0002_b.sql',
  });
  expect(check({ ...own, '0003_c.sql': 'z' })).toMatchObject({ level: 'warning' });
  expect(check({ ...own, '0001_a.sql': 'other' })).toMatchObject({ level: 'wrong' });
});

test('who listens on a port is named, where the system tells', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const expected = process.platform === 'linux' ? `process ${process.pid} (` : undefined;
  expect(portOwner(port)?.slice(0, expected?.length)).toBe(expected);
  server.close();
  await once(server, 'close');
  expect(portOwner(port)).toBeUndefined();
});

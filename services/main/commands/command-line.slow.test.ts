import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { eventuallyGives } from '../../shared/testing/eventually';
import { environmentOf, muster, type CommandRun } from '../testing/muster-command';
import { RunningPlatform } from '../testing/running-platform';

jest.setTimeout(300_000);

const AT = new Date(Date.now() - 60_000).toISOString();
const maid = (n: number): string => `maid:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const record = (n: number, trait = 'interest/running'): string =>
  JSON.stringify({ id: maid(n), trait, at: AT });

let platform: RunningPlatform;
let directory: string;
let audience: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'muster-command-'));
  platform = await RunningPlatform.start();
  await platform.call('POST', '/v1/exchanges', {
    id: 'xchg',
    name: 'X',
    currencies: ['USD'],
    seat: 'muster',
  });
  await platform.call('POST', '/v1/providers', { id: 'panel', name: 'Panel' });
  await platform.call('POST', '/v1/providers/panel/traits', { code: 'interest/running', name: 'Running' });
  const made = await platform.call<{ id: string }>('POST', '/v1/audiences', {
    name: 'Runners',
    rule: { all: [{ trait: 'panel/interest/running' }, { not: { identity: 'email' } }] },
  });
  audience = made.id;
});
afterAll(async () => {
  await platform.stop();
  await platform.dispose();
  rmSync(directory, { recursive: true });
});

const run = (...args: string[]): Promise<CommandRun> =>
  muster(args, { environment: environmentOf(platform) });
const fed = (input: string | Buffer, ...args: string[]): Promise<CommandRun> =>
  muster(args, { environment: environmentOf(platform), input });
const file = (name: string, content: string | Buffer): string => {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
};
const stored = async (): Promise<number> =>
  (await platform.sql<{ rows: number }>('SELECT toUInt32(count()) AS rows FROM traits'))[0]?.rows ?? NaN;

test('import: rejected lines are named and kept, and count once they are mended and imported again', async () => {
  // The collector learns of a new trait within a second.
  await eventuallyGives(
    'the trait is known',
    async () => (await fed(record(1), 'import', 'panel', '-')).status === 0,
  );
  const source = file(
    'a.ndjson',
    [record(1), record(2, 'interest/swimming'), '{"id":', '', record(3)].join('\n'),
  );
  const rejects = join(directory, 'rejects.ndjson');
  const first = await run('import', 'panel', source, '--rejects', rejects);
  expect(first).toMatchObject({ status: 3 });
  expect(first.stdout).toContain('2 accepted, 2 rejected of 5 lines');
  expect(first.stdout).toContain(`muster import panel ${rejects}`);
  expect(first.stderr).toContain("line 2: unknown_trait: trait is not in the provider's taxonomy");
  expect(statSync(rejects).mode & 0o777).toBe(0o600);
  const [second, third] = readFileSync(rejects, 'utf8').trimEnd().split('\n');
  expect(JSON.parse(second ?? '')).toMatchObject({ line: 2, code: 'unknown_trait', record: { id: maid(2) } });
  expect(JSON.parse(third ?? '')).toMatchObject({ line: 3, code: 'invalid_json', record: '{"id":' });

  const mended = file('mended.ndjson', `${second?.replace('swimming', 'running')}\n`);
  expect(await run('import', 'panel', mended)).toMatchObject({ status: 0 });
  await eventuallyGives('three people', async () => (await stored()) === 3);
});

test('import: gzip from standard input, JSON, and a second time nothing counts twice', async () => {
  const lines = Array.from({ length: 2_500 }, (_, i) => record(i + 1)).join('\n');
  for (let time = 1; time <= 2; time++) {
    const { status, stdout } = await fed(gzipSync(lines), 'import', 'panel', '-', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      provider: 'panel',
      lines: 2_500,
      accepted: 2_500,
      rejected: 0,
      errors: [],
      importIds: [expect.stringMatching(/^imp_/)],
    });
  }
  // The repeats come after the originals: once this newer record is there, they are through as well.
  await fed(record(9_999), 'import', 'panel', '-');
  await eventuallyGives('all are in the lake', async () => (await stored()) === 2_501);
});

test('import: what broke off says where to go on, and --from-line does', async () => {
  const broken = gzipSync(Array.from({ length: 90_000 }, (_, i) => record(i % 7)).join('\n')).subarray(
    0,
    -2_000,
  );
  const torn = await fed(broken, 'import', 'panel', '-');
  expect(torn.status).toBe(1);
  expect(torn.stderr).toMatch(/gzip data is damaged or ends too early; .* to go on there: --from-line \d+/);
  const rest = await fed(
    [record(1), record(2), record(3)].join('\n'),
    'import',
    'panel',
    '-',
    '--from-line',
    '3',
    '--json',
  );
  expect(JSON.parse(rest.stdout)).toMatchObject({ lines: 1, accepted: 1 });
});

test('import: more rejected lines than an answer names are all in the report', async () => {
  const source = file('many.ndjson', Array.from({ length: 2_200 }, (_, i) => record(i, 'none')).join('\n'));
  const rejects = join(directory, 'many-rejects.ndjson');
  const { status, stdout } = await run(
    'import',
    'panel',
    source,
    '--rejects',
    rejects,
    '--json',
    '--errors',
    '2',
  );
  expect(status).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ rejected: 2_200, byCode: { unknown_trait: 2_200 } });
  const lines = readFileSync(rejects, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { line: number }).line)).toEqual(
    lines.map((_, i) => i + 1),
  );
  expect(lines).toHaveLength(2_200);
});

test.each([
  [['import'], "missing required argument 'provider'"],
  [['import', 'panel', '/nowhere/file'], '/nowhere/file does not exist'],
  [['import', 'panel', tmpdir()], 'is a directory'],
  [['import', 'panel', '-', '--from-line', '0'], 'a whole number from 1'],
  [['import', 'panel', '-', '--rejects', '/nowhere/file'], '--rejects: ENOENT'],
  [['sql', '--format', 'csv', '--json', 'SELECT 1'], 'contradict'],
  [['sql', '--file', '/nowhere/file'], '--file: ENOENT'],
  [['sql', '  '], 'there is no statement'],
  [['explain', 'bid', 'xchg', '/nowhere/file'], 'ENOENT'],
  [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish'],
  [['no-such-command'], "unknown command 'no-such-command'"],
])('%j is a fault of use: status 2, no stack', async (args, said) => {
  const { status, stdout, stderr } = await run(...args);
  expect(stderr).toContain(said);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
});

test('import does not write its report over the file that it reads', async () => {
  const source = file('same.ndjson', record(1));
  expect(await run('import', 'panel', source, '--rejects', source)).toMatchObject({ status: 2 });
  expect(readFileSync(source, 'utf8')).toBe(record(1));
});

test('sql: from an argument, a file or standard input, in each format', async () => {
  expect(await run('sql', "SELECT 1 AS a, 'x' AS b")).toMatchObject({ status: 0, stdout: '1\tx\n' });
  const query = file('q.sql', "SELECT 1 AS a, 'x,y' AS b");
  expect(await run('sql', '--file', query, '--format', 'csv')).toMatchObject({
    stdout: '"a","b"\n1,"x,y"\n',
  });
  expect(await fed('SELECT 1 AS a', 'sql', '-', '--format', 'tsv')).toMatchObject({ stdout: 'a\n1\n' });
  expect(JSON.parse((await fed('SELECT 1 AS a', 'sql', '--json')).stdout)).toMatchObject({
    data: [{ a: 1 }],
  });
  const table = await run('sql', 'SELECT number AS n FROM numbers(5)', '--format', 'table', '--rows', '2');
  expect(table.stdout.match(/│ \d │/g)).toEqual(['│ 0 │', '│ 1 │']);
  expect(table.stderr).toContain('the first 2 rows; --rows shows more');
  const described = await run('sql', 'DESCRIBE events', '--format', 'table', '--rows', '100');
  expect(described).toMatchObject({ status: 0, stderr: '' });
  expect(described.stdout).toContain('event_id');
});

test('sql: an error of the engine marks the place and says what there is', async () => {
  const unknown = await run('sql', 'SELECT uid,\n  colour FROM events');
  expect(unknown.status).toBe(1);
  expect(unknown.stderr).toContain('\n    colour FROM events\n    ^^^^^^\n');
  expect(unknown.stderr).toContain('muster sql "SHOW TABLES"');
  const syntax = await run('sql', 'SELECT 1 FORM x y');
  expect(syntax.stderr).toMatch(/Syntax error[^\n]*\n {2}SELECT 1 FORM x y\n {2} +\^/);
});

test('explain person: what is known, and why in an audience, clause by clause', async () => {
  const profile = await eventuallyGives('a member', async () => {
    const { stdout } = await run('explain', 'person', maid(1));
    return stdout.includes(audience) && stdout;
  });
  expect(profile).toContain(`  ${maid(1)}\n`);
  expect(profile).toMatch(/panel\/interest\/running +at /);
  const why = await run('explain', 'person', maid(1), audience);
  expect(why.status).toBe(0);
  expect(why.stdout).toMatch(
    /^person \d+ is IN Runners \(aud_\w+, version 1, ready\): the rule holds\nbidders see: a member since /,
  );
  expect(why.stdout).toMatch(
    /\n {2}yes {2}trait panel\/interest\/running .*\n +found: trait panel\/interest\/running, op set/,
  );
  expect(why.stdout).toMatch(
    /\n {2}yes {2}not\(identity email\).*\n {4}no {3}identity email\n +found: nothing\n/,
  );
  const json = JSON.parse((await run('explain', 'person', maid(1), audience, '--json')).stdout) as unknown;
  expect(json).toMatchObject({ in: true, rule: { parts: [{ holds: true }, { holds: true }] } });
  expect(await run('explain', 'person', maid(123_456))).toMatchObject({ status: 1, stdout: '' });
});

test('explain bid: a saved request, line item by line item', async () => {
  await platform.call('POST', '/v1/advertisers', {
    id: 'shop',
    name: 'Shop',
    domain: 'shop.example',
    categories: ['IAB22'],
  });
  const creative = await platform.call<{ id: string }>('POST', '/v1/creatives', {
    advertiserId: 'shop',
    type: 'banner',
    w: 300,
    h: 250,
    adm: '<b>Shoes</b>',
  });
  const lineItem = (name: string, more: object) =>
    platform.call<{ id: string }>('POST', '/v1/line-items', {
      advertiserId: 'shop',
      name,
      status: 'active',
      bidCpm: '2.50',
      currency: 'USD',
      creatives: [creative.id],
      ...more,
    });
  const bids = await lineItem('For runners', { audiences: { anyOf: [audience] } });
  const elsewhere = await lineItem('In France', { geo: { countries: ['FRA'] } });
  const request = file(
    'request.json',
    JSON.stringify({
      id: 'r1',
      imp: [{ id: 'i1', banner: { format: [{ w: 300, h: 250 }] } }],
      site: { domain: 'daily.example' },
      device: { ifa: maid(1).slice(5), geo: { country: 'USA' } },
    }),
  );
  const { stdout } = await eventuallyGives('a bid', async () => {
    const answer = await run('explain', 'bid', 'xchg', request);
    return answer.stdout.includes('BID') ? answer : undefined;
  });
  expect(stdout).toMatch(/^request r1 of xchg\nconsent: storage yes/);
  expect(stdout).toMatch(/\nperson: +\d+, by maid; evaluated [\d.]+ s ago\n/);
  expect(stdout).toMatch(
    new RegExp(`\\nimp i1:\\n  BID +${bids.id} +For runners +2.5 USD CPM, creative ${creative.id}\\n`),
  );
  expect(stdout).toMatch(new RegExp(`\\n  no +${elsewhere.id} +In France +\\w+\\n`));
  const json = await fed(readFileSync(request), 'explain', 'bid', 'xchg', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({ id: 'r1', person: { known: true } });
  const bad = await fed('{"id":"r"}', 'explain', 'bid', 'xchg');
  expect(bad).toMatchObject({ status: 1, stdout: '' });
  expect(bad.stderr).toContain('\n  imp: ');
});

interface Diagnosis {
  ok: boolean;
  findings: { level: string; what: string; detail: string; remedy?: string }[];
}

async function diagnose(
  environment: Record<string, string>,
): Promise<{ status: number | null; diagnosis: Diagnosis }> {
  const { status, stdout } = await muster(['doctor', '--json'], { environment });
  return { status, diagnosis: JSON.parse(stdout) as Diagnosis };
}

test('doctor: a running platform is well, and its data have the schema of this version', async () => {
  const { status, diagnosis } = await diagnose(environmentOf(platform));
  expect({ status, ok: diagnosis.ok }).toEqual({ status: 0, ok: true });
  expect(diagnosis.findings).toContainEqual(
    expect.objectContaining({
      what: 'platform',
      detail: expect.stringContaining(`(process ${platform.pid}) and is ready`) as string,
    }),
  );
  for (const schema of ['clickhouse', 'postgres'])
    expect(diagnosis.findings).toContainEqual(
      expect.objectContaining({
        what: `schema of ${schema}`,
        detail: expect.stringContaining('as this version has it') as string,
      }),
    );
});

test('doctor: a second instance that asks another ops port learns who holds the directory', async () => {
  const { status, diagnosis } = await diagnose({ ...environmentOf(platform), MUSTER_OPS_PORT: '1' });
  const finding = diagnosis.findings.find(({ what }) => what === 'platform');
  expect(status).toBe(1);
  expect(finding?.detail).toContain(`holds the lock (process ${platform.pid})`);
  expect(finding?.remedy).toContain('MUSTER_OPS_PORT');
  // Looking has not taken the lock's name away.
  expect(readFileSync(join(platform.dataDir, 'supervisor.lock'), 'utf8')).toBe(`process ${platform.pid}\n`);
});

test('doctor: taken ports are named with who has them, a broken path with what to do', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { status, diagnosis } = await diagnose({
    ...environmentOf(platform),
    MUSTER_DATA_DIR: '/dev/null/data',
    MUSTER_PORT: String(port),
  }).finally(() => server.close());
  expect(status).toBe(1);
  const finding = (name: string) => diagnosis.findings.find(({ what }) => what === name);
  expect(finding('MUSTER_PORT')).toMatchObject({
    level: 'wrong',
    remedy: expect.stringContaining('set MUSTER_PORT') as string,
  });
  expect(finding('MUSTER_PORT')?.detail).toContain(`127.0.0.1:${port} is taken`);
  if (process.platform === 'linux')
    expect(finding('MUSTER_PORT')?.detail).toContain(`by process ${process.pid}`);
  expect(finding('data directory')).toMatchObject({ level: 'wrong' });
});

test('doctor: an open secret and bad values are findings, as text with a remedy', async () => {
  const dataDir = mkdtempSync(join(directory, 'data-'));
  writeFileSync(join(dataDir, 'secret'), 'x');
  chmodSync(join(dataDir, 'secret'), 0o644);
  const open = await muster(['doctor'], { environment: { MUSTER_DATA_DIR: dataDir } });
  expect(open.status).toBe(1);
  expect(open.stdout).toContain(`→ chmod 600 ${join(dataDir, 'secret')}`);
  const bad = await muster(['doctor'], { environment: { MUSTER_PORT: 'http' } });
  expect(bad.status).toBe(1);
  expect(bad.stdout).toMatch(/WRONG {2}MUSTER_PORT +must be a port from 1 to 65535\n/);
});

test('an old Node.js is told so before anything else is loaded', async () => {
  const old = file(
    'old.cjs',
    `Object.defineProperty(process.versions, 'node', { value: '14.21.3' });
     require('node:module')._load = ((load) => (name, ...rest) => {
       if (/dist/.test(name)) throw new Error('loaded ' + name);
       return load(name, ...rest);
     })(require('node:module')._load);`,
  );
  const { status, stderr } = await muster(['doctor'], { nodeOptions: ['--require', old] });
  expect(stderr).toContain('needs Node.js 20.19 or newer, and this is 14.21.3');
  expect(status).toBe(1);
});

test('nobody there: one line that says how to go on', async () => {
  const { status, stderr } = await muster(['sql', 'SELECT 1'], { environment: { MUSTER_PORT: '1' } });
  expect(status).toBe(1);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(stderr).toContain('127.0.0.1:1: nothing listens there; start the platform with `muster serve`');
});

test('completion: bash offers commands, options, their values and files', async () => {
  const script = file('completion.bash', (await run('completion', 'bash')).stdout);
  file('a file.json', '{}');
  const offered = (...words: string[]): string[] => {
    const ask = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _muster; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const shell = spawnSync('bash', ['--norc', '-c', ask, script, ...words], {
      cwd: directory,
      encoding: 'utf8',
    });
    expect(shell.stderr).toBe('');
    return shell.stdout.split('\n').filter(Boolean);
  };
  expect(offered('muster', 'im')).toEqual(['import']);
  expect(offered('muster', 'explain', '')).toEqual(expect.arrayContaining(['person', 'bid']));
  expect(offered('muster', 'explain', 'bid', '--j')).toEqual(['--json']);
  expect(offered('muster', 'serve', 'b')).toEqual(['builder', 'bidder']);
  expect(offered('muster', 'replay', '--source', 'e')).toEqual(['events']);
  expect(offered('muster', 'import', 'panel', 'a ')).toEqual(['a file.json']);
  expect(offered('muster', 'sql', '--rows', '')).toEqual([]);
});

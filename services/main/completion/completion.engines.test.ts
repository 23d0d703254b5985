import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { muster } from '../testing/muster-command';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'muster-completion-'));
  writeFileSync(join(directory, 'records.ndjson'), '');
});
afterAll(() => rmSync(directory, { recursive: true }));

function shell(command: string, args: string[]): string {
  const { stdout, stderr, error } = spawnSync(command, args, { cwd: directory, encoding: 'utf8' });
  // infra/install-engines.sh brings the shells: without one this fails.
  if (error !== undefined) throw error;
  expect(stderr).toBe('');
  return stdout;
}

async function script(name: string): Promise<string> {
  const path = join(directory, `completion.${name}`);
  writeFileSync(path, (await muster(['completion', name])).stdout);
  return path;
}

test('fish offers commands, options, their values and files', async () => {
  const path = await script('fish');
  const offered = (line: string): string[] =>
    shell('fish', ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', path, line])
      .split('\n')
      .filter(Boolean)
      .map((row) => row.split('\t')[0] ?? '');
  expect(offered('muster im')).toEqual(['import']);
  expect(offered('muster explain ')).toEqual(expect.arrayContaining(['person', 'bid']));
  expect(offered('muster explain bid --j')).toEqual(['--json']);
  expect(offered('muster serve b')).toEqual(['bidder', 'builder']);
  expect(offered('muster replay --source e')).toEqual(['events']);
  expect(offered('muster import panel rec')).toEqual(['records.ndjson']);
});

test('zsh offers commands, options, their values and files', async () => {
  const path = await script('zsh');
  // Outside of a line that somebody edits, the functions that offer just say what.
  const harness = `compdef() { : }; _describe() { print -l -- "\${(@P)argv[-1]}" }; _files() { print FILES }
    source $1; shift; words=("$@"); CURRENT=$#words; _muster`;
  const offered = (...words: string[]): string[] =>
    shell('zsh', ['-f', '-c', harness, 'zsh', path, ...words])
      .split('\n')
      .filter(Boolean)
      .map((row) => row.split(':')[0] ?? '');
  expect(offered('muster', '')).toEqual(expect.arrayContaining(['import', 'sql', 'explain', 'doctor']));
  expect(offered('muster', 'explain', '')).toEqual(expect.arrayContaining(['person', 'bid']));
  expect(offered('muster', 'explain', 'bid', '-')).toEqual(['--json', '--help', '-h']);
  expect(offered('muster', 'replay', '--source', '')).toContain('events');
  expect(offered('muster', 'import', 'panel', '')).toEqual(['FILES']);
});

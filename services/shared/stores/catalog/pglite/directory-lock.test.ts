import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transpileModule, ModuleKind, ScriptTarget } from 'typescript';
import { lockDirectory } from './directory-lock';

/** Another process needs the module as JavaScript. */
function compile(to: string): string {
  mkdirSync(join(to, 'pglite'), { recursive: true });
  for (const [source, target] of [
    ['directory-lock.ts', 'pglite/directory-lock.js'],
    ['../catalog-error.ts', 'catalog-error.js'],
  ] as const) {
    const { outputText } = transpileModule(readFileSync(join(__dirname, source), 'utf8'), {
      compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 },
    });
    // The copy lies outside the package: it is told where to find what it needs.
    const native = JSON.stringify(require.resolve('fs-native-extensions'));
    writeFileSync(join(to, target), outputText.replace('"fs-native-extensions"', native));
  }
  return join(to, 'pglite/directory-lock.js');
}

describe('lock on a directory', () => {
  const root = mkdtempSync(join(tmpdir(), 'muster-lock-'));
  const script = compile(join(root, 'compiled'));
  const fresh = (name: string) => {
    const directory = join(root, name);
    mkdirSync(directory);
    return directory;
  };
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  /** Starts a process that takes the lock, tells what came of it, and stays. */
  async function contender(directory: string) {
    const child = spawn(process.execPath, [
      '-e',
      `try { require(${JSON.stringify(script)}).lockDirectory(${JSON.stringify(directory)}); console.log('locked'); }
       catch (error) { console.log(error.code); }
       setInterval(() => undefined, 1000);`,
    ]);
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    return {
      said: said.toString().trim(),
      kill: async () => {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      },
    };
  }

  test('is given to one, and again once released', () => {
    const directory = fresh('one');
    const release = lockDirectory(directory);
    expect(() => lockDirectory(directory)).toThrow(`in use by process ${process.pid}`);
    release();
    lockDirectory(directory)();
  });

  test('is held by a living process and free after its kill -9', async () => {
    const directory = fresh('killed');
    const holder = await contender(directory);
    expect(holder.said).toBe('locked');
    expect(() => lockDirectory(directory)).toThrow('in use');
    await holder.kill();
    lockDirectory(directory)();
  });

  test('of many contenders for a dead holder’s lock one gets it', async () => {
    const directory = fresh('many');
    const dead = await contender(directory);
    await dead.kill();
    const contenders = await Promise.all(Array.from({ length: 6 }, () => contender(directory)));
    await Promise.all(contenders.map((one) => one.kill()));
    expect(contenders.map((one) => one.said).sort()).toEqual([...Array<string>(5).fill('in_use'), 'locked']);
  });
});

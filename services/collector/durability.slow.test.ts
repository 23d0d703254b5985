import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventRecord, Topic } from '../shared/domain/records';
import type { Log } from '../shared/stores/log/log';
import { openFileLog } from '../shared/stores/log/files/open-file-log';
import { loadTopics } from '../shared/stores/log/topics';
import { cookieOf, KEYS, send } from './testing/harness';

const HOOK = join(__dirname, '../shared/testing/ts-node-hook.cjs');
jest.setTimeout(240_000);

const PROGRAM = join(__dirname, 'testing/collector-child.ts');

let dir: string;
let child: ChildProcess;
let url: string;
let memoryBytes: number[];
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'muster-collector-'));
  memoryBytes = [];
  child = fork(PROGRAM, [dir], {
    // A small heap, so that garbage does not look like growth.
    execArgv: ['--max-old-space-size=96', '--max-semi-space-size=2', '-r', HOOK],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  url = await new Promise((resolve, reject) => {
    child.on('message', (message: { port?: number; memoryBytes?: number }) => {
      if (message.memoryBytes !== undefined) memoryBytes.push(message.memoryBytes);
      if (message.port !== undefined) resolve(`http://127.0.0.1:${message.port}`);
    });
    child.once('exit', (code) => reject(new Error(`the collector ended with ${code}`)));
  });
});
afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(dir, { recursive: true, force: true });
});

async function readAll(log: Log, topic: Topic): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  for (const { partition, end } of await log.positions('test', [topic])) {
    for (const { value } of await log.read(topic, partition, 0, end, end + 1)) {
      found.push(JSON.parse(value.toString('utf8')) as Record<string, unknown>);
    }
  }
  return found;
}

test('whatever was acknowledged is in the log after kill -9 under load', async () => {
  const acknowledged = new Set<string>();
  const pixel = async (): Promise<void> => {
    const cookie = cookieOf(await send(`${url}/pixel.gif?pub=news`));
    if (cookie !== undefined) acknowledged.add(`cookie:${cookie}`);
  };
  let n = 0;
  const batch = async (): Promise<void> => {
    const identities = Array.from({ length: 10 }, () => `customer:shop:${++n}`);
    const answer = await send(`${url}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEYS.publisher}` },
      body: JSON.stringify({ events: identities.map((identity) => ({ identity, type: 'view' })) }),
    });
    if (answer.status === 202) for (const identity of identities) acknowledged.add(identity);
  };
  let alive = true;
  const hammer = async (call: () => Promise<void>): Promise<void> => {
    // The calls that the kill cuts off fail, which is the point.
    while (alive) await call().catch(() => undefined);
  };
  const load = [...Array.from({ length: 8 }, () => hammer(pixel)), hammer(batch), hammer(batch)];
  while (acknowledged.size < 500) await new Promise((resolve) => setTimeout(resolve, 10));
  child.kill('SIGKILL');
  await once(child, 'exit');
  alive = false;
  await Promise.all(load);

  const log = await openFileLog({ dir: join(dir, 'log'), topics: loadTopics() });
  const events = (await readAll(log, 'events')) as unknown as EventRecord[];
  await log.close();
  const kept = new Set(events.map(({ identities }) => identities[0]));
  expect([...acknowledged].filter((identity) => !kept.has(identity))).toEqual([]);
  expect(acknowledged.size).toBeGreaterThanOrEqual(500);
});

test("a provider's file is streamed: memory does not grow with it, and a pixel is answered meanwhile", async () => {
  const at = new Date(Date.now() - 60_000).toISOString();
  const block = Buffer.from(
    Array.from(
      { length: 1_000 },
      (_, i) => `{"id":"customer:a:${i + 1}","trait":"age/25-34","at":"${at}"}\n`,
    ).join(''),
  );
  // Then one line without an end, as long as the file before it.
  const endless = Buffer.alloc(block.length, 'x');
  const blocks = 400;
  let pixels = 0;
  let earlyPeak = 0;
  const answer = await new Promise<string>((resolve, reject) => {
    const req = request(
      `${url}/v1/providers/acme/records`,
      { method: 'POST', headers: { authorization: `Bearer ${KEYS.provider}` } },
      (res) => {
        let text = '';
        res.on('data', (chunk) => (text += String(chunk)));
        res.on('end', () => resolve(text));
      },
    );
    req.on('error', reject);
    const upload = async (): Promise<void> => {
      for (let i = 0; i < 2 * blocks; i++) {
        if (!req.write(i < blocks ? block : endless)) await once(req, 'drain');
        if (i === blocks / 4) earlyPeak = Math.max(...memoryBytes);
        if (i % 50 === 0 && (await send(`${url}/pixel.gif?pub=news`)).status === 200) pixels += 1;
      }
      req.end();
    };
    upload().catch(reject);
  });
  expect(JSON.parse(answer)).toMatchObject({
    accepted: blocks * 1_000,
    rejected: 1,
    errors: [{ line: blocks * 1_000 + 1, code: 'line_too_long' }],
  });
  expect(pixels).toBe(16);
  const grownBytes = Math.max(...memoryBytes) - earlyPeak;
  const fileBytes = 2 * blocks * block.length;
  expect(fileBytes).toBeGreaterThan(55_000_000);
  expect(grownBytes).toBeLessThan(fileBytes / 2);
});

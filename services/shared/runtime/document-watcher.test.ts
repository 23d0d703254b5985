import pino from 'pino';
import { DocumentWatcher } from './document-watcher';

/** Documents in memory, which may fail to answer. */
class FakeDocuments {
  document: { revision: number; body: Buffer } | undefined;
  fault: Error | undefined;
  gets = 0;

  put(revision: number, text: string): void {
    this.document = { revision, body: Buffer.from(text) };
  }

  revision(): number {
    if (this.fault) throw this.fault;
    return this.document?.revision ?? 0;
  }

  get() {
    this.gets += 1;
    return Promise.resolve(this.document);
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

const documents = new FakeDocuments();
const changes: [string, number][] = [];
const watcher = new DocumentWatcher<string>({
  documents,
  name: 'edge',
  pollMs: 2,
  parse: (body) => {
    if (body.toString() === 'bad') throw new Error('bad');
    return body.toString();
  },
  onChange: (value, revision) => changes.push([value, revision]),
  logger: pino({ level: 'silent' }),
});
afterAll(() => watcher.close());

test('an absent document is no value; then each greater revision is swapped in', async () => {
  await watcher.start();
  expect(watcher.current()).toBeUndefined();
  expect(watcher.revision()).toBe(0);
  documents.put(3, 'three');
  await until(() => watcher.revision() === 3);
  expect(watcher.current()).toBe('three');
  documents.put(5, 'five');
  await until(() => watcher.revision() === 5);
  expect(changes).toEqual([
    ['three', 3],
    ['five', 5],
  ]);
});

test('a document that is refused leaves the last good one in force and is read once', async () => {
  const before = documents.gets;
  documents.put(6, 'bad');
  await until(() => documents.gets > before);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(documents.gets).toBe(before + 1);
  expect(watcher.current()).toBe('five');
  expect(watcher.revision()).toBe(5);
  documents.put(7, 'seven');
  await until(() => watcher.revision() === 7);
});

test('a store that fails for a while is asked again', async () => {
  documents.fault = new Error('away');
  documents.put(8, 'eight');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(watcher.current()).toBe('seven');
  documents.fault = undefined;
  await until(() => watcher.current() === 'eight');
});

test('after close nothing changes any more', async () => {
  watcher.close();
  documents.put(9, 'nine');
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(watcher.current()).toBe('eight');
});

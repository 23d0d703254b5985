import type { ContractContext } from './log-harness';
import { committed, eventually, record, records, texts } from './log-harness';

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

export function consumeContract({ openLog }: ContractContext): void {
  test('what another process appends is handed over', async () => {
    const [writer, reader] = [await openLog(), await openLog()];
    await writer.append('events', records('before', [1]));
    const { done } = await record(reader, { topics: ['events'] });
    await eventually(() => texts(done).includes('1'), 'the record appended before');
    await writer.append('events', records('after', [2]));
    await eventually(() => texts(done).includes('2'), 'the record appended after');
  });

  test('batches are consecutive and keep to the limits', async () => {
    const log = await openLog();
    await log.append('syncs', records('k', range(0, 100)));
    await log.append(
      'syncs',
      range(0, 10).map((i) => ({ key: '', value: Buffer.alloc(100, String(i)) })),
    );
    const { done } = await record(log, { topics: ['syncs'], maxRecords: 30, maxBytes: 350 });
    await eventually(() => texts(done).length === 110, 'all records');
    let next = 0;
    for (const batch of done) {
      expect(batch.from).toBe(next);
      expect(batch.entries.map((entry) => entry.offset)).toEqual(range(batch.from, batch.to));
      expect(batch.entries.length).toBeLessThanOrEqual(30);
      const bytes = batch.entries.reduce((sum, entry) => sum + entry.key.length + entry.value.length, 0);
      expect(bytes).toBeLessThanOrEqual(350);
      next = batch.to;
    }
    expect(next).toBe(110);
  });

  test('what a batch came back as done to is committed, and the next one begins there', async () => {
    const log = await openLog();
    await log.append('syncs', records('k', range(0, 10)));
    // Stops short of the first, goes beyond the second.
    const answers = [2, 7];
    const { done } = await record(log, { topics: ['syncs'], maxRecords: 3 }, () => answers.shift());
    await eventually(() => done.length === 3, 'three batches');
    expect(done.map(({ from }) => from)).toEqual([0, 2, 7]);
    await eventually(async () => (await committed(log, 'readers', 'syncs')) === 10, 'the end committed');
  });

  test('a record larger than a batch may be still comes, alone', async () => {
    const log = await openLog();
    await log.append('syncs', records('k', ['a', 'x'.repeat(5000), 'b']));
    const { done } = await record(log, { topics: ['syncs'], maxBytes: 100 });
    await eventually(() => texts(done).length === 3, 'all records');
    expect(done.map((batch) => batch.entries.length)).toEqual([1, 1, 1]);
  });

  test('a small batch lingers, a full one does not', async () => {
    const log = await openLog();
    const { done } = await record(log, { topics: ['syncs'], lingerMs: 1500, maxRecords: 10 });
    const begin = Date.now();
    await log.append('syncs', records('k', ['a']));
    await log.append('syncs', records('k', ['b']));
    await eventually(() => texts(done).length === 2, 'the lingering batch');
    // A lower bound alone: how long a busy machine takes is no matter of the log.
    expect(Date.now() - begin).toBeGreaterThanOrEqual(1400);
    expect(done).toHaveLength(1);
    await log.append('syncs', records('k', range(0, 10)));
    await eventually(() => texts(done).length === 12, 'the full batch');
    expect(done).toHaveLength(2);
  });

  test('earlier topics come first as long as they have records', async () => {
    const log = await openLog();
    await log.append('changes', records('k', range(0, 20)));
    await log.append('privacy', records('k', range(0, 20)));
    const { done } = await record(log, { topics: ['privacy', 'changes'], maxRecords: 5 });
    await eventually(() => texts(done).length === 40, 'all records');
    const order = done.map((batch) => batch.topic);
    expect(order.lastIndexOf('privacy')).toBeLessThan(order.indexOf('changes'));
  });

  test('groups do not disturb each other', async () => {
    const log = await openLog();
    await log.append('events', records('k', [1, 2, 3]));
    const one = await record(log, { group: 'one', topics: ['events'] });
    const two = await record(log, { group: 'two', topics: ['events'] });
    await eventually(() => texts(one.done).length === 3 && texts(two.done).length === 3, 'both groups');
  });

  test('batches of one consumer never overlap in time', async () => {
    const log = await openLog();
    for (const key of range(0, 30)) await log.append('events', records(`k${key}`, [key]));
    let running = 0;
    let most = 0;
    const { done } = await record(log, { topics: ['events'], maxRecords: 2 }, async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
    });
    await eventually(() => texts(done).length === 30, 'all records');
    expect(most).toBe(1);
  });

  test('a rejected batch comes again and nothing behind it is committed', async () => {
    const log = await openLog();
    await log.append('syncs', records('k', range(0, 10)));
    let failures = 0;
    const { begun, done } = await record(log, { topics: ['syncs'], maxRecords: 4 }, (batch) => {
      if (batch.from === 4 && failures < 3) {
        failures++;
        throw new Error('not now');
      }
    });
    await eventually(() => failures === 2, 'two failures');
    expect(await committed(log, 'readers', 'syncs')).toBe(4);
    await eventually(() => texts(done).length === 10, 'all records');
    expect(begun.map((batch) => batch.from)).toEqual([0, 4, 4, 4, 4, 8]);
    expect(texts(done)).toEqual(range(0, 10).map(String));
    await eventually(async () => (await committed(log, 'readers', 'syncs')) === 10, 'the commit');
  });

  test('a failing partition does not hold up the others', async () => {
    const log = await openLog();
    await log.append('privacy', records('k', ['poison']));
    await log.append('events', records('k', ['fine']));
    const { done } = await record(log, { topics: ['privacy', 'events'] }, (batch) => {
      if (batch.topic === 'privacy') throw new Error('never');
    });
    await eventually(() => texts(done).includes('fine'), 'the other topic');
    expect(await committed(log, 'readers', 'privacy')).toBe(0);
  });

  test('a group goes on where it committed', async () => {
    const [first, second] = [await openLog(), await openLog()];
    await first.append('syncs', records('k', [1, 2, 3]));
    const before = await record(first, { topics: ['syncs'] });
    await eventually(() => texts(before.done).length === 3, 'the first records');
    await before.consumer.close();
    expect(await committed(first, 'readers', 'syncs')).toBe(3);
    await first.append('syncs', records('k', [4, 5]));
    const after = await record(second, { topics: ['syncs'] });
    await eventually(() => texts(after.done).length === 2, 'the later records');
    expect(texts(after.done)).toEqual(['4', '5']);
  });

  test('closing waits for the batch in hand, tells it, and commits it', async () => {
    const log = await openLog();
    await log.append('syncs', records('k', [1, 2]));
    let aborted = false;
    let finish: () => void = () => undefined;
    const { consumer, begun, done } = await record(
      log,
      { topics: ['syncs'], maxRecords: 1 },
      async (_, { signal }) => {
        signal.addEventListener('abort', () => (aborted = true));
        await new Promise<void>((resolve) => (finish = resolve));
      },
    );
    await eventually(() => begun.length === 1, 'the batch');
    let isClosed = false;
    const closing = consumer.close().then(() => (isClosed = true));
    await eventually(() => aborted, 'the signal');
    expect(isClosed).toBe(false);
    finish();
    await closing;
    expect(texts(done)).toEqual(['1']);
    expect(await committed(log, 'readers', 'syncs')).toBe(1);
  });

  test('heartbeats succeed while the partition is held', async () => {
    const log = await openLog();
    await log.append('syncs', records('k', [1]));
    const { done } = await record(log, { topics: ['syncs'] }, async (_, context) => {
      await context.heartbeat();
      await context.heartbeat();
      expect(context.signal.aborted).toBe(false);
    });
    await eventually(() => done.length === 1, 'the batch');
  });

  test('retention never takes what a known group has not passed', async () => {
    const log = await openLog();
    const { consumer } = await record(log, { topics: ['syncs'] }, () => {
      throw new Error('not yet');
    });
    await log.append('syncs', records('k', range(0, 10)));
    await consumer.close();
    await log.enforceRetention(Date.now() + 30 * 86_400_000);
    const { done } = await record(log, { topics: ['syncs'] });
    await eventually(() => texts(done).length === 10, 'all records');
  });
}

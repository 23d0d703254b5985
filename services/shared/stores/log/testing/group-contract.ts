import type { ContractContext } from './log-harness';
import { eventually, record, records, texts } from './log-harness';

export function groupContract({ openLog }: ContractContext): void {
  test('members of a group with topics of their own each get theirs', async () => {
    const log = await openLog();
    const topics = ['events', 'syncs', 'privacy'] as const;
    const recordings = [];
    for (const topic of topics) recordings.push(await record(log, { topics: [topic] }));
    for (const topic of topics) await log.append(topic, records(topic, [1, 2]));
    for (const [i, recording] of recordings.entries()) {
      await eventually(() => texts(recording.done).length === 2, `the records of ${topics[i]}`);
      expect(new Set(recording.done.map((batch) => batch.topic))).toEqual(new Set([topics[i]]));
    }
  });

  test('two consumers of a group share the partitions, and one takes over when the other leaves', async () => {
    const [writer, one, two] = [await openLog(), await openLog(), await openLog()];
    const first = await record(one, { topics: ['events'] });
    const second = await record(two, { topics: ['events'] });
    let sent = 0;
    const send = () => writer.append('events', records(`key-${sent}`, [sent++]));
    const partitionsOf = (batches: typeof first.done) =>
      new Set(batches.map((batch) => batch.partition)).size;
    const seen = () => new Set([...texts(first.done), ...texts(second.done)]).size;

    await eventually(async () => {
      await send();
      return partitionsOf(second.done) > 0;
    }, 'the second to get a partition');
    await eventually(() => seen() === sent, 'every record so far');

    first.done.length = 0;
    second.done.length = 0;
    const before = sent;
    for (let i = 0; i < 40; i++) await send();
    await eventually(() => seen() === sent - before, 'every record of the shared time');
    expect(partitionsOf(first.done)).toBe(1);
    expect(partitionsOf(second.done)).toBe(1);
    expect(first.done[0]?.partition).not.toBe(second.done[0]?.partition);
    expect(texts(first.done).length + texts(second.done).length).toBe(sent - before);

    await first.consumer.close();
    second.done.length = 0;
    const left = sent;
    for (let i = 0; i < 40; i++) await send();
    await eventually(
      () => new Set(texts(second.done)).size === sent - left,
      'everything at the one that stayed',
    );
    expect(partitionsOf(second.done)).toBe(2);
  });

  test('a batch in hand is finished and committed before its partition changes hands', async () => {
    const [one, two] = [await openLog(), await openLog()];
    for (let i = 0; i < 20; i++) await one.append('events', records(`key-${i}`, [i]));
    const seen: string[] = [];
    const handle = async (batch: { partition: number; from: number }) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      seen.push(`${batch.partition}:${batch.from}`);
    };
    const first = await record(one, { topics: ['events'], maxRecords: 1 }, handle);
    await eventually(() => first.done.length > 0, 'the first batch');
    const second = await record(two, { topics: ['events'], maxRecords: 1 }, handle);
    await eventually(() => texts(first.done).length + texts(second.done).length >= 20, 'all records');
    expect(new Set(seen).size).toBe(20);
    expect(seen).toHaveLength(20);
  });
}

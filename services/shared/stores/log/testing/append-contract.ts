import { RecordTooLargeError } from '../errors';
import type { Log } from '../log';
import { RECORD_BYTES_MAX } from '../log';
import type { ContractContext } from './log-harness';
import { contents, records } from './log-harness';

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

export function appendContract({ openLog }: ContractContext): void {
  test('records of a key keep their order and share a partition', async () => {
    const log = await openLog();
    for (const i of range(0, 20)) {
      await log.append(
        'events',
        range(0, 5).flatMap((key) => records(`key-${key}`, [`${key}:${i}`])),
      );
    }
    expect(log.partitions('events')).toBe(2);
    const partitionOf = new Map<string, number>();
    const orders = new Map<string, string[]>();
    for (const { partition, end } of await log.positions('g', ['events'])) {
      for (const { key, value } of await log.read('events', partition, 0, end, end)) {
        expect(partitionOf.get(key) ?? partition).toBe(partition);
        partitionOf.set(key, partition);
        orders.set(key, [...(orders.get(key) ?? []), value.toString()]);
      }
    }
    expect(new Set(partitionOf.values()).size).toBe(2);
    for (const key of range(0, 5)) {
      expect(orders.get(`key-${key}`)).toEqual(range(0, 20).map((i) => `${key}:${i}`));
    }
  });

  test('equal keys meet in one partition whoever appends them', async () => {
    const [a, b] = [await openLog(), await openLog()];
    for (const i of range(0, 10)) await (i % 2 ? a : b).append('bids', records('one key', [i]));
    const ends = (await a.positions('g', ['bids'])).map((position) => position.end);
    expect(ends.sort()).toEqual([0, 10]);
    expect(await contents(b, 'bids')).toEqual(range(0, 10).map(String));
  });

  test('many appends at once are all stored, each once, in the order of their calls', async () => {
    const log = await openLog();
    await Promise.all(range(0, 1000).map((i) => log.append('syncs', records(`k${i}`, [i]))));
    expect(await contents(log, 'syncs')).toEqual(range(0, 1000).map(String));
  });

  test('two writers at once lose nothing and give no offset twice', async () => {
    const [a, b] = [await openLog(), await openLog()];
    const write = async (log: Log, name: string) => {
      for (const i of range(0, 60)) await log.append('syncs', records(name, [`${name}:${i}`]));
    };
    await Promise.all([write(a, 'a'), write(b, 'b')]);
    const entries = await a.read('syncs', 0, 0, 1000, 1000);
    expect(entries.map((entry) => entry.offset)).toEqual(range(0, 120));
    for (const name of ['a', 'b']) {
      const own = entries.filter((entry) => entry.key === name).map((entry) => entry.value.toString());
      expect(own).toEqual(range(0, 60).map((i) => `${name}:${i}`));
    }
  });

  test('an append of nothing is fine', async () => {
    const log = await openLog();
    await log.append('events', []);
    expect(await contents(log, 'events')).toEqual([]);
  });

  test('exact ranges can be read again', async () => {
    const log = await openLog();
    await log.append('syncs', records('k', range(0, 50)));
    await log.append('syncs', records('k', range(50, 100)));
    const read = async (from: number, to: number, max: number) => {
      const entries = await log.read('syncs', 0, from, to, max);
      entries.forEach((entry, i) => expect(entry.offset).toBe(from + i));
      return entries.map((entry) => Number(entry.value.toString()));
    };
    expect(await read(0, 100, 1000)).toEqual(range(0, 100));
    expect(await read(48, 53, 1000)).toEqual(range(48, 53));
    expect(await read(48, 100, 3)).toEqual([48, 49, 50]);
    expect(await read(99, 200, 1000)).toEqual([99]);
    expect(await read(100, 200, 1000)).toEqual([]);
    expect(await read(7, 7, 1000)).toEqual([]);
  });

  test('a compacted topic keeps the newest record of each key, however old', async () => {
    const log = await openLog();
    for (const round of range(0, 3))
      await log.append(
        'lookups',
        range(0, 5).map((key) => ({ key: `k${key}`, value: Buffer.from(`${key}:${round}`) })),
      );
    await log.enforceRetention(Date.now() + 3650 * 86_400_000);
    const state = new Map<string, string>();
    for (const { key, value } of await log.read('lookups', 0, 0, 15, 15)) state.set(key, value.toString());
    expect([...state]).toEqual(range(0, 5).map((key) => [`k${key}`, `${key}:2`]));
  });

  test('keys and values come back as they were, empty and binary ones too', async () => {
    const log = await openLog();
    const values = [Buffer.alloc(0), Buffer.from([0, 255, 128, 10]), Buffer.alloc(300_000, 'x')];
    await log.append(
      'privacy',
      values.map((value, i) => ({ key: ['', 'ключ ⚷', 'k\u0000'][i] ?? '', value })),
    );
    const entries = await log.read('privacy', 0, 0, 3, 3);
    expect(entries.map((entry) => entry.key)).toEqual(['', 'ключ ⚷', 'k\u0000']);
    entries.forEach((entry, i) => expect(entry.value.equals(values[i] ?? Buffer.from('?'))).toBe(true));
  });

  test('a record over the limit is refused and nothing of its append is stored', async () => {
    const log = await openLog();
    const big = { key: 'k', value: Buffer.alloc(RECORD_BYTES_MAX) };
    await expect(log.append('privacy', [...records('k', ['fine']), big])).rejects.toThrow(
      RecordTooLargeError,
    );
    expect(await contents(log, 'privacy')).toEqual([]);
    await log.append('privacy', [{ key: 'k', value: Buffer.alloc(RECORD_BYTES_MAX - 1) }]);
    expect(await contents(log, 'privacy')).toHaveLength(1);
  });
}

import type { KafkaMessage } from 'kafkajs';
import { Lane } from './lane';

const limits = { maxRecords: 3, maxBytes: 1_000, lingerMs: 0 };

function messages(from: number, to: number, timestamp = 0): KafkaMessage[] {
  return Array.from({ length: to - from }, (_, i) => ({
    key: Buffer.from('k'),
    value: Buffer.from('v'),
    timestamp: String(timestamp),
    attributes: 0,
    offset: String(from + i),
    headers: {},
  }));
}

function lane(from: number, fetched: KafkaMessage[], end = 100): Lane {
  const made = new Lane('syncs', 'x-syncs', 0, from, end);
  made.add(fetched, end);
  return made;
}

test('what was fetched twice, or lies before the position, comes once', () => {
  const partition = lane(2, messages(0, 5));
  partition.add(messages(3, 7), 100);
  const batch = partition.next({ ...limits, maxRecords: 10 });
  expect(batch?.entries.map(({ offset }) => offset)).toEqual([2, 3, 4, 5, 6]);
  expect(batch).toMatchObject({ from: 2, to: 7 });
});

test('a batch stays until it is moved past, and goes on from wherever that is', () => {
  const partition = lane(0, messages(0, 7));
  expect(partition.next(limits)).toMatchObject({ from: 0, to: 3 });
  expect(partition.next(limits)).toMatchObject({ from: 0, to: 3 });
  expect(partition.moveTo(1)).toBe(false);
  expect(partition.next(limits)).toMatchObject({ from: 1, to: 4 });
  expect(partition.moveTo(6)).toBe(false);
  expect(partition.next(limits)).toMatchObject({ from: 6, to: 7 });
});

test('moved behind all that was fetched, fetching goes on there and what comes of before is left out', () => {
  const partition = lane(0, messages(0, 3));
  expect(partition.moveTo(10)).toBe(true);
  partition.add(messages(3, 12), 100);
  expect(partition.next(limits)).toMatchObject({ from: 10, to: 12 });
});

test('a batch lingers from its record on, is due at once when full, never later for a clock that is ahead or set back', () => {
  jest.useFakeTimers({ now: 1_800_000_000_000 });
  const [now, here] = [Date.now(), performance.now()];
  const lingering = { ...limits, lingerMs: 5_000 };
  expect(lane(0, []).due(lingering)).toBe('none');
  expect(lane(0, messages(0, 2, now - 1_000)).due(lingering)).toBe(here + 4_000);
  expect(lane(0, messages(0, 3, now)).due(lingering)).toBe(0);
  expect(lane(0, messages(0, 1, now + 60_000)).due(lingering)).toBe(here + 5_000);
  const set = lane(0, messages(0, 1, now));
  jest.setSystemTime(now - 3_600_000);
  expect(set.due(lingering)).toBe(here + 5_000);
  jest.useRealTimers();
});

test('it knows whether more lies at the brokers', () => {
  expect(lane(0, messages(0, 3), 3).isBehind()).toBe(false);
  expect(lane(0, messages(0, 3), 4).isBehind()).toBe(true);
});

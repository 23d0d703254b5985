import { setTimeout as sleep } from 'node:timers/promises';
import type { AppendRecord } from '../log';
import { KafkaAppender } from './kafka-appender';

const one = (value: string | Buffer): AppendRecord[] => [{ key: 'k', value: Buffer.from(value) }];

/** Requests wait until they are answered by hand. */
function brokers() {
  const requests: { values: string[]; confirm: () => void; refuse: (error: Error) => void }[] = [];
  const send = (records: AppendRecord[]) =>
    new Promise<void>((confirm, refuse) => {
      requests.push({ values: records.map(({ value }) => value.toString()), confirm, refuse });
    });
  return { requests, send };
}

test('one request is in flight; what arrives meanwhile goes with the next, in order', async () => {
  const { requests, send } = brokers();
  const appender = new KafkaAppender(send, 10_000);
  const first = appender.append(one('a'));
  await sleep(5);
  const later = Promise.all(['b', 'c', 'd'].map((value) => appender.append(one(value))));
  await sleep(5);
  expect(requests.map(({ values }) => values)).toEqual([['a']]);
  requests[0]?.confirm();
  await first;
  await sleep(5);
  expect(requests.map(({ values }) => values)).toEqual([['a'], ['b', 'c', 'd']]);
  requests[1]?.confirm();
  await later;
});

test('a refusal is that of its request alone', async () => {
  const { requests, send } = brokers();
  const appender = new KafkaAppender(send, 10_000);
  const first = appender.append(one('a'));
  await sleep(5);
  const second = appender.append(one('b'));
  requests[0]?.refuse(new Error('no'));
  await expect(first).rejects.toThrow('log append failed: Error: no');
  await sleep(5);
  requests[1]?.confirm();
  await second;
});

test('what is not confirmed in time rejects, and is not sent later when it was only waiting', async () => {
  const { requests, send } = brokers();
  const appender = new KafkaAppender(send, 50);
  const first = appender.append(one('a'));
  await sleep(5);
  const second = appender.append(one('b'));
  await expect(first).rejects.toThrow('did not confirm within 50 ms');
  await expect(second).rejects.toThrow('did not confirm within 50 ms');
  requests[0]?.refuse(new Error('late'));
  await appender.drained();
  expect(requests).toHaveLength(1);
});

test('a large append is sent in parts, in order', async () => {
  const sizes: number[] = [];
  const appender = new KafkaAppender(async (records) => void sizes.push(records.length), 10_000);
  await appender.append(Array.from({ length: 2_500 }, () => one('x')).flat());
  expect(sizes).toEqual([1000, 1000, 500]);
  await appender.append(Array.from({ length: 3 }, () => one(Buffer.alloc(500_000))).flat());
  expect(sizes.slice(3)).toEqual([2, 1]);
});

test('too much that waits is refused', async () => {
  let confirm: () => void = () => undefined;
  const confirmed = new Promise<void>((resolve) => (confirm = resolve));
  const appender = new KafkaAppender(() => confirmed, 10_000);
  const waiting = Array.from({ length: 64 }, () => appender.append(one(Buffer.alloc(1 << 20))));
  await expect(appender.append(one('x'))).rejects.toThrow('bytes wait for the brokers already');
  confirm();
  await Promise.all(waiting);
  await appender.append(one('x'));
});

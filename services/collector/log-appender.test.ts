import pino from 'pino';
import type { PrivacyRecord } from '../shared/domain/records';
import { LogAppender } from './log-appender';
import { MemoryLog } from './testing/memory-log';

const logger = pino({ level: 'silent' });
const record = (n: number): PrivacyRecord => ({
  v: 1,
  type: 'optin',
  identities: [`cookie:${n}`],
  at: n,
  receivedAt: n,
});

test('what arrives during an append goes into the next one, in order', async () => {
  const log = new MemoryLog();
  const appender = new LogAppender({ log, logger });
  log.hold();
  const first = appender.kept('privacy', 'k', record(0));
  await new Promise((resolve) => setTimeout(resolve, 20));
  const rest = Array.from({ length: 50 }, (_, i) => appender.kept('privacy', 'k', record(i + 1)));
  expect(appender.depths().get('privacy')).toBe(50);
  log.release();
  expect(new Set(await Promise.all([first, ...rest]))).toEqual(new Set(['accepted']));
  expect(log.appends.map(({ records }) => records.length)).toEqual([1, 50]);
  expect(log.records<PrivacyRecord>('privacy').map(({ at }) => at)).toEqual(
    Array.from({ length: 51 }, (_, i) => i),
  );
  await appender.close();
});

test('nothing is acknowledged before it is durable', async () => {
  const log = new MemoryLog();
  const appender = new LogAppender({ log, logger });
  log.hold();
  let acknowledged = false;
  const outcome = appender.kept('events', 'k', record(1)).then((value) => {
    acknowledged = true;
    return value;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(acknowledged).toBe(false);
  log.release();
  expect(await outcome).toBe('accepted');
});

test('a full queue refuses, a failing log fails, and both are over when it works again', async () => {
  const log = new MemoryLog();
  const appender = new LogAppender({ log, logger, waitingMax: 3, batchMax: 2 });
  log.hold();
  const taken = [1, 2, 3].map((n) => appender.kept('events', 'k', record(n)));
  expect(await appender.kept('events', 'k', record(4))).toBe('overflow');
  log.failing = true;
  log.release();
  expect(await Promise.all(taken)).toEqual(['append_failed', 'append_failed', 'append_failed']);
  expect(appender.healthy).toBe(false);
  log.failing = false;
  expect(await appender.kept('events', 'k', record(5))).toBe('accepted');
  expect(appender.healthy).toBe(true);
});

test('groups are bounded', async () => {
  const log = new MemoryLog();
  const appender = new LogAppender({ log, logger, batchMax: 10 });
  await Promise.all(Array.from({ length: 35 }, (_, i) => appender.kept('events', 'k', record(i))));
  expect(log.appends.map(({ records }) => records.length)).toEqual([10, 10, 10, 5]);
});

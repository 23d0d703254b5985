import { DAY_MS } from '../../shared/domain/time';
import { dueSyncs, readRecentSyncs, writeRecentSyncs } from './recent-syncs';

const COOKIE = '3q2-7wABAgMEBQYHCAkKCw';
const NOW = Date.parse('2026-06-15T12:00:00Z');
const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => `partner-${i}`);
/** The `Cookie` header of a browser that took this `Set-Cookie`. */
const header = (setCookie: string): string => `muid=${COOKIE}; ${setCookie.split(';')[0]}`;
const write = (recent: ReadonlyMap<string, number>, synced: string[], nowMs = NOW): string =>
  writeRecentSyncs(recent, synced, { cookieId: COOKIE, nowMs, secure: true });

test('what was synced is not due for seven days, each partner by its own day', () => {
  const first = header(write(new Map(), ['a']));
  const threeDays = NOW + 3 * DAY_MS;
  const second = header(write(readRecentSyncs(first, COOKIE, threeDays), ['b'], threeDays));
  const due = (nowMs: number): string[] =>
    dueSyncs(readRecentSyncs(second, COOKIE, nowMs), ['a', 'b', 'c'], 5, nowMs).sort();
  expect(due(threeDays)).toEqual(['c']);
  expect(due(NOW + 6 * DAY_MS)).toEqual(['c']);
  expect(due(NOW + 7 * DAY_MS)).toEqual(['a', 'c']);
  expect(due(NOW + 10 * DAY_MS)).toEqual(['a', 'b', 'c']);
});

test('under another cookie of ours all are due', () => {
  const synced = header(write(new Map(), ['a']));
  expect(readRecentSyncs(synced, 'AAAAAAAAAAAAAAAAAAAAAA', NOW).size).toBe(0);
});

test('what is unreadable, or lies ahead, was no sync', () => {
  const owner = COOKIE.slice(0, 6);
  for (const value of [
    '',
    owner,
    `${owner}.`,
    `${owner}.a`,
    `${owner}.a-.-b.A-1.a-zzzzz`,
    'x'.repeat(4_000),
  ]) {
    expect(readRecentSyncs(`musync=${value}`, COOKIE, NOW).size).toBe(0);
  }
  expect(readRecentSyncs(undefined, COOKIE, NOW).size).toBe(0);
});

test('with very many partners the cookie stays within 4,096 bytes, and none is repeated early', () => {
  const partners = ids(1_000);
  let cookie = '';
  const synced: string[] = [];
  for (let visit = 0; visit < 100; visit++) {
    const nowMs = NOW + visit * 60_000;
    const recent = readRecentSyncs(cookie, COOKIE, nowMs);
    const due = dueSyncs(recent, partners, 5, nowMs);
    synced.push(...due);
    const written = write(recent, due, nowMs);
    expect(written.length).toBeLessThan(4_096);
    cookie = header(written);
  }
  expect(synced).toHaveLength(200);
  expect(new Set(synced).size).toBe(200);
});

test('who is first changes with time', () => {
  const firsts = ids(50).map((_, i) => dueSyncs(new Map(), ids(10), 1, NOW + i * 1_000)[0]);
  expect(new Set(firsts).size).toBeGreaterThan(1);
});

test('is written as our own cookie is', () => {
  expect(write(new Map(), [])).toBe(
    `musync=${COOKIE.slice(0, 6)}; Path=/; Max-Age=604800; HttpOnly; Secure; SameSite=None`,
  );
});

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Chance } from '../../services/main/demo/world';
import { arrivals } from './arrivals';
import { step } from './climb';
import { HttpSender } from './http-sender';
import { Latency } from './latency';
import { openLoop, type OpenLoopOptions, type Outcome } from './open-loop';

const STALL_MS = 600;

let server: Server;
let url: string;
let blockedUntil = 0;
let inTheServer = 0;

/** Answers at once, but for one stall in which nobody is answered. */
beforeAll(async () => {
  server = createServer((_, res) => {
    inTheServer++;
    setTimeout(
      () => {
        inTheServer--;
        res.end('ok');
      },
      Math.max(0, blockedUntil - performance.now()),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

const options = (changes: Partial<OpenLoopOptions>): OpenLoopOptions => ({
  perSecond: 100,
  seconds: 1,
  seed: 1,
  send: (_, done) => done(200),
  isAnswer: (outcome) => outcome === 200,
  spin: false,
  ...changes,
});

test('a server that stalls shows in the percentiles, even through a single connection', async () => {
  const sender = new HttpSender(url, { connections: 1, timeoutMs: 10_000 });
  let wasBusyWith = 0;
  const send: OpenLoopOptions['send'] = (n, done) => {
    if (n === 20) blockedUntil = performance.now() + STALL_MS;
    sender.send({ method: 'GET', path: '/' }, done);
    wasBusyWith = Math.max(wasBusyWith, inTheServer);
  };
  const result = await openLoop(options({ send }));
  await sender.close();
  // Only one request was ever with the server: a closed loop would have seen one slow answer of a hundred.
  expect(wasBusyWith).toBeLessThanOrEqual(1);
  expect(result.outcomes).toEqual({ 200: result.sent });
  const latency = Latency.decode(result.histogram);
  expect(latency.count).toBe(result.sent);
  // About 60 of 100 were due in the stall, and half of those in its first half.
  expect(latency.percentileMs(80)).toBeGreaterThan(STALL_MS / 2);
  expect(result.latency.maxMs).toBeGreaterThan(STALL_MS * 0.9);
});

test('arrivals do not wait for answers, and are turned away by name when too many are under way', async () => {
  const open: ((outcome: Outcome) => void)[] = [];
  const result = openLoop(options({ send: (_, done) => void open.push(done), underWayMax: 10 }));
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(open).toHaveLength(10);
  for (const done of open) done(200);
  const { sent, turnedAway, answered } = await result;
  expect([sent, answered]).toEqual([10, 10]);
  expect(turnedAway).toBeGreaterThan(50);
});

test('what is not the hoped-for answer is counted by name and is no latency', async () => {
  const seen: Outcome[] = [];
  const result = await openLoop(
    options({
      send: (n, done) => done(n % 2 === 0 ? 200 : 'ECONNRESET'),
      observe: (outcome) => seen.push(outcome),
    }),
  );
  const failed = result.outcomes['ECONNRESET'] ?? 0;
  expect(failed).toBe(Math.floor(result.sent / 2));
  expect(result.answered).toBe(result.sent - failed);
  expect(result.latency.count).toBe(result.answered);
  expect(seen).toHaveLength(result.sent);
});

test('a server that is not there is an error with a name, and saturated', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  await new Promise((resolve) => taken.close(resolve));
  const sender = new HttpSender(`http://127.0.0.1:${port}`, { connections: 2, timeoutMs: 10_000 });
  const result = await step(
    { sender, requests: [{ method: 'GET', path: '/' }] },
    { perSecond: 50, seconds: 0.5, seed: 1, spin: false, p99MsMax: 100 },
  );
  await sender.close();
  expect(result.isSaturated).toBe(true);
  expect(result.outcomes).toEqual({ ECONNREFUSED: result.sent });
  expect(result.answeredPerSecond).toBe(0);
});

test('arrivals are a Poisson process of the rate asked for, the same for the same seed', () => {
  const times = [...arrivals({ perSecond: 1_000, seconds: 20, chance: new Chance(7) })];
  expect(times).toEqual([...arrivals({ perSecond: 1_000, seconds: 20, chance: new Chance(7) })]);
  // Five standard deviations of a Poisson count.
  expect(Math.abs(times.length - 20_000)).toBeLessThan(5 * Math.sqrt(20_000));
  const gaps = times.slice(1).map((time, i) => time - times[i]!);
  const longer = gaps.filter((gap) => gap > 1).length / gaps.length;
  // exp(-1) of the gaps are longer than the mean one; of even arrivals none would be.
  expect(longer).toBeGreaterThan(0.35);
  expect(longer).toBeLessThan(0.39);
  expect(Math.max(...times)).toBeLessThan(20_000);
});

test('a histogram survives being written down, and histograms add up', () => {
  const one = new Latency();
  for (let ms = 1; ms <= 1_000; ms++) one.record(ms);
  const other = Latency.decode(one.encoded());
  other.add(one);
  expect(other.count).toBe(2_000);
  expect(other.percentileMs(50)).toBeCloseTo(500, -1);
  expect(other.percentileMs(99)).toBeCloseTo(990, -1);
  expect(new Latency().summary().p99Ms).toBeNaN();
});

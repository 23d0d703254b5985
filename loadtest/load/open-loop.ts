import { Chance } from '../../services/main/demo/world';
import { arrivals } from './arrivals';
import { Latency, type LatencySummary } from './latency';

/** What became of a request: the status of its answer, or a word for why there was none. */
export type Outcome = number | string;

/** Sends request number `n` and calls back once, whatever comes of it. */
export type Send = (n: number, done: (outcome: Outcome) => void) => void;

export interface OpenLoopOptions {
  perSecond: number;
  seconds: number;
  seed: number;
  send: Send;
  /** Whether this outcome is what the sender hoped for; only those count as latencies. */
  isAnswer: (outcome: Outcome) => boolean;
  /**
   * Wait for the next arrival with the core at full speed: exact to some microseconds, for a generator that has a core to
   * itself. Else timers, exact to about a millisecond.
   */
  spin: boolean;
  /** Told of every outcome as it comes. */
  observe?: (outcome: Outcome, latencyMs: number) => void;
  /** Requests under way at most; who arrives above that is turned away and counted. @default 20,000 */
  underWayMax?: number;
}

export interface OpenLoopResult {
  offeredPerSecond: number;
  /** Of hoped-for answers, over the time until the last of them. */
  answeredPerSecond: number;
  sent: number;
  answered: number;
  /** Arrivals that were never sent, because too many were under way. */
  turnedAway: number;
  outcomes: Record<string, number>;
  /** From the moment a request was due to the end of its answer. */
  latency: LatencySummary;
  /** From the moment a request was due to when it was sent: the generator's own share of the latency. */
  late: LatencySummary;
  /** HDR histogram of `latency`, see `Latency.encoded`. */
  histogram: string;
}

const UNDER_WAY_MAX = 20_000;
/** Between two looks at the sockets: a generator that is behind must still read answers. */
const SENT_AT_ONCE_MAX = 64;
/** Timers wake up to a millisecond late. */
const SPIN_MS = 2;

/**
 * Requests go out when they are due, whatever became of those before, and their latency counts from when they were due.
 * A closed loop asks less while the server stalls, and so leaves out the very requests that would have waited.
 */
export async function openLoop(options: OpenLoopOptions): Promise<OpenLoopResult> {
  const { perSecond, seconds, seed, send, isAnswer, spin, observe, underWayMax = UNDER_WAY_MAX } = options;
  const latency = new Latency();
  const late = new Latency();
  const outcomes: Record<string, number> = {};
  let sent = 0;
  let underWay = 0;
  let turnedAway = 0;
  const started = performance.now();
  let lastAnswerMs = 0;

  const fire = (dueMs: number, nowMs: number): void => {
    if (underWay >= underWayMax) {
      turnedAway++;
      return;
    }
    late.record(nowMs - dueMs);
    underWay++;
    send(sent++, (outcome) => {
      const endMs = performance.now() - started;
      underWay--;
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      observe?.(outcome, endMs - dueMs);
      if (!isAnswer(outcome)) return;
      latency.record(endMs - dueMs);
      lastAnswerMs = endMs;
    });
  };

  const due = arrivals({ perSecond, seconds, chance: new Chance(seed) });
  let next = due.next();
  while (!next.done) {
    const nowMs = performance.now() - started;
    for (let n = 0; n < SENT_AT_ONCE_MAX && !next.done && next.value <= nowMs; n++) {
      fire(next.value, nowMs);
      next = due.next();
    }
    if (!next.done) await pause(next.value - (performance.now() - started), spin);
  }
  while (underWay > 0) await new Promise((resolve) => setTimeout(resolve, 1));

  return {
    offeredPerSecond: (sent + turnedAway) / seconds,
    answeredPerSecond: latency.count === 0 ? 0 : latency.count / Math.max(seconds, lastAnswerMs / 1_000),
    sent,
    answered: latency.count,
    turnedAway,
    outcomes,
    latency: latency.summary(),
    late: late.summary(),
    histogram: latency.encoded(),
  };
}

function pause(ms: number, spin: boolean): Promise<void> {
  return new Promise((resolve) => {
    const restMs = spin ? ms - SPIN_MS : ms;
    if (restMs > 0) setTimeout(resolve, restMs);
    else setImmediate(resolve);
  });
}

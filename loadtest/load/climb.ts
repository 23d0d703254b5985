import type { HttpRequest, HttpSender } from './http-sender';
import { openLoop, type OpenLoopResult } from './open-loop';

/** One rate, one server. */
export interface Step extends OpenLoopResult {
  perSecond: number;
  /** It could not keep up, or took too long. */
  isSaturated: boolean;
}

export interface Target {
  /** Kept from rate to rate, as exchanges keep their connections. */
  sender: HttpSender;
  requests: readonly HttpRequest[];
}

export interface ClimbOptions {
  perSecond: number;
  seconds: number;
  seed: number;
  spin: boolean;
  /** 99 of 100 answers have to be there within so long. */
  p99MsMax: number;
}

const ANSWERED_SHARE_MIN = 0.97;
const STATUSES = new Set<number | string>([200, 204]);

/** Offers one rate to one server and says whether it kept up with it. */
export async function step(target: Target, options: ClimbOptions): Promise<Step> {
  const { sender, requests } = target;
  const result = await openLoop({
    ...options,
    send: (n, done) => sender.send(requests[n % requests.length]!, done),
    isAnswer: (outcome) => STATUSES.has(outcome),
  });
  return { perSecond: options.perSecond, ...result, isSaturated: isSaturated(result, options.p99MsMax) };
}

export function isSaturated(result: OpenLoopResult, p99MsMax: number): boolean {
  return (
    result.answered < result.sent + result.turnedAway ||
    result.answeredPerSecond < ANSWERED_SHARE_MIN * result.offeredPerSecond ||
    result.latency.p99Ms > p99MsMax
  );
}

/** Rates from `from`, each `factor` times the one before, as far as `to`. */
export function ladder({ from, to, factor }: { from: number; to: number; factor: number }): number[] {
  const rates: number[] = [];
  for (let rate = from; rate <= to; rate *= factor) rates.push(Math.round(rate));
  return rates;
}

/** The most answers a second that a server gave, and the highest rate with which it kept up; 0 where it never did. */
export function heights(steps: readonly Step[]): { capacityPerSecond: number; sustainedPerSecond: number } {
  return {
    capacityPerSecond: Math.max(0, ...steps.map(({ answeredPerSecond }) => answeredPerSecond)),
    sustainedPerSecond: Math.max(
      0,
      ...steps.filter(({ isSaturated }) => !isSaturated).map(({ perSecond }) => perSecond),
    ),
  };
}

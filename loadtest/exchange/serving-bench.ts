import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLmdbLookups } from '../../services/shared/stores/lookups/lmdb/open-lmdb-lookups';
import type { Bench, Metric, Round, Say } from '../bench';
import { edgeSnapshot } from '../fixtures/catalog';
import { fillLookups } from '../fixtures/fill-lookups';
import { PARTNER } from '../fixtures/people';
import { heights, step, type ClimbOptions, type Step, type Target } from '../load/climb';
import { HttpSender, type HttpRequest } from '../load/http-sender';
import { splitCores, startPinned, type Pinned } from '../load/pinned';
import { bidTrafficRequests } from './bid-traffic';
import { seedExchangePeople } from './people';
import { pixelTrafficRequests } from './pixel-traffic';

/** Different requests of a run; they are repeated when they run out. */
const REQUESTS = 10_000;
const CONNECTIONS = 256;
const TIMEOUT_MS = 10_000;

export interface ServingOptions {
  people: number;
  lineItems: number;
  /** Offered one after the other, until the server no longer keeps up. */
  rates: number[];
  seconds: number;
  warmUpSeconds: number;
  seed: number;
  /** What still counts as keeping up. */
  p99MsMax: number;
  /** Whether bare node:http climbs the same rates in turn. */
  ceiling: boolean;
}

export interface ServingDetail {
  subject: Step[];
  ceiling: Step[];
}

interface Subject {
  server: 'bidder' | 'collector';
  requests: (options: { count: number; people: number; seed: number }) => HttpRequest[];
}

/** The bidder under a simulated exchange, `collector` under the pixels and syncs of a publisher's pages. */
export const SUBJECTS = {
  bid: { server: 'bidder', requests: bidTrafficRequests },
  pixel: { server: 'collector', requests: pixelTrafficRequests },
} as const satisfies Record<string, Subject>;

/** A server on a core of its own, and the load, from this process, on another. */
export async function openServingBench(subject: Subject, options: ServingOptions, say: Say): Promise<Bench> {
  const cores = splitCores(say);
  const dir = await mkdtemp(join(tmpdir(), 'muster-loadtest-'));
  const running: Pinned[] = [];
  const senders: HttpSender[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(senders.map((sender) => sender.close()));
    for (const server of running) server.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await fill(dir, options, say);
    cores.pinLoad();
    const requests = subject.requests({ count: REQUESTS, people: options.people, seed: options.seed });
    const start = async (name: string, args: string[]): Promise<Target> => {
      const server = await startPinned(name, args, cores.server);
      running.push(server);
      const sender = new HttpSender(`http://127.0.0.1:${server.port}`, {
        connections: CONNECTIONS,
        timeoutMs: TIMEOUT_MS,
      });
      senders.push(sender);
      return { sender, requests };
    };
    const target = await start(subject.server, [dir]);
    const ceiling = options.ceiling ? await start('bare', []) : undefined;
    const at = (perSecond: number, seconds: number): ClimbOptions => ({
      perSecond,
      seconds,
      seed: options.seed + perSecond,
      spin: cores.server !== undefined,
      p99MsMax: options.p99MsMax,
    });
    // Every server as long, at a rate that it has to work for: it meets its traffic compiled, not on its first requests.
    const warmUpRate = options.rates[options.rates.length >> 1]!;
    for (const warmed of [ceiling, target])
      if (warmed !== undefined && options.warmUpSeconds > 0)
        await step(warmed, at(warmUpRate, options.warmUpSeconds));

    const round = async (n: number): Promise<Round> => {
      const detail: ServingDetail = { subject: [], ceiling: [] };
      const climbing = new Set<keyof ServingDetail>(
        ceiling === undefined ? ['subject'] : ['ceiling', 'subject'],
      );
      for (const rate of options.rates) {
        // In turns, at the same rate right after one another, and each time the other first.
        const turn = n % 2 === 0 ? [...climbing].reverse() : [...climbing];
        for (const which of turn) {
          const taken = await step(which === 'subject' ? target : ceiling!, at(rate, options.seconds));
          detail[which].push(taken);
          say(`${n}: ${which === 'subject' ? subject.server : 'bare node:http'} ${describeStep(taken)}`);
          if (isAtItsEnd(detail[which])) climbing.delete(which);
        }
        if (!climbing.has('subject')) break;
      }
      return { metrics: metricsOf(detail), detail };
    };
    return { round, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Two rates in a row: a single one may have met with a disturbance of the machine. */
function isAtItsEnd(steps: readonly Step[]): boolean {
  return steps.length >= 2 && steps.slice(-2).every(({ isSaturated }) => isSaturated);
}

function describeStep(step: Step): string {
  const { perSecond, answeredPerSecond, latency, late, turnedAway, isSaturated } = step;
  const words = [
    `at ${perSecond}/s: ${answeredPerSecond.toFixed(0)}/s answered`,
    `p50 ${latency.p50Ms.toFixed(2)} ms, p99 ${latency.p99Ms.toFixed(2)} ms, worst ${latency.maxMs.toFixed(1)} ms`,
    `sent late p99 ${late.p99Ms.toFixed(2)} ms`,
  ];
  if (turnedAway > 0) words.push(`${turnedAway} not sent`);
  if (isSaturated) words.push(`saturated, ${JSON.stringify(step.outcomes)}`);
  return words.join('; ');
}

function metricsOf({ subject, ceiling }: ServingDetail): Metric[] {
  const { capacityPerSecond, sustainedPerSecond } = heights(subject);
  const metrics: Metric[] = [
    { name: 'capacity', unit: '/s', better: 'more', value: capacityPerSecond },
    { name: 'sustained', unit: '/s', better: 'more', value: sustainedPerSecond },
  ];
  if (ceiling.length > 0)
    metrics.push({
      name: 'capacity / bare node:http',
      unit: '',
      better: 'more',
      value: capacityPerSecond / heights(ceiling).capacityPerSecond,
    });
  for (const { perSecond, latency, isSaturated } of subject) {
    if (isSaturated) continue;
    metrics.push(
      { name: `p50 at ${perSecond}/s`, unit: 'ms', better: 'less', value: latency.p50Ms },
      { name: `p99 at ${perSecond}/s`, unit: 'ms', better: 'less', value: latency.p99Ms },
    );
  }
  return metrics;
}

async function fill(dir: string, { people, lineItems }: ServingOptions, say: Say): Promise<void> {
  const lookups = await openLmdbLookups({ dir: join(dir, 'lookups') });
  try {
    const edge = { ...edgeSnapshot(), partners: [{ id: PARTNER, uidMacro: '$UID', redirectHosts: [] }] };
    await fillLookups(lookups, { people, lineItems, say, seed: seedExchangePeople, edge });
  } finally {
    await lookups.close();
  }
}

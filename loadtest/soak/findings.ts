import type { OpenLoopResult } from '../load/open-loop';
import { growth, type GrowthBounds } from './growth';
import type { SoakSample } from './sample';
import type { Acknowledged } from './traffic';

/** One question the soak answers. */
export interface Finding {
  what: string;
  isGood: boolean;
  detail: string;
}

/** What the lake had at the end, when nothing waited any more or time was up. */
export interface Found {
  events: number;
  distinctEvents: number;
  bids: number;
  /** Records that still waited. */
  waiting: number;
}

const MIB = 1024 * 1024;
/** What grows evenly from nothing is 1.67 times as much in the last third as in the second. */
const FACTOR_MAX = 1.1;
const HEAP: GrowthBounds = { factorMax: FACTOR_MAX, slack: 32 * MIB };
/** Resident memory has the mapped files of the lookups and the caches of the engines in it. */
const RESIDENT: GrowthBounds = { factorMax: FACTOR_MAX, slack: 128 * MIB };
/** What waits may be as much as arrives in two seconds. */
const LAG_SECONDS = 2;

export interface SoakSeen {
  samples: readonly SoakSample[];
  traffic: OpenLoopResult;
  acknowledged: Acknowledged;
  found: Found;
}

export function findings({ samples, traffic, acknowledged, found }: SoakSeen): Finding[] {
  const last = samples[samples.length - 1];
  const failed = Object.entries(traffic.outcomes).filter(([outcome]) => !/^\d+$/.test(outcome));
  const list: Finding[] = [
    {
      what: 'every request was sent',
      isGood: traffic.turnedAway === 0,
      detail: `${traffic.turnedAway} of ${traffic.sent + traffic.turnedAway} found too many under way`,
    },
    {
      what: 'every request was answered as it should be',
      isGood: failed.length === 0 && acknowledged.noticesFailed === 0,
      detail: `${traffic.answered} were; ${JSON.stringify(Object.fromEntries(failed))}, ${acknowledged.noticesFailed} notices failed`,
    },
    {
      what: 'there was something to lose',
      isGood: acknowledged.events > 0 && acknowledged.bids > 0 && acknowledged.notices > 0,
      detail: `${acknowledged.events} events, ${acknowledged.bids} bids, ${acknowledged.notices} notices`,
    },
    {
      what: 'no process was started again',
      isGood: last?.restarts === 0,
      detail: `${last?.restarts ?? 'unknown'} restarts`,
    },
    {
      what: 'nothing was dropped',
      isGood: last?.dropped === 0,
      detail: `${last?.dropped ?? 'unknown'} records, by the platform's own counters`,
    },
    {
      what: 'what waited was worked off',
      isGood: found.waiting === 0,
      detail: `${found.waiting} records wait`,
    },
    {
      what: 'every acknowledged event is in the lake, once',
      isGood: found.events === acknowledged.events && found.distinctEvents === acknowledged.events,
      detail: `${acknowledged.events} acknowledged, ${found.events} rows, ${found.distinctEvents} distinct`,
    },
    {
      what: 'every bid is in the lake',
      isGood: found.bids === acknowledged.bids,
      detail: `${acknowledged.bids} bids answered, ${found.bids} rows`,
    },
  ];
  for (const process of Object.keys(last?.heapBytes ?? {})) {
    list.push(
      grows(
        `heap of ${process}`,
        samples.map(({ heapBytes }) => heapBytes[process] ?? 0),
        HEAP,
      ),
      grows(
        `memory of ${process}`,
        samples.map(({ residentBytes }) => residentBytes[process] ?? 0),
        RESIDENT,
      ),
    );
  }
  for (const stage of ['ingest', 'people', 'builder'] as const)
    list.push(
      grows(
        `what waits for ${stage}`,
        samples.map(({ lagRecords }) => lagRecords[stage]),
        {
          factorMax: FACTOR_MAX,
          slack: LAG_SECONDS * traffic.offeredPerSecond,
        },
      ),
    );
  return list;
}

function grows(what: string, samples: readonly number[], bounds: GrowthBounds): Finding {
  const seen = growth(samples, bounds);
  const name = `${what} does not grow without bound`;
  if (seen === undefined)
    return { what: name, isGood: true, detail: `${samples.length} samples are too few to say` };
  const show = (value: number): string =>
    value >= MIB ? `${(value / MIB).toFixed(0)} MiB` : value.toFixed(0);
  return {
    what: name,
    isGood: !seen.isUnbounded,
    detail: `median ${show(seen.before)} in the second third, ${show(seen.after)} in the last`,
  };
}

import type { ChangeRecord } from '../shared/domain/records';
import type { BatchContext, IngestDeps } from './batch-context';
import { identitiesOf, type IngestRecord, isLive, makesKnown, receivedAtOf } from './item';
import { statedConsents } from './rows/consent-rows';

/** Bounds a record of `changes` to some 50 KB. */
export const CHANGE_IIDS_MAX = 5_000;
/** More names than this are not worth telling apart: everything may have changed. */
const CHANGE_NAMES_MAX = 300;

interface Changed {
  iids: Set<number>;
  events: Set<string>;
  traits: Set<string>;
}

/**
 * Step: for whom the lake says something new → topic `changes`, for the builder. Newly known people touch every
 * audience (`not` is taken within all known people) and are named apart; so is who stated a consent, which is never
 * compared with what was stated before: that may have come to another process, or out of order.
 */
export async function emitChanges(context: BatchContext, deps: IngestDeps): Promise<void> {
  const facts: Changed = { iids: new Set(), events: new Set(), traits: new Set() };
  const people = new Set<number>();
  let receivedAt = 0;
  for (const item of context.items) {
    if (item.record !== undefined) receivedAt = Math.max(receivedAt, receivedAtOf(item.record));
    if (!makesKnown(item)) continue;
    for (const identity of identitiesOf(item.record)) {
      const entry = context.identities.get(identity);
      // A replay does not know who was new the first time.
      if (entry !== undefined && (!entry.confirmed || context.replayOf !== undefined)) people.add(entry.iid);
    }
    if (isLive(item)) addFact(facts, context, item.record);
  }
  // Whoever is evaluated for another reason has the newest statement read as well; no rule asks for it.
  const consents = statedConsents(context).flatMap(({ iid }) =>
    facts.iids.has(iid) || people.has(iid) ? [] : [iid],
  );

  const changes = [
    ...changeRecords([...facts.iids], { ...namesOf(facts), people: false, receivedAt }),
    ...changeRecords([...people], { events: ['*'], traits: [], people: true, receivedAt }),
    ...changeRecords(consents, { events: [], traits: [], people: false, receivedAt }),
  ];
  if (changes.length === 0) return;
  await deps.log.append('changes', changes.map(changeEntry));
}

function namesOf({ events, traits }: Changed): { events: string[]; traits: string[] } {
  if (events.size > CHANGE_NAMES_MAX || traits.size > CHANGE_NAMES_MAX) return { events: ['*'], traits: [] };
  return { events: [...events], traits: [...traits] };
}

function addFact(facts: Changed, context: BatchContext, record: IngestRecord): void {
  const iid = (identity: string): number => context.identities.get(identity)!.iid;
  if (record.type === 'event') {
    facts.iids.add(iid(record.identities[0]!));
    facts.events.add(record.event);
  } else if (record.type === 'trait') {
    facts.iids.add(iid(record.identity));
    facts.traits.add(`${record.provider}/${record.trait}`);
  }
}

export function changeRecords(
  iids: readonly number[],
  what: Pick<ChangeRecord, 'events' | 'traits' | 'people' | 'receivedAt'>,
): ChangeRecord[] {
  const records: ChangeRecord[] = [];
  for (let from = 0; from < iids.length; from += CHANGE_IIDS_MAX) {
    records.push({ v: 1, type: 'change', iids: iids.slice(from, from + CHANGE_IIDS_MAX), ...what });
  }
  return records;
}

export function changeEntry(change: ChangeRecord): { key: string; value: Buffer } {
  return { key: 'changes', value: Buffer.from(JSON.stringify(change)) };
}

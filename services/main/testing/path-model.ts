/**
 * What the naive oracle is given: the records as they were sent, never as they were stored. Two things nobody can
 * know beforehand, for they depend on who came first: whether a record of someone who opted out was dropped, and
 * in which order links were seen. The first is looked up and then justified, the second is read from the log.
 */
import type {
  EventRecord,
  LinkRecord,
  PrivacyRecord,
  SyncRecord,
  TraitRecord,
} from '../../shared/domain/records';
import { CONSENT_DEFAULT_ALLOWED } from '../../shared/domain/consent/bits';
import type { IdentityKind } from '../../shared/domain/identity';
import type { World, WorldEvent, WorldTrait } from '../../shared/domain/rule/testing/world';

export type Sent =
  | { record: EventRecord; fact: WorldEvent }
  | { record: TraitRecord; fact: WorldTrait }
  | { record: SyncRecord }
  | { record: PrivacyRecord };

export function kindOf(identity: string): IdentityKind {
  return identity.slice(0, identity.indexOf(':')) as IdentityKind;
}

export function identitiesOf(record: Sent['record']): string[] {
  if ('identities' in record) return record.identities;
  if (record.type !== 'sync' || record.partnerUid === undefined) return [record.identity];
  return [record.identity, `partner:${record.partner}:${record.partnerUid}`];
}

/** Sets of identities by the links in the order in which they were written. */
export function personsBy(links: readonly LinkRecord[], known: ReadonlyMap<string, number>): string[][] {
  const forGood: [string, string][] = [];
  const partner = new Map<string, { cookie: string | undefined; at: number }>();
  const numberOf = (identity: string | undefined): number => known.get(identity ?? '') ?? 0;
  const move = (id: string, cookie: string | undefined, at: number): void => {
    const before = partner.get(id);
    const newer =
      before === undefined ||
      at > before.at ||
      (at === before.at && numberOf(cookie) > numberOf(before.cookie));
    if (newer) partner.set(id, { cookie, at });
  };
  for (const link of links) {
    if (link.kind === 'event') forGood.push([link.a.identity, link.b!.identity]);
    else if (link.kind === 'partner') move(link.a.identity, link.b?.identity, link.at);
    else {
      for (const [id, { cookie }] of [...partner]) {
        if (cookie === link.a.identity && id.startsWith(`partner:${link.partner}:`))
          move(id, undefined, link.at);
      }
    }
  }
  const current = [...partner].flatMap(([id, { cookie }]) =>
    cookie === undefined ? [] : [[id, cookie] as const],
  );
  return unite([...known.keys()], [...forGood, ...current]);
}

/** Connected sets, by painting until nothing changes any more. */
export function unite(all: readonly string[], pairs: readonly (readonly [string, string])[]): string[][] {
  const colour = new Map(all.map((each, i) => [each, i]));
  for (let changed = true; changed;) {
    changed = false;
    for (const [a, b] of pairs) {
      const [x, y] = [colour.get(a)!, colour.get(b)!];
      if (x === y) continue;
      colour.set(a, Math.min(x, y)).set(b, Math.min(x, y));
      changed = true;
    }
  }
  const sets = new Map<number, string[]>();
  for (const [each, of] of colour) sets.set(of, [...(sets.get(of) ?? []), each]);
  return [...sets.values()];
}

export interface Observed {
  /** Identity → its permanent number. */
  known: ReadonlyMap<string, number>;
  links: readonly LinkRecord[];
  /** Keys of stored records (`keyOf`) and how often each is there. */
  stored: ReadonlyMap<string, number>;
  choices: readonly { iid: number; at: number; optedOut: boolean }[];
}

export function keyOf(record: EventRecord | TraitRecord): string {
  return record.type === 'event' ? `event ${record.id}` : `trait ${record.importId} ${record.line}`;
}

export function worldOf(sent: readonly Sent[], observed: Observed, now: number): World {
  const { known, stored } = observed;
  const world: World = {
    now,
    people: personsBy(observed.links, known).map((person) => ({
      identities: person.map((identity) => ({ iid: known.get(identity)!, kind: kindOf(identity) })),
    })),
    events: [],
    traits: [],
    choices: [...observed.choices],
  };
  const taken = new Set<string>();
  for (const each of sent) {
    if (!('fact' in each)) continue;
    const key = keyOf(each.record);
    if (!stored.has(key) || taken.has(key)) continue;
    taken.add(key);
    const iid = known.get(identitiesOf(each.record)[0]!)!;
    if (each.record.type === 'event') world.events.push({ ...(each.fact as WorldEvent), iid });
    else world.traits.push({ ...(each.fact as WorldTrait), iid });
  }
  return world;
}

/** What was observed and should not be; empty when all of it is justified by what was sent. */
export function unjustified(sent: readonly Sent[], observed: Observed): string[] {
  const faults: string[] = [];
  const { known, stored, choices } = observed;
  const named = [...new Set(sent.flatMap(({ record }) => identitiesOf(record)))];
  const everTogether = unite(
    named,
    sent.flatMap(({ record }) => {
      const [first, ...others] = identitiesOf(record);
      return others.map((other) => [first!, other] as const);
    }),
  );
  const setOf = (identity: string): string[] => everTogether.find((set) => set.includes(identity))!;
  const privacy = sent.flatMap(({ record }) =>
    record.type === 'optout' || record.type === 'optin' ? [record] : [],
  );
  const everOut = new Set(
    privacy.filter(({ type }) => type === 'optout').flatMap(({ identities }) => identities.flatMap(setOf)),
  );
  const repeats = new Set<string>();
  const allowed = new Set<string>();

  for (const { record } of sent) {
    if (!('consent' in record)) {
      for (const identity of record.identities) {
        const iid = known.get(identity);
        const holds = choices.some((choice) => choice.iid === iid && choice.at >= record.at);
        if (!holds) faults.push(`a choice of ${identity} was lost`);
      }
      continue;
    }
    const denied = record.consent !== CONSENT_DEFAULT_ALLOWED;
    const mayBeDropped = denied || identitiesOf(record).some((identity) => everOut.has(identity));
    if (!mayBeDropped) for (const identity of identitiesOf(record)) allowed.add(identity);
    if (record.type === 'sync') continue;
    const key = keyOf(record);
    const same = record.type === 'trait' ? traitKey(record) : key;
    const copies = stored.get(key) ?? 0;
    if (copies > 1) faults.push(`${key} was stored ${copies} times`);
    if (denied && copies > 0) faults.push(`${key} was stored without consent`);
    if (copies === 0 && !mayBeDropped && !repeats.has(same)) faults.push(`${key} was lost`);
    if (copies > 0) repeats.add(same);
  }
  const unsynced = sent.flatMap(({ record }) =>
    record.type === 'sync' && record.partnerUid === undefined ? [record.identity] : [],
  );
  for (const identity of allowed)
    if (!known.has(identity) && !unsynced.includes(identity)) faults.push(`${identity} is not known`);
  for (const choice of choices) {
    const identity = [...known].find(([, iid]) => iid === choice.iid)![0];
    const from = privacy.some(
      (record) =>
        record.at === choice.at &&
        (record.type === 'optout') === choice.optedOut &&
        record.identities.some((each) => setOf(each).includes(identity)),
    );
    if (!from) faults.push(`nobody made a choice for ${identity}`);
  }
  return faults;
}

/** (identity, trait, at, op, value) counts once. */
function traitKey({ identity, provider, trait, at, op, number, text }: TraitRecord): string {
  return JSON.stringify([
    identity,
    provider,
    trait,
    at,
    op,
    number === undefined ? null : Number(number),
    text,
  ]);
}

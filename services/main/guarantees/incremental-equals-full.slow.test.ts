import fc from 'fast-check';
import { CONSENT, CONSENT_DEFAULT_ALLOWED } from '../../shared/domain/consent/bits';
import type {
  EventRecord,
  LinkRecord,
  PrivacyRecord,
  SyncRecord,
  TraitRecord,
} from '../../shared/domain/records';
import { compileRule } from '../../shared/domain/rule/compile';
import type { Rule } from '../../shared/domain/rule/language';
import { oracleMembers } from '../../shared/domain/rule/testing/oracle';
import { uidOf, type World } from '../../shared/domain/rule/testing/world';
import type { AudienceRule } from '../../shared/domain/snapshot';
import { FOREVER_S, type MembershipRecord } from '../../shared/stores/lookups/lookups';
import { AudiencePath } from '../testing/audience-path';
import { type Observed, type Sent, unjustified, worldOf } from '../testing/path-model';
import { COOKIES, type Operation, OTHERS, PARTNER_IDS, scenario } from '../testing/path-operations';

/** `npx jest incremental-equals-full --globals '{"runs":200}'` for a longer run, `"seed"` to repeat one. */
declare const runs: number | undefined;
declare const seed: number | undefined;
/** Set to look for a smaller counterexample, which takes long. */
declare const shrink: true | undefined;
const RUNS = typeof runs === 'number' ? runs : 6;

const PAGES = [
  { url: undefined, domain: undefined, path: undefined },
  { url: 'https://www.Shop.example/a?b=1', domain: 'shop.example', path: '/a' },
  { url: 'http://news.example', domain: 'news.example', path: '/' },
  { url: 'a', domain: undefined, path: undefined },
];
/** Everything refused, as somebody who was asked would. */
const REFUSED = CONSENT.signal;

// Opening four engines takes a while on a busy machine.
jest.setTimeout(180_000);

let path: AudiencePath;
let lastNumber = 0;
let worlds = 0;

beforeAll(async () => {
  path = await AudiencePath.start();
});
afterAll(() => path.close());

test(
  'the incremental state equals a full build and a naive oracle after any interleaving of news',
  async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ rules, operations, quiet }) => {
        path.goOn();
        const play = new Play(rules);
        await play.publishRules();
        await play.all(operations);
        await play.all(quiet);
        await play.check();
      }),
      {
        numRuns: RUNS,
        // Each try takes seconds and depends on timing: a smaller counterexample only for who asks for it.
        endOnFailure: typeof shrink === 'undefined',
        ...(typeof seed === 'number' ? { seed } : {}),
      },
    );
  },
  RUNS * 90_000,
);

/** One sequence of operations, with people and audiences of its own in the engines that all share. */
class Play {
  private readonly name = `w${++worlds}`;
  private readonly sent: Sent[] = [];
  private readonly audiences: AudienceRule[];
  private lines = 0;

  constructor(rules: readonly Rule[]) {
    const [first, second] = [this.audienceId(0), this.audienceId(1)];
    const both: Rule = { all: [{ audience: first }, { not: { audience: second } }] };
    this.audiences = [...rules, both].map((rule, i) => {
      const id = this.audienceId(i);
      return { id, number: ++lastNumber, version: 1, name: id, rule };
    });
  }

  async publishRules(): Promise<void> {
    await path.publishRules(this.audiences);
  }

  async all(operations: readonly Operation[]): Promise<void> {
    for (const operation of operations) await this.one(operation);
    await path.settle();
  }

  async check(): Promise<void> {
    const at = await path.comeToRest(this.audiences);
    const observed = await this.observe();
    expect(unjustified(this.sent, observed)).toEqual([]);
    const world = worldOf(this.sent, observed, at);
    await this.checkPeople(world, observed);
    const records = await this.membershipRecords(observed);
    for (const audience of this.audiences) await this.checkAudience(audience, world, records, at);
    await this.checkRetired(observed);
  }

  private async one(operation: Operation): Promise<void> {
    switch (operation.do) {
      case 'event':
        return this.event(operation);
      case 'trait':
        return this.trait(operation);
      case 'sync':
        return this.sync(operation);
      case 'choose': {
        const at = path.now() - operation.agoMs;
        const identities = [...new Set(operation.identities.map((each) => this.identity(each)))];
        const type: PrivacyRecord['type'] = operation.out ? 'optout' : 'optin';
        const record = {
          v: 1 as const,
          type,
          identities,
          at,
          receivedAt: path.now(),
        };
        return this.send('privacy', 'privacy', { record });
      }
      case 'repeat': {
        const again = this.sent[operation.which % Math.max(1, this.sent.length)];
        if (again && 'fact' in again)
          path.append(again.record.type === 'event' ? 'events' : 'traits', keyed(again.record), again.record);
        return;
      }
      case 'rule': {
        const audience = this.audiences[operation.audience]!;
        const version = audience.version + 1;
        this.audiences[operation.audience] = {
          ...audience,
          number: ++lastNumber,
          version,
          rule: operation.rule,
        };
        return this.publishRules();
      }
      case 'jump':
        return path.jump(operation.byMs);
      case 'wait':
        return new Promise((resolve) => setTimeout(resolve, operation.ms));
      case 'settle':
        return path.settle();
    }
  }

  private event({ identities, event, agoMs, page, denied }: Operation & { do: 'event' }): void {
    const { url, domain, path: urlPath } = PAGES[page]!;
    const at = path.now() - agoMs;
    const { category, sku, value, currency, properties } = event;
    const record: EventRecord = {
      v: 1, type: 'event', id: `${this.name}-${++this.lines}`, source: 'server', publisher: event.publisher || null,
      identities: [...new Set(identities.map((each) => this.identity(each)))],
      event: event.type, at, receivedAt: path.now(), url, category, sku, value, currency, properties,
      consent: denied ? REFUSED : CONSENT_DEFAULT_ALLOWED,
    }; // prettier-ignore
    this.send('events', record.identities[0]!, {
      record,
      fact: { ...event, at, url, domain, path: urlPath },
    });
  }

  private trait({ identity, trait, agoMs, denied }: Operation & { do: 'trait' }): void {
    const at = path.now() - agoMs;
    const record: TraitRecord = {
      v: 1, type: 'trait', importId: this.name, line: ++this.lines, provider: trait.provider,
      identity: this.identity(identity), trait: trait.code, op: trait.op, at, receivedAt: path.now(),
      ttlMs: trait.ttlMs, consent: denied ? REFUSED : CONSENT_DEFAULT_ALLOWED, ...trait.value,
    }; // prettier-ignore
    this.send('traits', record.identity, { record, fact: { ...trait, at } });
  }

  private sync({ cookie, partnerId, partner, agoMs }: Operation & { do: 'sync' }): void {
    const [, ofPartner, partnerUid] =
      partnerId === undefined ? [] : this.identity(COOKIES + partnerId).split(':');
    const record: SyncRecord = {
      v: 1, type: 'sync', partner: ofPartner ?? `px${partner}`, identity: this.identity(cookie), partnerUid,
      matchMethod: 2, at: path.now() - agoMs, receivedAt: path.now(), consent: CONSENT_DEFAULT_ALLOWED,
    }; // prettier-ignore
    this.send('syncs', record.identity, { record });
  }

  private send(topic: 'events' | 'traits' | 'syncs' | 'privacy', key: string, sent: Sent): void {
    this.sent.push(sent);
    path.append(topic, key, sent.record);
  }

  private audienceId(i: number): string {
    return `${this.name}-${i}`;
  }

  private identity(n: number): string {
    if (n < COOKIES) return `cookie:${`${this.name}c${n}`.padEnd(22, 'x')}`;
    const partnerId = n - COOKIES;
    if (partnerId < PARTNER_IDS) return `partner:px${partnerId % 2}:${this.name}-${partnerId}`;
    const other = partnerId - PARTNER_IDS;
    return `${OTHERS[other]}:${this.name}-${other}`;
  }

  private async observe(): Promise<Observed> {
    const all = Array.from({ length: COOKIES + PARTNER_IDS + OTHERS.length }, (_, n) => this.identity(n));
    const list = all.map((identity) => `'${identity}'`).join();
    const rows = await path.lake.query<{ identity: string; iid: number }>(
      `SELECT identity, toFloat64(iid) AS iid FROM identity_rows FINAL WHERE identity IN (${list})`,
    );
    const known = new Map(rows.map(({ identity, iid }) => [identity, iid]));
    const iids = [0, ...known.values()].join();
    const stored = await path.lake.query<{ key: string; copies: number }>(
      `SELECT key, toFloat64(count()) AS copies FROM (
         SELECT concat('event ', event_id) AS key FROM event_rows WHERE iid IN (${iids})
         UNION ALL SELECT concat('trait ', import_id, ' ', toString(line)) FROM trait_rows WHERE iid IN (${iids})
       ) GROUP BY key`,
    );
    const choices = await path.lake.query<{ number: number; ms: number; out: number }>(
      `SELECT toFloat64(iid) AS number, toFloat64(toUnixTimestamp64Milli(at)) AS ms, opted_out AS out
         FROM privacy_rows FINAL WHERE iid IN (${iids})`,
    );
    const links = await path.read<LinkRecord>('links');
    return {
      known,
      links: links.filter(({ a }) => known.has(a.identity)),
      stored: new Map(stored.map(({ key, copies }) => [key, copies])),
      choices: choices.map(({ number, ms, out }) => ({ iid: number, at: ms, optedOut: out === 1 })),
    };
  }

  /** Identities resolve to the persons that the links make of them. */
  private async checkPeople(world: World, { known }: Observed): Promise<void> {
    const identities = [...known.keys()];
    const entries = await path.lookups.identities.resolve(identities);
    const persons = new Map(
      world.people.flatMap((each) => each.identities.map(({ iid }) => [iid, uidOf(each)])),
    );
    const resolved = identities.map((identity, i) => ({
      identity,
      iid: entries[i]?.iid,
      uid: entries[i]?.uid,
    }));
    expect(resolved).toEqual([...known].map(([identity, iid]) => ({ identity, iid, uid: persons.get(iid) })));
  }

  /** Nothing is kept of versions that are no more. Nobody uses them, so it may take a few ticks. */
  private async checkRetired(observed: Observed): Promise<void> {
    const active = new Set(this.audiences.map(({ number }) => number));
    const deadline = Date.now() + 20_000;
    for (;;) {
      const records = await this.membershipRecords(observed);
      const retired = records.flatMap(({ uid, memberships }) =>
        memberships.flatMap(({ audience }) => (active.has(audience) ? [] : [{ uid, audience }])),
      );
      if (retired.length === 0) return;
      if (Date.now() > deadline) expect(retired).toEqual([]);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  private async membershipRecords({ known }: Observed): Promise<MembershipRecord[]> {
    const records = await path.lookups.memberships.getMany([...known.values()]);
    return records.filter((record) => record !== undefined);
  }

  private async checkAudience(
    { id, number, rule }: AudienceRule,
    world: World,
    records: readonly MembershipRecord[],
    at: number,
  ): Promise<void> {
    const expanded = this.expand(rule);
    const oracle = oracleMembers(world, expanded, at);
    const held = records.flatMap(({ uid, memberships }) =>
      memberships.filter((each) => each.audience === number).map(({ untilS }) => ({ uid, untilS })),
    );
    const numbers = new Set(world.people.flatMap((person) => person.identities.map(({ iid }) => iid)));
    const ours = (uids: readonly number[]): number[] =>
      uids.filter((uid) => numbers.has(uid)).sort(ascending);

    const full = await path.lake.query<{ uid: number }>(
      `SELECT toFloat64(arrayJoin(bitmapToArray(members))) AS uid
         FROM (${compileRule(expanded, { database: path.lake.database }).membersSql({ at })})`,
    );
    const rows = await path.lake.numbers(
      `SELECT uid FROM membership_rows FINAL WHERE audience = ${number} AND until > ${at / 1_000} - 1`,
    );
    const view = await path.lake.numbers(`SELECT uid FROM audience_members WHERE audience_id = '${id}'`);
    const size = await this.sizeOf(id, full.length);
    expect({
      rule: expanded,
      lookups: ours(held.map(({ uid }) => uid)),
      lake: ours(rows),
      view: ours(view),
      full: ours(full.map(({ uid }) => uid)),
      size,
    }).toEqual({
      rule: expanded,
      lookups: oracle,
      lake: oracle,
      view: oracle,
      full: oracle,
      size: full.length,
    });

    // What bidders do not use any more, although nobody told them, runs out within the second they count in.
    for (const { uid, untilS } of held) {
      if (untilS * 1_000 > at) continue;
      expect({ untilS, members: oracleMembers(world, expanded, at + 1_000) }).not.toEqual({
        untilS,
        members: expect.arrayContaining([uid]) as unknown,
      });
    }
    expect(held.every(({ untilS }) => untilS <= FOREVER_S && untilS * 1_000 > at - 1_000)).toBe(true);
  }

  /** As told to analysts, which is the last thing a tick does: given a while to become what it should be. */
  private async sizeOf(id: string, expected: number): Promise<number | undefined> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const [size] = await path.lake.numbers(`SELECT size FROM audiences WHERE id = '${id}'`);
      if (size === expected || Date.now() > deadline) return size;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Rules of other audiences in the places where they are named. */
  private expand(rule: Rule): Rule {
    if ('all' in rule) return { all: rule.all.map((part) => this.expand(part)) };
    if ('any' in rule) return { any: rule.any.map((part) => this.expand(part)) };
    if ('not' in rule) return { not: this.expand(rule.not) };
    if ('audience' in rule) return this.expand(this.audiences.find(({ id }) => id === rule.audience)!.rule);
    return rule;
  }
}

function keyed(record: EventRecord | TraitRecord): string {
  return record.type === 'event' ? record.identities[0]! : record.identity;
}

function ascending(a: number, b: number): number {
  return a - b;
}

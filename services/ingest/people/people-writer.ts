import type { Logger } from 'pino';
import { PersonGraph } from '../../shared/domain/person-graph';
import type { IdentityText, LinkRecord, PrivacyRecord } from '../../shared/domain/records';
import type { Lake } from '../../shared/stores/lake/lake';
import type { Log, LogBatch, LogEntry } from '../../shared/stores/log/log';
import type { IdentityEntry, Lookups } from '../../shared/stores/lookups/lookups';
import { deadLetter, type Fault } from '../../shared/stores/log/dead-letters';
import { changeEntry, changeRecords } from '../emit-changes';
import type { NumberBlocks } from '../numbers';
import { type Applied, applyChoice, applyLink } from './apply-news';
import { decodeNews } from './decode-news';
import type { PeopleMetrics } from './people-metrics';
import { type PersonChanges, personChanges, standings } from './person-changes';
import { writeToLake } from './write-to-lake';

export interface PeopleDeps {
  log: Pick<Log, 'append'>;
  lookups: Pick<Lookups, 'identities' | 'people'>;
  lake: Pick<Lake, 'insert' | 'reloadPersons'>;
  /** Permanent numbers of identities. */
  numbers: NumberBlocks;
  /** Numbers that grow with every write of a person, over restarts too. */
  sequence: NumberBlocks;
  metrics: PeopleMetrics;
  logger: Logger;
  now: () => number;
}

/**
 * The only one who changes persons. The lake is written first: a crash before LOOKUPS leaves them as they were,
 * and the same news leads to the same rows again.
 */
export class PeopleWriter {
  constructor(private readonly deps: PeopleDeps) {}

  /**
   * @param again the batch may have been handled half-way before: everything is said again.
   * @param heartbeat rejects once another writes persons, or LOOKUPS are lost: what was read here is not true any more then.
   */
  async handle(batch: LogBatch, again: boolean, heartbeat: () => Promise<void>): Promise<void> {
    const { links, choices, faults } = this.decode(batch.entries);
    const entries = await this.identitiesOf(choices.map(({ record }) => record));
    const graph = await this.load(
      links.map(({ record }) => record),
      entries,
    );
    const before = standings(graph.persons());

    const applied: Applied[] = [];
    for (const { entry, record } of links) {
      const one = applyLink(graph, record);
      this.deps.metrics.links.inc({ outcome: one.outcome });
      if (one.outcome === 'too_large') {
        faults.push({
          entry,
          reason: 'person_too_large',
          detail: `${record.a.identity} and ${record.b?.identity ?? ''}`,
        });
      } else applied.push(one);
    }
    for (const { record } of choices) {
      applied.push(
        applyChoice(
          graph,
          record,
          record.identities.map((identity) => entries.get(identity)!.iid),
        ),
      );
    }

    const touched = new Set(applied.flatMap((one) => (again || one.outcome === 'linked' ? one.touched : [])));
    const changes = personChanges(before, graph.persons(), touched, again);
    await heartbeat();
    await this.write(changes, { applied, entries, choices }, heartbeat);
    await this.announce([...new Set([...changes.iids, ...newlyKnown(entries)])], links, choices);
    await this.bury(batch, faults);
    const nowMs = this.deps.now();
    for (const { record } of choices)
      this.deps.metrics.choiceSeconds.observe((nowMs - record.receivedAt) / 1000);
  }

  private decode(entries: readonly LogEntry[]) {
    const links: { entry: LogEntry; record: LinkRecord }[] = [];
    const choices: { entry: LogEntry; record: PrivacyRecord }[] = [];
    const faults: Fault[] = [];
    for (const entry of entries) {
      const decoded = decodeNews(entry);
      if (!('news' in decoded)) faults.push({ entry, ...decoded });
      else if (decoded.news.type === 'link') links.push({ entry, record: decoded.news });
      else choices.push({ entry, record: decoded.news });
    }
    return { links, choices, faults };
  }

  /** Who chooses may be unknown yet; the choice must hold from their first record on. */
  private async identitiesOf(choices: readonly PrivacyRecord[]): Promise<Map<IdentityText, IdentityEntry>> {
    const identities = [...new Set(choices.flatMap((record) => record.identities))];
    if (identities.length === 0) return new Map();
    const numbers = await this.deps.numbers.reserve(identities.length);
    try {
      const entries = await this.deps.lookups.identities.assign(identities, () => numbers.next());
      return new Map(identities.map((identity, i) => [identity, entries[i]!]));
    } finally {
      numbers.release();
    }
  }

  /** The persons that the news is about, as they were. */
  private async load(
    links: readonly LinkRecord[],
    choosing: ReadonlyMap<IdentityText, IdentityEntry>,
  ): Promise<PersonGraph> {
    const members = new Map<number, IdentityText>();
    for (const { a, b } of links)
      for (const end of b === undefined ? [a] : [a, b]) members.set(end.iid, end.identity);
    for (const [identity, { iid }] of choosing) members.set(iid, identity);
    const uids = new Set(await this.deps.lookups.people.uidOf([...members.keys()]));
    const records = await this.deps.lookups.people.get([...uids]);
    const graph = new PersonGraph(records.flatMap((record) => (record === undefined ? [] : [record])));
    for (const [iid, identity] of members) graph.add({ iid, identity });
    return graph;
  }

  private async write(
    changes: PersonChanges,
    {
      applied,
      entries,
      choices,
    }: {
      applied: readonly Applied[];
      entries: ReadonlyMap<IdentityText, IdentityEntry>;
      choices: readonly { record: PrivacyRecord }[];
    },
    heartbeat: () => Promise<void>,
  ): Promise<void> {
    const { lookups, lake } = this.deps;
    const unconfirmed = [...entries].filter(([, entry]) => !entry.confirmed);
    const sequence = await this.deps.sequence.reserve(1);
    await writeToLake(lake, sequence.next(), {
      identities: unconfirmed.map(([identity, { iid }]) => {
        const first = choices.find(({ record }) => record.identities.includes(identity))!;
        return { identity, iid, linkedAt: first.record.receivedAt };
      }),
      edges: applied.flatMap((one) => one.edges),
      choices: applied.flatMap((one) => one.choices),
      uidOf: changes.uidOf,
    });
    if (unconfirmed.length > 0) await lookups.identities.confirm(unconfirmed.map(([identity]) => identity));
    await heartbeat();
    if (changes.records.length > 0 || changes.removed.length > 0) {
      await lookups.people.put({ records: changes.records, removed: changes.removed, uidOf: changes.uidOf });
    }
    if (changes.repoint.length > 0) await lookups.identities.repoint(changes.repoint);
  }

  private async announce(
    iids: readonly number[],
    links: readonly { record: LinkRecord }[],
    choices: readonly { record: PrivacyRecord }[],
  ): Promise<void> {
    if (iids.length === 0) return;
    await this.deps.lake.reloadPersons();
    let receivedAt = 0;
    for (const { record } of links) receivedAt = Math.max(receivedAt, record.at);
    for (const { record } of choices) receivedAt = Math.max(receivedAt, record.receivedAt);
    const records = changeRecords(iids, { events: ['*'], traits: [], people: true, receivedAt });
    await this.deps.log.append('changes', records.map(changeEntry));
  }

  private async bury(batch: LogBatch, faults: readonly Fault[]): Promise<void> {
    if (faults.length === 0) return;
    const at = this.deps.now();
    await this.deps.log.append(
      'dead-letters',
      faults.map((fault) => deadLetter(batch.topic, batch.partition, fault, at)),
    );
    for (const { reason } of faults) this.deps.metrics.deadLetters.inc({ reason });
    this.deps.logger.warn(
      { topic: batch.topic, count: faults.length, reason: faults[0]!.reason },
      'records could not be used',
    );
  }
}

/** Whoever chooses is known from then on, and may be in an audience of people who did not do something. */
function newlyKnown(entries: ReadonlyMap<IdentityText, IdentityEntry>): number[] {
  return [...entries.values()].filter(({ confirmed }) => !confirmed).map(({ iid }) => iid);
}

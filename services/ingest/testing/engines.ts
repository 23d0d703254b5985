/** The real embedded engines in a fresh directory, for tests of the whole path from log to lake. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { Registry } from 'prom-client';
import { CONSENT_DEFAULT_ALLOWED } from '../../shared/domain/consent/bits';
import type {
  ChangeRecord,
  EventRecord,
  LogRecord,
  PrivacyRecord,
  SyncRecord,
  Topic,
  TraitRecord,
} from '../../shared/domain/records';
import type { Catalog } from '../../shared/stores/catalog/catalog';
import { openCatalog } from '../../shared/stores/catalog/open-catalog';
import type { Lake } from '../../shared/stores/lake/lake';
import { openLake } from '../../shared/stores/lake/open-lake';
import { openFileLog } from '../../shared/stores/log/files/open-file-log';
import type { Log } from '../../shared/stores/log/log';
import { loadTopics } from '../../shared/stores/log/topics';
import { openLmdbLookups } from '../../shared/stores/lookups/lmdb/open-lmdb-lookups';
import type { Lookups } from '../../shared/stores/lookups/lookups';

export interface Engines {
  dir: string;
  log: Log;
  lookups: Lookups;
  lake: Lake;
  catalog: Catalog;
  /** Options every service takes, with a registry of its own. */
  common(): {
    log: Log;
    lookups: Lookups;
    lake: Lake;
    catalog: Catalog;
    registry: Registry;
    logger: pino.Logger;
  };
  append(topic: Topic, ...records: (LogRecord | string | Buffer)[]): Promise<void>;
  /** Resolves when the group has handled everything that is in the topics now. */
  settled(group: string, topics: Topic[]): Promise<void>;
  /** All records of a topic. */
  read<T>(topic: Topic): Promise<T[]>;
  numbers(sql: string): Promise<number[]>;
  close(): Promise<void>;
}

export async function openEngines(): Promise<Engines> {
  const dir = await mkdtemp(join(tmpdir(), 'muster-ingest-'));
  const log = await openFileLog({ dir: join(dir, 'log'), topics: loadTopics() });
  const lake = await openLake({ path: join(dir, 'lake') });
  const lookups = await openLmdbLookups({ dir: join(dir, 'lookups') });
  const catalog = await openCatalog({ path: join(dir, 'catalog') });
  const engines: Engines = {
    dir,
    log,
    lookups,
    lake,
    catalog,
    common: () => ({
      log,
      lookups: engines.lookups,
      lake,
      catalog,
      registry: new Registry(),
      logger: pino({ level: 'silent' }),
    }),
    append: (topic, ...records) => log.append(topic, records.map(toEntry)),
    async settled(group, topics) {
      const target = new Map(
        (await log.positions(group, topics)).map((p) => [`${p.topic}/${p.partition}`, p.end]),
      );
      await eventually(async () => {
        const positions = await log.positions(group, topics);
        return positions.every((p) => p.committed >= target.get(`${p.topic}/${p.partition}`)!);
      });
    },
    async read<T>(topic: Topic) {
      const records: T[] = [];
      for (let partition = 0; partition < log.partitions(topic); partition++) {
        const entries = await log.read(topic, partition, 0, Number.MAX_SAFE_INTEGER, 1_000_000);
        records.push(...entries.map((entry) => JSON.parse(entry.value.toString()) as T));
      }
      return records;
    },
    numbers: (sql) => lake.numbers(sql),
    async close() {
      await Promise.all([log.close(), lake.close(), engines.lookups.close(), catalog.close()]);
      await rm(dir, { recursive: true, force: true });
    },
  };
  return engines;
}

/** Waits as long as it takes; the test's own time limit ends it. */
export async function eventually(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

export function readChanges(engines: Engines): Promise<ChangeRecord[]> {
  return engines.read<ChangeRecord>('changes');
}

function toEntry(record: LogRecord | string | Buffer): { key: string; value: Buffer } {
  if (typeof record === 'string' || Buffer.isBuffer(record))
    return { key: 'poison', value: Buffer.from(record) };
  return { key: keyOf(record), value: Buffer.from(JSON.stringify(record)) };
}

function keyOf(record: LogRecord): string {
  switch (record.type) {
    case 'event':
      return record.identities[0]!;
    case 'trait':
    case 'sync':
      return record.identity;
    default:
      return record.type;
  }
}

export const AT = Date.UTC(2026, 5, 1, 12);

export function event(fields: Partial<EventRecord>): EventRecord {
  return {
    v: 1,
    type: 'event',
    source: 'pixel',
    publisher: 'news',
    identities: ['maid:a'],
    event: 'page_view',
    at: AT,
    receivedAt: AT,
    consent: CONSENT_DEFAULT_ALLOWED,
    ...fields,
  };
}

export function trait(fields: Partial<TraitRecord>): TraitRecord {
  return {
    v: 1,
    type: 'trait',
    importId: 'imp_1',
    line: 1,
    provider: 'acme',
    identity: 'maid:a',
    trait: 'age/25-34',
    op: 'set',
    at: AT,
    receivedAt: AT,
    ttlMs: 30 * 86_400_000,
    consent: CONSENT_DEFAULT_ALLOWED,
    ...fields,
  };
}

export function sync(fields: Partial<SyncRecord>): SyncRecord {
  return {
    v: 1,
    type: 'sync',
    partner: 'px',
    identity: cookie('a'),
    partnerUid: 'u1',
    matchMethod: 2,
    at: AT,
    receivedAt: AT,
    consent: CONSENT_DEFAULT_ALLOWED,
    ...fields,
  };
}

export function privacy(type: PrivacyRecord['type'], at: number, ...identities: string[]): PrivacyRecord {
  return { v: 1, type, identities, at, receivedAt: at };
}

/** A cookie identity of 22 characters. */
export function cookie(name: string): string {
  return `cookie:${name.padEnd(22, 'x')}`;
}

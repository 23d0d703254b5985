import { parseDecimal } from '../shared/domain/money';
import type { TraitRecord } from '../shared/domain/records';
import { quoteText } from '../shared/stores/lake/bind';
import type { BatchContext, IngestDeps } from './batch-context';
import type { LiveItem } from './item';

/** Keys in one query: each is some 50 characters of SQL. */
const KEYS_PER_QUERY = 5_000;

interface StoredTrait {
  provider: string;
  trait: string;
  iid: string;
  at_ms: string;
  op: 'set' | 'unset';
  number: string | null;
  text: string | null;
}

/**
 * The same (identity, trait, at, op, value) counts once, however long ago it came. The lake itself is asked: an
 * identity's records all come through one partition in order, so every earlier one is either there or in this
 * batch. Only rows from before the batch count, so a replay does not find its own.
 */
export async function dropTraitRepeats(
  context: BatchContext,
  live: LiveItem[],
  deps: IngestDeps,
): Promise<void> {
  const keyed = live.map((item) => {
    const record = item.record as TraitRecord;
    const entry = context.identities.get(record.identity)!;
    return { item, record, entry, key: keyOf(record, entry.iid) };
  });
  // An identity without a row of its own yet has no earlier traits either.
  const known = keyed.filter(({ entry }) => entry.confirmed);
  const stored = new Set<string>();
  for (let from = 0; from < known.length; from += KEYS_PER_QUERY) {
    const chunk = known.slice(from, from + KEYS_PER_QUERY);
    for (const row of await storedTraits(context, chunk, deps)) stored.add(storedKey(row));
  }
  for (const { item, key } of keyed) {
    if (stored.has(key)) item.outcome = 'duplicate';
    else stored.add(key);
  }
}

function storedTraits(
  context: BatchContext,
  keys: readonly { record: TraitRecord; entry: { iid: number } }[],
  deps: IngestDeps,
): Promise<StoredTrait[]> {
  const ats = [...new Set(keys.map(({ record }) => record.at))];
  const tuples = keys.map(
    ({ record, entry }) => `(${quoteText(record.provider)}, ${quoteText(record.trait)}, ${entry.iid})`,
  );
  return deps.lake.query<StoredTrait>(
    `SELECT provider, trait, iid, toUnixTimestamp64Milli(at) AS at_ms, op, number, text FROM trait_rows
     WHERE (provider, trait, iid) IN (${tuples.join(', ')}) AND toUnixTimestamp64Milli(at) IN (${ats.join(', ')})
       AND \`partition\` = ${context.partition} AND \`offset\` < ${context.from}`,
  );
}

function keyOf(record: TraitRecord, iid: number): string {
  const value: Pick<TraitRecord, 'number' | 'text'> = record.op === 'unset' ? {} : record;
  return [record.provider, record.trait, iid, record.at, record.op, decimal(value.number), value.text].join(
    '\0',
  );
}

function storedKey(row: StoredTrait): string {
  return [
    row.provider,
    row.trait,
    row.iid,
    row.at_ms,
    row.op,
    decimal(row.number),
    row.text ?? undefined,
  ].join('\0');
}

/** One writing of a number: the lake's has all its decimals. */
function decimal(value: string | null | undefined): string | undefined {
  if (value === null || value === undefined) return undefined;
  const parsed = parseDecimal(value);
  return parsed.ok ? parsed.text : value;
}

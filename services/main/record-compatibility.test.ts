/** What an earlier release wrote, this one reads: the log of a rolling upgrade has both. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeChanges } from '../builder/decode-changes';
import { decode } from '../ingest/decode';
import type { BatchContext } from '../ingest/batch-context';
import { decodeNews } from '../ingest/people/decode-news';
import { RECORD_UPGRADES, toCurrentVersion } from '../shared/domain/record-versions';
import type { LogRecord, Topic } from '../shared/domain/records';
import type { LogEntry } from '../shared/stores/log/log';

const SCHEMAS = join(__dirname, '../../schemas/log');
const read = <T>(...path: string[]): T => JSON.parse(readFileSync(join(SCHEMAS, ...path), 'utf8')) as T;
const filesIn = (folder: string): string[] => readdirSync(join(SCHEMAS, folder)).sort();

interface Schema {
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  [keyword: string]: unknown;
}

/** What makes records of the one schema unreadable to a reader of the other, in either direction. */
function incompatibilities(released: Schema, now: Schema, path = ''): string[] {
  const faults: string[] = [];
  const { properties: before = {}, required: wanted = [], items: itemBefore, ...other } = released;
  const { properties: after = {}, required = [], items: itemAfter, ...otherNow } = now;
  for (const [name, schema] of Object.entries(before)) {
    const here = `${path}.${name}`;
    const present = after[name];
    if (present === undefined) faults.push(`${here} is gone`);
    else faults.push(...incompatibilities(schema, present, here));
  }
  for (const name of required) if (!wanted.includes(name)) faults.push(`${path}.${name} is required now`);
  for (const name of wanted) if (!required.includes(name)) faults.push(`${path}.${name} is optional now`);
  if (itemBefore !== undefined && itemAfter !== undefined)
    faults.push(...incompatibilities(itemBefore, itemAfter, `${path}[]`));
  for (const keyword of new Set([...Object.keys(other), ...Object.keys(otherNow)])) {
    if (keyword === 'description' || keyword === 'title') continue;
    if (JSON.stringify(other[keyword]) !== JSON.stringify(otherNow[keyword]))
      faults.push(`${path || '.'}: ${keyword} is another`);
  }
  return faults;
}

describe('the schema of a record', () => {
  const released = filesIn('released');

  it.each(released)('%s only gained optional fields since it was released', (file) => {
    expect(incompatibilities(read('released', file), read(file))).toEqual([]);
  });

  it('was released, or is of a version that was not yet', () => {
    const versions = filesIn('.').filter((name) => name.endsWith('.schema.json'));
    expect(versions).toEqual(expect.arrayContaining(released));
  });

  it.each<[string, Schema, Schema, string[]]>([
    [
      'an optional field more',
      { properties: { a: {} }, required: ['a'] },
      { properties: { a: {}, b: {} }, required: ['a'] },
      [],
    ],
    ['other words', { description: 'x' }, { description: 'y' }, []],
    ['a field less', { properties: { a: {} } }, { properties: {} }, ['.a is gone']],
    ['a required field more', {}, { properties: { a: {} }, required: ['a'] }, ['.a is required now']],
    [
      'a field that may be missing now',
      { properties: { a: {} }, required: ['a'] },
      { properties: { a: {} } },
      ['.a is optional now'],
    ],
    [
      'another type, deep inside',
      { properties: { a: { items: { properties: { b: { type: 'string' } } } } } },
      { properties: { a: { items: { properties: { b: { type: 'number' } } } } } },
      ['.a[].b: type is another'],
    ],
    ['a value more in a closed list', { enum: ['a'] }, { enum: ['a', 'b'] }, ['.: enum is another']],
  ])('%s: the check sees it', (_, before, after, faults) => {
    expect(incompatibilities(before, after)).toEqual(faults);
  });
});

describe('a record of every released version', () => {
  const TOPIC_OF: Partial<Record<LogRecord['type'], Topic>> = {
    event: 'events',
    trait: 'traits',
    sync: 'syncs',
    bid: 'bids',
    request: 'bids',
    notice: 'notices',
    'dead-letter': 'dead-letters',
  };
  const entryOf = (record: unknown): LogEntry => ({
    offset: 0,
    key: 'k',
    value: Buffer.from(JSON.stringify(record)),
  });

  /** By the code that reads it from the log. */
  function readRecord(record: LogRecord): unknown {
    const entry = entryOf(record);
    const topic = TOPIC_OF[record.type];
    if (record.type === 'change') return decodeChanges([entry]).changes[0];
    if (topic === undefined) {
      const decoded = decodeNews(entry);
      return 'news' in decoded ? decoded.news : decoded;
    }
    const context = {
      topic,
      partition: 0,
      from: 0,
      to: 1,
      entries: [entry],
      items: [],
    } as unknown as BatchContext;
    decode(context);
    return context.items[0]?.record ?? context.items[0]?.fault;
  }

  const samples = filesIn('samples').flatMap((file) =>
    read<LogRecord[]>('samples', file).map((record, i) => [`${file} ${i}`, record] as const),
  );

  it.each(samples)('%s is read by the reader of today', (_, record) => {
    const current = toCurrentVersion(record);
    expect(current.ok && readRecord(record)).toEqual(current.ok && current.record);
  });

  it('has a sample for every version of every type', () => {
    const wanted = Object.entries(RECORD_UPGRADES).flatMap(([type, upgrades]) =>
      [...upgrades, undefined].map((_, i) => `${type}.v${i + 1}.json`),
    );
    expect(filesIn('samples')).toEqual(wanted.sort());
  });
});

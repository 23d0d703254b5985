import fc from 'fast-check';
import { parseEvent } from '../events/parse-event';
import { parseRecord } from '../records/parse-record';
import { eventSchema, recordSchema } from './body-schemas';

/*
 * The schemas of the document and the parsers that check reach the same verdict. Three things a schema cannot know
 * are kept out: the clock, the provider's taxonomy, and bytes that are no JSON.
 */

const NOW = Date.parse('2026-06-15T12:00:00Z');
const maid = 'maid:8c3f0a1e-55aa-4c1e-9d0f-0123456789ab';

const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    1,
    -1,
    1e15,
    0.1,
    '',
    ' ',
    'x',
    'null',
    '0',
    '12.5',
    [],
    {},
    [1],
    {
      a: 1,
    },
  ),
  fc.string({ maxLength: 20 }),
  fc.constantFrom(
    'x'.repeat(128),
    'x'.repeat(129),
    'x'.repeat(257),
    'x'.repeat(1_025),
    'a\u0000b',
    'https://a.example',
  ),
);
const identity = fc.constantFrom<unknown>(
  maid,
  'partner:xchg:visitor-1',
  'email:b4c9a289323b21a01c3e940f150eb9b8c542587f1abfd8f0e1cc1ffc5e475514',
  'maid:00000000-0000-0000-0000-000000000000',
  'cookie:short',
  'nobody',
  '',
  7,
  null,
);
const consent = fc.oneof(
  junk,
  fc.record(
    { gdpr: junk, gdpr_consent: junk, us_privacy: junk, gpp: junk, gpp_sid: junk, gpc: junk },
    { requiredKeys: [] },
  ),
);
const time = fc.constantFrom<unknown>(
  '2026-06-15T11:00:00Z',
  '2026-06-15T11:00:00.5+02:00',
  '2026-02-30T00:00:00Z',
  1,
  '',
);
const perhaps = (good: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 3, arbitrary: good }, { weight: 1, arbitrary: junk });

test('an event: schema and parser agree', () => {
  const rules = { publisher: null, nowMs: NOW, retentionMs: 400 * 86_400_000, consent: {} };
  const fields: Record<string, fc.Arbitrary<unknown>> = {
    id: perhaps(fc.constantFrom<unknown>('order-1', 17)),
    identity: perhaps(identity),
    identities: perhaps(fc.array(identity, { maxLength: 22 })),
    type: perhaps(fc.constant('purchase')),
    at: perhaps(time),
    url: perhaps(fc.constantFrom('https://a.example/x', 'ftp://a.example', 'https://')),
    ref: perhaps(fc.constant('http://b.example/')),
    category: junk,
    keywords: perhaps(fc.array(fc.string({ maxLength: 130 }), { maxLength: 51 })),
    sku: junk,
    value: junk,
    currency: perhaps(fc.constantFrom('EUR', 'usd', 'EURO')),
    items: perhaps(fc.array(fc.constantFrom<unknown>({ sku: 'a' }, 1), { maxLength: 101 })),
    properties: perhaps(fc.constantFrom<unknown>({ a: 'x' }, { a: 'x'.repeat(40_000) })),
    consent,
    unknown: junk,
  };
  const changes = fc
    .uniqueArray(fc.constantFrom(...Object.keys(fields)), { maxLength: 3 })
    .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, fields[name] ?? junk]))));
  let accepted = 0;
  fc.assert(
    fc.property(changes, (changed) => {
      const given = { identity: maid, type: 'purchase', ...changed };
      const parsed = parseEvent(given, rules).ok;
      if (parsed) accepted += 1;
      expect(eventSchema.safeParse(given).success).toBe(parsed);
    }),
    { numRuns: 5_000 },
  );
  expect(accepted).toBeGreaterThan(500);
});

test('a record: schema and parser agree', () => {
  const rules = {
    importId: 'imp_1',
    provider: { id: 'panel', traits: new Map([['age/25-34', {}]]) },
    retentionMs: 400 * 86_400_000,
    consent: {},
  };
  const record = fc.record(
    {
      id: fc.oneof({ weight: 4, arbitrary: fc.constant(maid as unknown) }, identity),
      trait: fc.constant('age/25-34'),
      at: fc.oneof({ weight: 4, arbitrary: fc.constant('2026-06-15T11:00:00Z') }, time),
      ttl: perhaps(fc.constantFrom('30d', '401d', '0d')),
      value: junk,
      op: fc.constantFrom<unknown>('set', 'unset', null, 'toggle'),
      consent: fc.oneof(fc.constant(null), consent),
      unknown: junk,
    },
    { requiredKeys: ['trait'] },
  );
  let accepted = 0;
  fc.assert(
    fc.property(record, (given) => {
      const parsed = parseRecord(Buffer.from(JSON.stringify(given)), 1, rules, NOW);
      if (parsed.ok) accepted += 1;
      expect(recordSchema.safeParse(given).success).toBe(parsed.ok);
    }),
    { numRuns: 3_000 },
  );
  expect(accepted).toBeGreaterThan(20);
});

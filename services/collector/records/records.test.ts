import { importDocumentName } from '../../shared/domain/import';
import { gunzipSync, gzipSync } from 'node:zlib';
import { request } from 'node:http';
import { CONSENT, CONSENT_DEFAULT_ALLOWED } from '../../shared/domain/consent/bits';
import { tcString } from '../../shared/domain/consent/testing/strings';
import type { TraitRecord } from '../../shared/domain/records';
import { KEYS, NOW, startTestCollector, type Answer, type TestCollector } from '../testing/harness';
import { expectValidRecord } from '../testing/log-schemas';

const MAID = 'maid:6d92078a-8246-4ba4-ae5b-76104861e7dc';
const DAY = 86_400_000;
const AT = '2026-06-15T11:00:00Z';

let collector: TestCollector;
beforeAll(async () => {
  collector = await startTestCollector({ tcfVendorId: 755, countryOfAddress: () => 'DE' });
});
afterAll(() => collector.close());
beforeEach(() => {
  collector.log.appends.length = 0;
  collector.log.failing = false;
});

interface ImportAnswer {
  importId: string;
  accepted: number;
  rejected: number;
  errors: { line: number; code: string; message: string }[];
}

const traits = (): TraitRecord[] => collector.log.records<TraitRecord>('traits');
const line = (fields: Record<string, unknown> = {}): string =>
  JSON.stringify({ id: MAID, trait: 'age/25-34', at: AT, ...fields });
const post = (
  body: string | Buffer,
  {
    key = KEYS.provider,
    id = 'acme',
    headers = {},
  }: { key?: string; id?: string; headers?: Record<string, string> } = {},
): Promise<Answer> =>
  collector.ask(`/v1/providers/${id}/records`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson', ...headers },
    body,
  });
const read = (answer: Answer): ImportAnswer => JSON.parse(answer.text) as ImportAnswer;

test('lines become records', async () => {
  const answer = await post(
    [
      line(),
      line({ trait: 'intent/car', value: 0.75, id: MAID.toUpperCase().replace('MAID', 'maid') }),
      line({ ttl: '90d', value: 'gold' }),
      line({ op: 'unset', ttl: 'for ever', value: { any: 'thing' } }),
      line({ value: '5' }),
      line({ ttl: '1m', at: '2025-08-01T00:00:00Z' }),
      line({ value: null, ttl: null, op: null, consent: null, unknown: 1 }),
    ].join('\n'),
  );
  expect(answer.status).toBe(202);
  const { importId, ...counts } = read(answer);
  expect(importId).toMatch(/^[a-z0-9][a-z0-9_-]{0,62}$/);
  expect(counts).toEqual({ accepted: 7, rejected: 0, errors: [] });
  traits().forEach(expectValidRecord);
  const about = {
    v: 1,
    type: 'trait',
    importId,
    provider: 'acme',
    identity: MAID,
    receivedAt: NOW,
    consent: CONSENT_DEFAULT_ALLOWED,
  };
  const at = Date.parse(AT);
  expect(traits()).toEqual([
    { ...about, line: 1, trait: 'age/25-34', op: 'set', at, ttlMs: 30 * DAY },
    { ...about, line: 2, trait: 'intent/car', op: 'set', at, ttlMs: 7 * DAY, number: '0.75' },
    { ...about, line: 3, trait: 'age/25-34', op: 'set', at, ttlMs: 90 * DAY, text: 'gold' },
    { ...about, line: 4, trait: 'age/25-34', op: 'unset', at, ttlMs: 30 * DAY },
    { ...about, line: 5, trait: 'age/25-34', op: 'set', at, ttlMs: 30 * DAY, text: '5' },
    {
      ...about,
      line: 6,
      trait: 'age/25-34',
      op: 'set',
      at: Date.parse('2025-08-01T00:00:00Z'),
      ttlMs: 60_000,
    },
    { ...about, line: 7, trait: 'age/25-34', op: 'set', at, ttlMs: 30 * DAY },
  ]);
  expect(collector.log.appends[0]?.records[0]?.key).toBe(MAID);
});

test.each([
  ['no JSON', '{"id":', 'invalid_json'],
  ['no object', '[1]', 'invalid_json'],
  ['no id', line({ id: undefined }), 'missing_field'],
  ['no trait', line({ trait: null }), 'missing_field'],
  ['no time', line({ at: undefined }), 'missing_field'],
  ['an id that is no text', line({ id: 7 }), 'invalid_identity'],
  ['a zero id', line({ id: 'maid:00000000-0000-0000-0000-000000000000' }), 'invalid_identity'],
  ['an unknown trait', line({ trait: 'age/999' }), 'unknown_trait'],
  ['a trait by the name of a method', line({ trait: 'constructor' }), 'unknown_trait'],
  ['a trait that is no text', line({ trait: 1 }), 'unknown_trait'],
  ['a time that is none', line({ at: '2026-02-30T00:00:00Z' }), 'invalid_field'],
  ['a time ahead', line({ at: '2026-06-15T12:05:01Z' }), 'at_in_future'],
  ['a time of 1970', line({ at: '1970-01-01T00:00:00Z' }), 'at_too_old'],
  ['another op', line({ op: 'toggle' }), 'invalid_field'],
  ['a ttl too long', line({ ttl: '401d' }), 'invalid_field'],
  ['a ttl as a number', line({ ttl: 30 }), 'invalid_field'],
  ['a value that is neither', line({ value: true }), 'invalid_field'],
  ['a value too large', line({ value: 1e15 }), 'invalid_field'],
  ['consent that is no object', line({ consent: 1 }), 'invalid_field'],
])('%s is rejected by name and line', async (_, bad, code) => {
  const answer = read(await post(`${line()}\n${bad}\n${line()}\n`));
  expect(answer).toMatchObject({ accepted: 2, rejected: 1, errors: [{ line: 2, code }] });
  expect(traits().map((record) => record.line)).toEqual([1, 3]);
});

describe('shapes of files', () => {
  test('blank lines, carriage returns, a byte order mark and a final newline', async () => {
    const body = `\ufeff${line()}\r\n\r\n\n  \n${line()}\r\n`;
    expect(read(await post(body))).toMatchObject({ accepted: 2, rejected: 0 });
    expect(traits().map((record) => record.line)).toEqual([1, 5]);
  });

  test('an empty file', async () => {
    expect(read(await post(''))).toMatchObject({ accepted: 0, rejected: 0, errors: [] });
  });

  test('invalid UTF-8 costs its line only', async () => {
    const bad = Buffer.concat([
      Buffer.from(`{"id":"partner:a:`),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}\n'),
    ]);
    const body = Buffer.concat([Buffer.from(`${line()}\n`), bad, Buffer.from(line())]);
    expect(read(await post(body))).toMatchObject({
      accepted: 2,
      errors: [{ line: 2, code: 'invalid_utf8' }],
    });
  });

  test('a line of 10 MB costs its line only; 64 KiB is the limit', async () => {
    const exact = line({ value: '' });
    const pad = ' '.repeat(65_536 - Buffer.byteLength(exact));
    const body = [line(), 'x'.repeat(10 * 1024 * 1024), `${exact}${pad}`, `${exact}${pad} `, line()].join(
      '\n',
    );
    expect(read(await post(body))).toMatchObject({
      accepted: 3,
      rejected: 2,
      errors: [
        { line: 2, code: 'line_too_long' },
        { line: 4, code: 'line_too_long' },
      ],
    });
  });

  test('all rejects are counted, the first 1,000 are named', async () => {
    const answer = read(await post(`${'nonsense\n'.repeat(2_500)}${line()}`));
    expect(answer.accepted).toBe(1);
    expect(answer.rejected).toBe(2_500);
    expect(answer.errors).toHaveLength(1_000);
    expect(answer.errors.at(-1)?.line).toBe(1_000);
  });

  test('many lines go into the log in bounded appends', async () => {
    const body = `${line({ value: 'y'.repeat(500) })}\n`.repeat(30_000);
    expect(read(await post(body))).toMatchObject({ accepted: 30_000, rejected: 0 });
    expect(traits()).toHaveLength(30_000);
    const sizes = collector.log.appends.map(({ records }) => records.length);
    expect(sizes.length).toBeGreaterThan(5);
    expect(Math.max(...sizes)).toBeLessThan(4_000);
  });
});

describe('gzip', () => {
  const gzip = { headers: { 'content-encoding': 'gzip' } };
  const lines = Array.from({ length: 40_000 }, (_, i) =>
    line({ id: `customer:a:${i + 1}`, value: Math.sin(i) }),
  );
  const whole = gzipSync(lines.join('\n'));

  test('is inflated as it comes, several members too', async () => {
    expect(read(await post(whole, gzip))).toMatchObject({ accepted: 40_000 });
    const members = Buffer.concat([gzipSync(`${line()}\n`), gzipSync(line())]);
    expect(read(await post(members, gzip))).toMatchObject({ accepted: 2 });
  });

  test('a truncated file says so and how much of it was accepted; that much is in the log', async () => {
    const answer = await post(whole.subarray(0, whole.length >> 1), gzip);
    expect(answer.status).toBe(400);
    const problem = JSON.parse(answer.text) as ImportAnswer & { code: string; detail: string };
    expect(problem.code).toBe('truncated_gzip');
    expect(problem.accepted).toBeGreaterThan(10_000);
    expect(problem.detail).toContain(`${problem.accepted} records`);
    expect(traits()).toHaveLength(problem.accepted);
    // Nothing was cut in the middle: what is there is the beginning of the file.
    expect(traits().map(({ identity }) => identity)).toEqual(
      lines.slice(0, problem.accepted).map((text) => (JSON.parse(text) as { id: string }).id),
    );
    expect(() => gunzipSync(whole)).not.toThrow();
  });

  test('what is no gzip is refused, also where it fails before anybody reads', async () => {
    const put = collector.documents.put.bind(collector.documents);
    jest.spyOn(collector.documents, 'put').mockImplementation(async (name, revision, body) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return put(name, revision, body);
    });
    const answer = await post(line(), gzip);
    jest.restoreAllMocks();
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'invalid_gzip', accepted: 0 });
  });

  test('what is no gzip is refused', async () => {
    expect(await post(line(), gzip)).toMatchObject({ status: 400 });
    expect(await post(line(), { headers: { 'content-encoding': 'zstd' } })).toMatchObject({ status: 415 });
    expect(traits()).toEqual([]);
  });
});

describe('consent', () => {
  const stated = async (consent: unknown): Promise<number | undefined> => {
    await post(line({ consent }));
    return traits().at(-1)?.consent;
  };
  const purposes = [1, 3, 4, 7];

  test("a provider's own vendor bit is needed beside ours, and is no choice about us", async () => {
    const ours = tcString({ purposes, vendors: [755] });
    const both = tcString({ purposes, vendors: [755, 42] });
    expect(await stated({ gdpr: 1, gdpr_consent: ours })).toBe(0);
    expect(await stated({ gdpr: 1, gdpr_consent: both })).toBe(CONSENT.signal | CONSENT_DEFAULT_ALLOWED);
  });

  test("without it the record is allowed, wherever the provider's server stands", async () => {
    expect(await stated(undefined)).toBe(CONSENT_DEFAULT_ALLOWED);
  });

  test('a denial is accepted and travels', async () => {
    expect(await stated({ gdpr: '1' })).toBe(0);
  });
});

describe('keys', () => {
  test.each([
    ['no key', '', 'acme', 401],
    ['an unknown key', 'nonsense', 'acme', 401],
    ['a key of another role', KEYS.publisher, 'acme', 403],
    ['a key of another role, unknown provider', KEYS.analyst, 'nobody', 403],
    ["another provider's key", KEYS.otherProvider, 'acme', 404],
    ['admin, unknown provider', KEYS.admin, 'nobody', 404],
    ['admin', KEYS.admin, 'acme', 202],
    ['its own key', KEYS.provider, 'acme', 202],
  ])('%s', async (_, key, id, status) => {
    expect((await post(line(), { key, id })).status).toBe(status);
  });

  test('a refusal comes before the file has been sent', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const req = request(`${collector.url}/v1/providers/acme/records`, { method: 'POST' }, (res) => {
        resolve(res.statusCode);
        res.resume();
        req.destroy();
      });
      req.on('error', reject);
      req.write(line());
    });
    expect(status).toBe(401);
  });
});

test('a log that fails in the middle: what was durable stays and is named', async () => {
  const append = collector.log.append.bind(collector.log);
  let appends = 0;
  jest.spyOn(collector.log, 'append').mockImplementation((topic, records) => {
    appends += 1;
    return appends > 2 ? Promise.reject(new Error('the disk is full')) : append(topic, records);
  });
  const answer = await post(`${line()}\n`.repeat(20_000));
  jest.restoreAllMocks();
  expect(answer.status).toBe(503);
  const { accepted } = read(answer);
  expect(accepted).toBeGreaterThan(0);
  expect(traits()).toHaveLength(accepted);
});

test('a client that goes away in the middle takes nothing down', async () => {
  await new Promise<void>((resolve) => {
    const req = request(`${collector.url}/v1/providers/acme/records`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEYS.provider}`, 'content-encoding': 'gzip' },
    });
    req.on('error', () => resolve());
    req.write(gzipSync(line()).subarray(0, 12));
    setTimeout(() => req.destroy(), 50);
  });
  expect((await post(line())).status).toBe(202);
});

test('the state of an import can be read while it runs and afterwards', async () => {
  const { importId } = read(await post(`${line()}\nnonsense`));
  const document = collector.documents.get(importDocumentName(importId));
  expect(JSON.parse(document?.body.toString('utf8') ?? '')).toMatchObject({
    id: importId,
    provider: 'acme',
    status: 'done',
    accepted: 1,
    rejected: 1,
    errors: [{ line: 2, code: 'invalid_json' }],
    startedAt: NOW,
    finishedAt: NOW,
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseRequest } from '../request/parse-request';
import { bidRequestSchema } from './bid-request-schema';

/* The schema of the document and the parser on the hot path reach the same verdict. */

const CASES = join(__dirname, '..', 'testing', 'cases');

/** Every value of a name `request` in the golden cases. */
function requestsIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    name === 'request' ? [item as unknown] : requestsIn(item),
  );
}

const golden = readdirSync(CASES)
  .filter((file) => file.endsWith('.json'))
  .flatMap((file) => requestsIn(JSON.parse(readFileSync(join(CASES, file), 'utf8'))));

test('over the golden cases', () => {
  expect(golden.length).toBeGreaterThan(50);
  for (const request of golden) {
    const verdict = { request, valid: parseRequest(request).ok };
    expect({ request, valid: bidRequestSchema.safeParse(request).success }).toEqual(verdict);
  }
});

const WHOLE = {
  id: 'r1',
  test: 0,
  tmax: 100,
  cur: ['USD'],
  wseat: ['muster'],
  bseat: [],
  bcat: ['IAB25'],
  acat: [],
  cattax: 1,
  badv: ['a.example'],
  bapp: [],
  imp: [
    {
      id: '1',
      bidfloor: 0.5,
      bidfloorcur: 'USD',
      secure: 1,
      qty: { multiplier: 1 },
      banner: {
        format: [{ w: 300, h: 250 }],
        w: 300,
        h: 250,
        mimes: ['image/png'],
        battr: [1],
        btype: [],
        api: [3],
      },
      pmp: {
        private_auction: 0,
        deals: [{ id: 'd', bidfloor: 1, bidfloorcur: 'USD', wseat: [], wadomain: [] }],
      },
    },
    { id: '2', video: {} },
  ],
  site: { domain: 'a.example', page: 'https://a.example/' },
  device: {
    ifa: 'x',
    lmt: 0,
    devicetype: 2,
    os: 'iOS',
    ip: '192.0.2.1',
    ipv6: '::1',
    geo: { country: 'USA', region: 'CA', city: 'x' },
  },
  user: {
    id: 'u',
    buyeruid: 'b',
    consent: 'c',
    eids: [{ source: 's', uids: [{ id: 'i' }] }],
    data: [{ id: 'd' }],
    ext: { consent: 'c', eids: [{ source: 's', uids: [{ id: 'i' }] }] },
  },
  regs: {
    coppa: 0,
    gdpr: 1,
    us_privacy: '1YNN',
    gpp: 'g',
    gpp_sid: [7],
    ext: { gdpr: 1, us_privacy: '1YNN', gpp: 'g', gpp_sid: [7], gpc: '1' },
  },
};

/** Places of every value within. */
function placesOf(value: unknown, place: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [place];
  const inside = Array.isArray(value)
    ? value.flatMap((item, index) => placesOf(item, [...place, index]))
    : Object.entries(value).flatMap(([name, item]) => placesOf(item, [...place, name]));
  return place.length === 0 ? inside : [place, ...inside];
}

function withValue(place: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(WHOLE) as Record<string | number, unknown>;
  let parent: Record<string | number, unknown> = copy;
  for (const step of place.slice(0, -1)) parent = parent[step] as Record<string | number, unknown>;
  const last = place.at(-1);
  if (last === undefined) return copy;
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

test('with any one field of another type, absent or null', () => {
  expect(parseRequest(WHOLE)).toMatchObject({ ok: true });
  const others = [undefined, null, true, '', 'x', 0, 1, 2, -1, [], ['x'], [1], [null], [{}], {}, { id: 1 }];
  const wrong: unknown[] = [];
  for (const place of placesOf(WHOLE)) {
    for (const other of others) {
      const request = withValue(place, other);
      const parsed = parseRequest(request).ok;
      if (bidRequestSchema.safeParse(request).success !== parsed)
        wrong.push({ place: place.join('.'), other, parsed });
    }
  }
  expect(wrong).toEqual([]);
});

test('with several fields changed at once', () => {
  const change = fc.tuple(fc.constantFrom(...placesOf(WHOLE)), fc.jsonValue({ maxDepth: 2 }));
  fc.assert(
    fc.property(change, ([place, value]) => {
      const request = withValue(place, value);
      expect(bidRequestSchema.safeParse(request).success).toBe(parseRequest(request).ok);
    }),
    { numRuns: 2_000 },
  );
});

test('with two places, two ids alike, nothing at all', () => {
  for (const request of [
    { ...WHOLE, app: {} },
    { ...WHOLE, site: null, dooh: {}, app: {} },
    { ...WHOLE, imp: [WHOLE.imp[1], WHOLE.imp[1]] },
    { ...WHOLE, imp: [null] },
    {},
    [],
    null,
    'x',
  ]) {
    expect(bidRequestSchema.safeParse(request).success).toBe(parseRequest(request).ok);
  }
});

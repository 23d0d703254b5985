import { gunzipSync } from 'node:zlib';
import { parseRequest } from '../../services/bidder/request/parse-request';
import { bidTraffic, bidTrafficRequests } from './bid-traffic';
import { personIds } from './people';
import { MIX, TCF_COUNTRIES } from './mix';
import { pixelTrafficRequests } from './pixel-traffic';

const COUNT = 3_000;
const PEOPLE = 1_000;
const drawn = [...bidTraffic({ count: COUNT, people: PEOPLE, seed: 42 })];
const requests = drawn.map(({ request }) => request);

function share(of: (request: (typeof requests)[number]) => boolean): number {
  return requests.filter(of).length / COUNT;
}

/** Five standard deviations of a share of so many. */
function expectShare(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThan(5 * Math.sqrt((expected * (1 - expected)) / COUNT));
}

function shareOf<T>(shares: readonly (readonly [T, number])[], value: T): number {
  return shares.find(([other]) => other === value)![1];
}

test('bodies have 1 to 6 KB, and 1 to 20 impressions', () => {
  const sizes = requests.map((request) => JSON.stringify(request).length).sort((a, b) => a - b);
  const at = (percent: number): number => sizes[Math.floor((percent / 100) * (COUNT - 1))]!;
  expect(at(1)).toBeGreaterThan(900);
  expect(at(50)).toBeGreaterThan(1_200);
  expect(at(99)).toBeLessThan(6_500);
  expect(at(99)).toBeGreaterThan(3_500);
  const imps = requests.map(({ imp }) => imp.length);
  expect(Math.min(...imps)).toBe(1);
  expect(Math.max(...imps)).toBe(20);
  expectShare(
    share(({ imp }) => imp.length === 1),
    MIX.imps[0]![1],
  );
});

test('sites and apps, countries, consent and gzip have their shares', () => {
  expectShare(
    share(({ site }) => site !== undefined),
    shareOf(MIX.place, 'site'),
  );
  expectShare(
    share(({ app }) => app !== undefined),
    shareOf(MIX.place, 'app'),
  );
  for (const [country, expected] of MIX.country)
    expectShare(
      share(({ device }) => device?.geo?.country === country),
      expected,
    );
  expectShare(drawn.filter(({ isGzip }) => isGzip).length / COUNT, MIX.gzip);
  for (const { regs, device } of requests) {
    const gdpr = regs?.gdpr ?? (regs?.ext as { gdpr?: number } | undefined)?.gdpr;
    if (TCF_COUNTRIES.has(device?.geo?.country ?? '')) expect(gdpr).toBe(1);
  }
  const isOld = ({ regs }: (typeof requests)[number]): boolean => regs?.ext !== undefined;
  expectShare(share(isOld), MIX.openRtb25);
});

test('who is known, unknown or not named has its share', () => {
  const knownDevices = new Set(Array.from({ length: PEOPLE }, (_, n) => personIds(n + 1).maid));
  const apps = requests.filter(({ app, device }) => app !== undefined && device?.ifa !== undefined);
  const known = apps.filter(({ device }) => knownDevices.has(device?.ifa ?? '')).length / apps.length;
  const expected = shareOf(MIX.person, 'known') / (1 - shareOf(MIX.person, 'none'));
  expect(Math.abs(known - expected)).toBeLessThan(5 * Math.sqrt((expected * (1 - expected)) / apps.length));
  expectShare(
    share(({ user, device }) => {
      const names = [user?.id, user?.buyeruid, device?.ifa].filter((name) => name !== undefined);
      const eids = user?.eids ?? (user?.ext as { eids?: unknown[] } | undefined)?.eids ?? [];
      return names.length === 0 && eids.length === 0;
    }),
    shareOf(MIX.person, 'none'),
  );
});

test('the bidder takes every request of it as valid', () => {
  for (const request of requests.slice(0, 500)) {
    const parsed = parseRequest(JSON.parse(JSON.stringify(request)) as unknown);
    expect(parsed).toMatchObject({ ok: true });
  }
});

test('the same seed gives the same bytes, another seed others', () => {
  const bytes = (seed: number): string[] =>
    bidTrafficRequests({ count: 50, people: 1_000, seed }).map(({ body, headers }) => {
      const isGzip = headers?.['content-encoding'] === 'gzip';
      return (isGzip ? gunzipSync(body as Buffer) : (body as Buffer)).toString('utf8');
    });
  expect(bytes(1)).toEqual(bytes(1));
  expect(bytes(1)).not.toEqual(bytes(2));
  const pixels = (seed: number) => pixelTrafficRequests({ count: 50, people: 1_000, seed });
  expect(pixels(1)).toEqual(pixels(1));
  expect(pixels(1)).not.toEqual(pixels(2));
});

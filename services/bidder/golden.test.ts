import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tcString } from '../shared/domain/consent/testing/strings';
import { FOREVER_S } from '../shared/stores/lookups/lookups';
import { catalog, type CatalogPatch } from './testing/catalog-fixtures';
import { NOW, PipelineRig } from './testing/pipeline-rig';

/** What stands in `testing/cases/*.json`; see the README beside them. */
interface GoldenCase {
  name: string;
  catalog?: CatalogPatch;
  audiences?: { id: string; number: number; ready: boolean; providers?: string[] }[];
  people?: {
    identities: string[];
    uid: number;
    /** Numbers of audiences. */
    audiences?: number[];
    /** Number of an audience whose membership ran out. */
    expired?: number[];
    consent?: number;
    optedOut?: boolean;
  }[];
  lookupFails?: boolean;
  request?: Record<string, unknown>;
  /** Laid over the first impression, and over its banner. */
  imp?: Record<string, unknown>;
  banner?: Record<string, unknown>;
  /** The body as it is, in place of all that. */
  body?: unknown;
  expect: {
    cur?: string;
    bids?: Record<string, unknown>[];
    noBid?: string;
    /** Line item → first reason against it on the first impression. */
    against?: Record<string, string>;
    invalid?: string[];
  };
}

const FOLDER = join(__dirname, 'testing', 'cases');
/** Id of a provider on the TCF vendor list. */
const DATACO = 7;
const COOKIE = '3q2-7wABAgMEBQYHCAkKCw';

/** Texts that cannot stand in a file: they depend on keys or are made by a library. */
function fill(rig: PipelineRig, value: unknown): unknown {
  const texts: Record<string, string> = {
    '<cookie>': COOKIE,
    '<buyeruid:acme>': rig.cipher.encrypt('acme', COOKIE),
    '<buyeruid:other>': rig.cipher.encrypt('other', COOKIE),
    '<tcf:all>': tcString({ purposes: [1, 2, 3, 4, 7], vendors: [] }),
    '<tcf:no-personalisation>': tcString({ purposes: [1, 2, 3, 7], vendors: [] }),
    '<tcf:dataco>': tcString({ purposes: [1, 2, 3, 4, 7], vendors: [DATACO] }),
  };
  return JSON.parse(JSON.stringify(value), (_, text: unknown) =>
    typeof text === 'string' ? (texts[text] ?? text.replace('<cookie>', COOKIE)) : text,
  ) as unknown;
}

function requestOf({ body, request, imp, banner }: GoldenCase): unknown {
  if (body !== undefined) return body;
  const first = {
    id: '1',
    ...imp,
    banner: imp?.['banner'] === null ? undefined : { w: 300, h: 250, ...banner },
  };
  return { id: 'request-1', imp: [first], site: { domain: 'news.example' }, ...request };
}

function prepare(golden: GoldenCase): PipelineRig {
  const rig = new PipelineRig();
  rig.catalog.setBidding(catalog(golden.catalog ?? {}));
  rig.catalog.setAudiences({
    audiences: (golden.audiences ?? []).map((audience) => ({ version: 1, ...audience })),
  });
  for (const person of golden.people ?? []) {
    const { uid, audiences = [], expired = [], consent = 0, optedOut = false } = person;
    for (const identity of fill(rig, person.identities) as string[]) {
      rig.lookups.entries.set(identity, { iid: uid, uid, confirmed: true, optedOut });
    }
    const nowS = NOW / 1000;
    rig.lookups.records.set(uid, {
      uid,
      version: 1,
      consent,
      evaluatedAt: NOW - 1000,
      memberships: [
        ...audiences.map((audience) => ({ audience, sinceS: nowS - 60, untilS: FOREVER_S })),
        ...expired.map((audience) => ({ audience, sinceS: nowS - 60, untilS: nowS })),
      ].sort((a, b) => a.audience - b.audience),
    });
  }
  if (golden.lookupFails === true) rig.lookups.failure = new Error('no lookups');
  return rig;
}

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.json'))) {
  const cases = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as GoldenCase[];
  describe(file.replace('.json', ''), () => {
    test.each(cases.map((golden) => [golden.name, golden] as const))('%s', async (_, golden) => {
      const rig = prepare(golden);
      try {
        // First leases answer in the next ticks.
        await new Promise((resolve) =>
          setTimeout(resolve, golden.catalog?.lineItems?.some((li) => li.budget) ? 20 : 0),
        );
        const request = fill(rig, requestOf(golden));
        const { expect: expected } = golden;
        if (expected.against !== undefined) {
          expect(firstReasons(await rig.explain(request))).toMatchObject(expected.against);
        }
        const outcome = await rig.run(request);
        if (expected.invalid !== undefined) {
          expect(outcome.kind === 'invalid' && outcome.errors.map(({ path }) => path)).toEqual(
            expected.invalid,
          );
          return;
        }
        if (expected.noBid !== undefined) {
          expect(outcome).toMatchObject({ kind: 'no_bid', reason: expected.noBid });
          return;
        }
        expect(outcome).toMatchObject({ kind: 'bid', currency: expected.cur ?? 'USD' });
        const bids = outcome.kind === 'bid' ? rig.response(outcome).seatbid[0].bid : [];
        expect(bids).toHaveLength(expected.bids?.length ?? 1);
        if (expected.bids !== undefined) expect(bids).toMatchObject(fill(rig, expected.bids) as object[]);
      } finally {
        await rig.close();
      }
    });
  });
}

function firstReasons(explained: Record<string, unknown>): Record<string, string> {
  const lineItems = explained['lineItems'] as { lineItemId: string; imps: { reason?: string }[] }[];
  return Object.fromEntries(lineItems.map(({ lineItemId, imps }) => [lineItemId, imps[0]?.reason ?? 'bids']));
}

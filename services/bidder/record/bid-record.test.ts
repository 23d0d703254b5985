import { CONSENT, CONSENT_DEFAULT_ALLOWED } from '../../shared/domain/consent/bits';
import type { BidRecord, RequestRecord } from '../../shared/domain/records';
import { catalog, type LineItemPatch } from '../testing/catalog-fixtures';
import { PipelineRig } from '../testing/pipeline-rig';
import { bidRecordJson, sampledRequestJson } from './bid-record';

const MAID = '6d92078a-8246-4ba4-ae5b-76104861e7dc';
const LONG = 'x'.repeat(200_000);

let rig: PipelineRig;
beforeEach(() => {
  rig = new PipelineRig();
});
afterEach(() => rig.close());

function start(lineItem: Partial<LineItemPatch>): void {
  rig.catalog.setBidding(catalog({ lineItems: [{ id: 'li', ...lineItem }] }));
}

function request(members: object): object {
  const imp = [{ id: '1', banner: { w: 300, h: 250 } }];
  return { id: 'r', imp, site: { domain: 'news.example' }, ...members };
}

async function sampled(members: object): Promise<RequestRecord> {
  const outcome = await rig.run(request(members));
  if (outcome.kind !== 'no_bid') throw new Error(outcome.kind);
  return JSON.parse(sampledRequestJson(outcome.context, outcome.reason, 1)!) as RequestRecord;
}

describe("the exchange's own data on a person", () => {
  const data = [{ id: 'x', segment: [{ id: '1' }] }];
  const known = { device: { ifa: MAID } };

  const know = (consent: number, optedOut = false): void => {
    rig.lookups.entries.set(`maid:${MAID}`, { iid: 7, uid: 7, confirmed: true, optedOut });
    rig.lookups.records.set(7, { uid: 7, version: 1, consent, evaluatedAt: 0, memberships: [] });
  };

  beforeEach(() => start({ exchanges: ['other'] }));

  test('is kept where nobody objects', async () => {
    expect((await sampled({ user: { data } })).data).toEqual(data);
    know(CONSENT.signal | CONSENT_DEFAULT_ALLOWED);
    expect((await sampled({ ...known, user: { data } })).data).toEqual(data);
  });

  test.each([
    ['an opt-out of sale', { regs: { us_privacy: '1YYN' } }],
    ['limited ad tracking', { device: { lmt: 1 } }],
    ['a child', { regs: { coppa: 1 } }],
    ['nothing said where TCF applies', { regs: { gdpr: 1 } }],
  ])('is not kept with %s', async (_, members) => {
    expect(await sampled({ ...members, user: { data } })).not.toHaveProperty('data');
  });

  test('is not kept against what was stored, nor where that is not known', async () => {
    know(CONSENT.signal | CONSENT.storage);
    expect(await sampled({ ...known, user: { data } })).not.toHaveProperty('data');
    know(CONSENT_DEFAULT_ALLOWED, true);
    expect(await sampled({ ...known, user: { data } })).not.toHaveProperty('data');
    rig.lookups.failure = new Error('no lookups');
    expect(await sampled({ ...known, user: { data } })).not.toHaveProperty('data');
  });

  test('is kept in part where there is too much of it', async () => {
    const many = Array.from({ length: 1_000 }, (_, i) => ({ id: String(i) }));
    expect((await sampled({ user: { data: many } })).data).toEqual(many.slice(0, 32));
    const large = [...data, { id: LONG }, ...data];
    expect((await sampled({ user: { data: large } })).data).toEqual(data);
    expect(await sampled({ user: { data: [{ id: LONG }] } })).not.toHaveProperty('data');
  });
});

describe('texts of any length', () => {
  const geo = { country: LONG };

  test('are cut in the record of a bid, and echoed whole', async () => {
    start({ deals: [LONG] });
    const banner = { w: 300, h: 250 };
    const outcome = await rig.run(
      request({
        id: `${'r'.repeat(255)}😀`,
        imp: [{ id: LONG, banner, pmp: { deals: [{ id: LONG }] } }],
        site: { domain: LONG },
        device: { geo },
      }),
    );
    if (outcome.kind !== 'bid') throw new Error(outcome.kind);
    const record = JSON.parse(bidRecordJson(outcome.bids[0]!, outcome.context)) as BidRecord;
    const cut = 'x'.repeat(256);
    expect(record).toMatchObject({ impId: cut, dealId: cut, site: cut, country: cut.toUpperCase() });
    // As notices have it: half a character is none.
    expect(record.requestId).toBe(`${'r'.repeat(255)}\ufffd`);
    expect(rig.response(outcome).seatbid[0].bid[0]).toMatchObject({ impid: LONG, dealid: LONG });
  });

  test('are cut in the record of a request', async () => {
    start({ exchanges: ['other'] });
    const record = await sampled({ id: LONG, site: { domain: LONG }, device: { geo } });
    expect(JSON.stringify(record).length).toBeLessThan(2_000);
  });
});

import { allows, CONSENT, CONSENT_DEFAULT_ALLOWED } from '../../shared/domain/consent/bits';
import { gppString, tcString } from '../../shared/domain/consent/testing/strings';
import { loaded, TagWeb, VENDOR } from './testing/tag-web';

const web = new TagWeb();
beforeAll(() => web.start());
afterAll(() => web.close());
beforeEach(() => web.open());
afterEach(() => web.shut());
afterEach(() =>
  expect(web.console.filter((line) => /muster: (Reference|Type|Range)Error/.test(line))).toEqual([]),
);

const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
/** TCData as a platform says it after the choice of these purposes. */
const tcData = (purposes: number[], vendors = [VENDOR], eventStatus = 'tcloaded'): string =>
  JSON.stringify({
    gdprApplies: true,
    eventStatus,
    tcString: tcString({ purposes, vendors }),
    purpose: { consents: Object.fromEntries(purposes.map((id) => [id, true])) },
    vendor: { consents: Object.fromEntries(vendors.map((id) => [id, true])) },
  });
const says = (data: string): string => `<script>cmp.tcf(${data})</script>`;
const event = (type: string): string => `muster('event', ${JSON.stringify(type)})`;

describe('a page without a consent platform', () => {
  test('the collector decides by the address: elsewhere it keeps the page view', async () => {
    await web.visit('/a?b=c');
    const [view] = await web.logged('page_view');
    expect(view).toMatchObject({
      publisher: 'news',
      url: 'https://news.example/a?b=c',
      consent: CONSENT_DEFAULT_ALLOWED,
    });
  });

  test('in the EEA it keeps nothing and sets no cookie', async () => {
    web.country = 'DE';
    await web.visit('/a');
    await web.calm();
    expect(web.calls[0]).toMatch(/^\/pixel\.gif\?/);
    expect(web.events()).toEqual([]);
    expect(await web.context.cookies('https://collect.example')).toEqual([]);
  });
});

describe('TCF', () => {
  test('granted: the page view has what was granted', async () => {
    await web.visit('/a', { apis: 'tcf', head: says(tcData([1, 3, 4, 7])) });
    const [view] = await web.logged('page_view');
    expect(view?.consent).toBe(
      CONSENT.signal | CONSENT.storage | CONSENT.profile | CONSENT.personalisation | CONSENT.measurement,
    );
  });

  test.each([
    ['denied', tcData([])],
    ['granted for all but storage', tcData(all.slice(1))],
    ['granted to others than us', tcData(all, [VENDOR + 1])],
    ['applies without a string', JSON.stringify({ gdprApplies: true, eventStatus: 'tcloaded' })],
  ])('%s: the collector is not asked at all, whatever the page does', async (_, data) => {
    const page = await loaded(await web.visit('/a', { apis: 'tcf', head: says(data) }));
    await page.evaluate(event('search'));
    await page.evaluate("history.pushState({}, '', '/b')");
    await web.calm();
    expect(web.calls).toEqual([]);
    await page.close();
    await web.calm();
    expect(web.calls).toEqual([]);
  });

  test('granted later: what happened meanwhile waits, however long, and goes with that consent', async () => {
    const shown = JSON.stringify({ gdprApplies: true, eventStatus: 'cmpuishown', tcString: '' });
    const page = await loaded(
      await web.visit('/a', { apis: 'tcf', head: says(shown), tag: 'data-pub="news" data-wait="100"' }),
    );
    await page.evaluate(event('search'));
    await web.calm();
    expect(web.calls).toEqual([]);
    await page.evaluate(`cmp.tcf(${tcData([1, 3], [VENDOR], 'useractioncomplete')})`);
    const events = await web.logged('page_view', 'search');
    for (const { consent } of events) {
      expect(consent).toBe(CONSENT.signal | CONSENT.storage | CONSENT.profile);
    }
  });

  test('denied later: what happened meanwhile is forgotten', async () => {
    const page = await loaded(
      await web.visit('/a', { apis: 'tcf', head: says('{gdprApplies: true, eventStatus: "cmpuishown"}') }),
    );
    await page.evaluate(event('search'));
    await page.evaluate(`cmp.tcf(${tcData([], [], 'useractioncomplete')})`);
    await web.calm();
    expect(web.calls).toEqual([]);
    // A new choice is for what comes after it.
    await page.evaluate(`cmp.tcf(${tcData(all, [VENDOR], 'useractioncomplete')})`);
    await page.evaluate(event('purchase'));
    await web.logged('purchase');
  });

  test('taken back: the denial itself arrives at once, and nothing after it', async () => {
    const page = await web.visit('/a', { apis: 'tcf', head: says(tcData(all)) });
    const [view] = await web.logged('page_view');
    await web.known();
    await page.evaluate(`cmp.tcf(${tcData([], [], 'useractioncomplete')})`);
    const events = await web.logged('page_view', 'consent_change');
    const change = events.find(({ event }) => event === 'consent_change');
    expect(change?.consent).toBe(CONSENT.signal);
    expect(change?.identities).toEqual(view?.identities);
    expect(change).not.toHaveProperty('url');
    const before = web.calls.length;
    await page.evaluate(event('search'));
    await page.evaluate("history.pushState({}, '', '/b')");
    await web.calm();
    expect(web.calls).toHaveLength(before);
  });

  test('changed: later events have the new consent; showing the choice again changes nothing', async () => {
    const page = await web.visit('/a', { apis: 'tcf', head: says(tcData(all)) });
    await web.logged('page_view');
    await page.evaluate('cmp.tcf({ eventStatus: "cmpuishown" })');
    await page.evaluate(event('search'));
    await web.logged('page_view', 'search');
    await page.evaluate(`cmp.tcf(${tcData([1, 3], [VENDOR], 'useractioncomplete')})`);
    await page.evaluate(event('purchase'));
    const events = await web.logged('page_view', 'search', 'consent_change', 'purchase');
    const personalises = (type: string): boolean =>
      allows(events.find(({ event }) => event === type)?.consent ?? 0, 'personalisation');
    expect(['page_view', 'search', 'consent_change', 'purchase'].map(personalises)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test('does not apply: said, and believed in the EEA too', async () => {
    web.country = 'DE';
    await web.visit('/a', { apis: 'tcf', head: says('{gdprApplies: false, eventStatus: "tcloaded"}') });
    const [view] = await web.logged('page_view');
    expect(view?.consent).toBe(CONSENT_DEFAULT_ALLOWED);
  });

  test('a platform that comes after the tag is found', async () => {
    const page = await web.visit('/a', { tag: 'data-pub="news" data-wait="10000"' });
    await page.evaluate(`new Promise((resolve) => {
      const cmp = document.createElement('script');
      cmp.src = '/cmp.js';
      cmp.dataset.apis = 'tcf';
      cmp.onload = resolve;
      document.head.append(cmp);
    })`);
    await page.evaluate(`cmp.tcf(${tcData([])})`);
    await page.evaluate(event('search'));
    const before = web.calls.length;
    await page.evaluate(event('purchase'));
    await web.calm();
    expect(web.calls.filter((call) => /purchase|search/.test(call))).toEqual([]);
    expect(web.calls).toHaveLength(before);
  });
});

describe('a platform that does not answer', () => {
  test('is waited for, and then the address decides', async () => {
    await web.visit('/a', { apis: 'tcf gpp', tag: 'data-pub="news" data-wait="1500"' });
    await web.calm();
    expect(web.calls).toEqual([]);
    const [view] = await web.logged('page_view');
    expect(view?.consent).toBe(CONSENT_DEFAULT_ALLOWED);
  });

  test('or throws: likewise, and the page notices nothing', async () => {
    const head =
      '<script>__tcfapi = __gpp = __uspapi = function () { throw new Error("broken platform") }</script>';
    await web.visit('/a', { head, tag: 'data-pub="news" data-wait="100"' });
    await web.logged('page_view');
    expect(web.console.join()).toContain('broken platform');
  });
});

describe('GPP', () => {
  const ready = (sections: Record<string, Record<string, unknown>>, ids: number[]): string =>
    `cmp.gpp('signalStatus', 'ready', ${JSON.stringify({
      signalStatus: 'ready',
      gppString: gppString(sections),
      sectionList: ids,
      applicableSections: ids,
    })})`;

  test('an opt-out of sale is known at once, changed later it follows', async () => {
    const page = await web.visit('/a', { apis: 'gpp' });
    await loaded(page);
    expect(web.calls).toEqual([]);
    await page.evaluate(ready({ usnat: { SaleOptOut: 2 } }, [7]));
    const [view] = await web.logged('page_view');
    expect(view?.consent).toBe(CONSENT_DEFAULT_ALLOWED | CONSENT.signal);
    await web.known();
    await page.evaluate(ready({ usnat: { SaleOptOut: 1 } }, [7]));
    const events = await web.logged('page_view', 'consent_change');
    const change = events.find(({ event }) => event === 'consent_change');
    expect(allows(change?.consent ?? 0, 'profile')).toBe(false);
    expect(change?.identities).toEqual(view?.identities);
  });

  test('while the person is being asked, nothing is sent', async () => {
    const page = await web.visit('/a', { apis: 'gpp', tag: 'data-pub="news" data-wait="100"' });
    await loaded(page);
    await page.evaluate("cmp.gpp('cmpDisplayStatus', 'visible', { cmpDisplayStatus: 'visible' })");
    await page.evaluate(event('search'));
    await web.calm();
    const sent = web.calls.length;
    expect(web.calls.filter((call) => call.includes('search'))).toEqual([]);
    await page.evaluate(ready({ usnat: { SaleOptOut: 2 } }, [7]));
    await web.logged(...(sent === 0 ? ['page_view', 'search'] : ['page_view', 'consent_change', 'search']));
  });

  test("the EU's section without storage: the collector is not asked", async () => {
    const page = await web.visit('/a', { apis: 'gpp' });
    await loaded(page);
    const denied = `DBABMA~${tcString({ purposes: [3], vendors: [VENDOR] })}`;
    const data = { signalStatus: 'ready', gppString: denied, sectionList: [2], applicableSections: [2] };
    await page.evaluate(`cmp.gpp('signalStatus', 'ready', ${JSON.stringify(data)})`);
    await web.calm();
    expect(web.calls).toEqual([]);
    const granted = `DBABMA~${tcString({ purposes: all, vendors: [VENDOR] })}`;
    await page.evaluate(
      `cmp.gpp('signalStatus', 'ready', ${JSON.stringify({ ...data, gppString: granted })})`,
    );
    await page.evaluate(event('search'));
    const [search] = await web.logged('search');
    expect(allows(search?.consent ?? 0, 'personalisation')).toBe(true);
  });
});

test('US privacy is asked anew for every event', async () => {
  const page = await web.visit('/a', { apis: 'usp', head: "<script>cmp.usp('1YNN')</script>" });
  await web.logged('page_view');
  await web.known();
  await page.evaluate("cmp.usp('1YYN')");
  await page.evaluate(event('search'));
  const events = await web.logged('page_view', 'search', 'consent_change');
  const search = events.find(({ event }) => event === 'search');
  expect(allows(search?.consent ?? 0, 'profile')).toBe(false);
});

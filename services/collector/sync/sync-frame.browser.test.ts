import { tcString } from '../../shared/domain/consent/testing/strings';
import { PartnerIdCipher } from '../../shared/domain/partner-id';
import { DAY_MS } from '../../shared/domain/time';
import { eventually } from '../../shared/testing/eventually';
import { TagWeb, VENDOR } from '../tag/testing/tag-web';

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const partners = names.map((id) => ({
  id,
  syncUrl: `https://${id}.example/match?id=$UID&gdpr=\${GDPR}`,
  uidMacro: '$UID',
  redirectHosts: [],
}));
const all = new TagWeb({ partners });
const firstParty = new TagWeb({ partners, thirdPartyCookies: false });
const cipher = new PartnerIdCipher('a secret for tests');

describe.each([
  ['third-party cookies', all],
  ['no third-party cookies', firstParty],
])('%s', (_, web) => {
  beforeAll(() => web.start());
  afterAll(() => web.close());
  beforeEach(() => web.open());
  afterEach(() => web.shut());
  const matches = (): string[] => web.asked.filter((url) => url.includes('/match?'));
  const matched = (count: number): Promise<void> =>
    eventually(async () => expect(matches()).toHaveLength(count));

  if (web === firstParty) {
    test('the page view is kept, and no partner is asked: there is nothing to match', async () => {
      await web.visit('/a');
      await web.logged('page_view');
      await eventually(async () =>
        expect(web.calls.map((call) => call.split('?')[0])).toContain('/sync/frame'),
      );
      await web.calm();
      expect(await web.context.cookies('https://collect.example')).toEqual([]);
      expect(matches()).toEqual([]);
    });
    return;
  }

  test('partners get our ids, five at a time, and not again for seven days', async () => {
    const page = await web.visit('/a');
    await matched(5);
    const cookieId = await web.known();
    for (const url of matches()) {
      const partner = url.charAt(0);
      expect(url).toBe(`${partner}.example/match?id=${cipher.encrypt(partner, cookieId)}&gdpr=`);
    }
    await page.reload();
    await matched(7);
    await page.reload();
    await web.calm();
    expect(
      matches()
        .map((url) => url.charAt(0))
        .sort(),
    ).toEqual(names);
    web.nowMs += 7 * DAY_MS;
    await page.reload();
    await matched(12);
  });

  test('one frame for a page, however many events; data-sync="off": none', async () => {
    const page = await web.visit('/a', { tag: 'data-pub="news" data-sync="off"' });
    await web.known();
    await web.calm();
    expect(web.asked.filter((url) => url.includes('/match?'))).toEqual([]);
    const other = await web.visit('/b');
    await matched(5);
    await other.evaluate("muster('event', 'search')");
    await web.calm();
    expect(web.calls.filter((call) => call.startsWith('/sync/frame'))).toHaveLength(1);
    await page.close();
  });

  test('the consent of the page goes to the partners; where profiles are denied they learn of nothing', async () => {
    const says = (purposes: number[]): string =>
      `<script>cmp.tcf({ gdprApplies: true, eventStatus: 'tcloaded', tcString: '${tcString({ purposes, vendors: [VENDOR] })}' })</script>`;
    await web.visit('/a', { apis: 'tcf', head: says([1]) });
    await web.known();
    await web.calm();
    expect(matches()).toEqual([]);
    await web.visit('/b', { apis: 'tcf', head: says([1, 3, 4]) });
    await matched(5);
    expect(matches().every((url) => url.endsWith('&gdpr=1'))).toBe(true);
  });
});

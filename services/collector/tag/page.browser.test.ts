import { loaded, STUB, TagWeb } from './testing/tag-web';

const web = new TagWeb();
beforeAll(() => web.start());
afterAll(() => web.close());
beforeEach(() => web.open());
afterEach(() => web.shut());

const urls = (): (string | undefined)[] => web.events().map(({ url }) => url);

describe('calls', () => {
  test('before the tag has loaded are sent after, in order; every field arrives', async () => {
    const fields =
      '{ id: "o1", value: 19.9, currency: "eur", sku: "x&1", category: "shoes", keywords: ["a", "b"] }';
    const head = `<script>${STUB}; muster('event', 'search'); muster('event', 'purchase', ${fields})</script>`;
    await web.visit('/a', { head });
    const events = await web.logged('page_view', 'search', 'purchase');
    expect(events.find(({ event }) => event === 'purchase')).toMatchObject({
      publisher: 'news',
      id: 'o1',
      value: '19.9',
      currency: 'EUR',
      sku: 'x&1',
      category: 'shoes',
      keywords: ['a', 'b'],
      url: 'https://news.example/a',
    });
  });

  test('with faults are named in the console and harm nothing', async () => {
    const page = await loaded(await web.visit('/a'));
    await page.evaluate(`muster(); muster('track', 'x'); muster('event'); muster('event', 'a'.repeat(129));
      muster('event', 'view', { colour: 'red', sku: {}, toString: 'x', value: null })`);
    await web.logged('page_view', 'view');
    expect(web.console.filter((line) => line.startsWith('muster: '))).toEqual([
      'muster: undefined is not a command',
      'muster: track is not a command',
      'muster: event: the type is not a text of up to 128 characters',
      'muster: event: the type is not a text of up to 128 characters',
      'muster: event: colour is not a field',
      'muster: event: sku is not a text of up to 2000 characters or a number',
      'muster: event: toString is not a field',
    ]);
  });

  test('that wait for consent have a limit', async () => {
    const page = await loaded(
      await web.visit('/a', { apis: 'tcf', tag: 'data-pub="news" data-wait="10000"' }),
    );
    await page.evaluate("for (let i = 0; i < 101; i++) muster('event', 'e' + i)");
    await page.evaluate("cmp.tcf({ gdprApplies: false, eventStatus: 'tcloaded' })");
    await web.logged('page_view', ...Array.from({ length: 99 }, (_, i) => `e${i}`));
    expect(web.console.filter((line) => line.includes('is dropped'))).toHaveLength(2);
  });
});

describe('a single-page application', () => {
  test('counts each address once, with the page before it', async () => {
    const page = await web.visit('/a');
    await web.logged('page_view');
    await page.evaluate(`history.pushState({}, '', '/b'); history.replaceState({}, '', '/b?sort=1')`);
    await web.logged('page_view', 'page_view');
    await page.evaluate(`history.replaceState({ scroll: 1 }, '', '/b?sort=1'); location.hash = 'comments'`);
    await page.evaluate(`history.pushState({}, '', '#/route')`);
    await web.logged('page_view', 'page_view', 'page_view');
    await page.goBack();
    await page.goBack();
    await web.logged(...Array<string>(4).fill('page_view'));
    await web.calm();
    expect(web.events().map(({ url, ref }) => [url, ref])).toEqual([
      ['https://news.example/a', undefined],
      ['https://news.example/b?sort=1', 'https://news.example/a'],
      ['https://news.example/b?sort=1#/route', 'https://news.example/b?sort=1'],
      ['https://news.example/b?sort=1#comments', 'https://news.example/b?sort=1#/route'],
    ]);
  });

  test('its own faults stay its own', async () => {
    const page = await loaded(await web.visit('/a'));
    const refused = `try { history.pushState({}, '', 'https://other.example/') } catch (error) { error.name }`;
    expect(await page.evaluate(refused)).toBe('SecurityError');
    await web.logged('page_view');
  });

  test.each([
    ['data-spa="off"', ['/a']],
    ['data-auto="off"', []],
  ])('%s', async (attribute, paths) => {
    const page = await loaded(await web.visit('/a', { tag: `data-pub="news" ${attribute}` }));
    await page.evaluate("history.pushState({}, '', '/b')");
    await page.evaluate("muster('event', 'view', { url: 'https://news.example/end' })");
    await web.calm();
    expect(urls().sort()).toEqual([
      ...paths.map((path) => `https://news.example${path}`),
      'https://news.example/end',
    ]);
  });

  test('a page that is shown again as it was left counts again', async () => {
    const page = await loaded(await web.visit('/a'));
    await web.logged('page_view');
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
    await web.logged('page_view', 'page_view');
  });

  test('a page that is prepared ahead counts once it is seen', async () => {
    const head =
      "<script>Object.defineProperty(document, 'prerendering', { value: true, configurable: true })</script>";
    const page = await loaded(await web.visit('/a', { head }));
    await page.evaluate("muster('event', 'search')");
    await web.calm();
    expect(web.calls).toEqual([]);
    await page.evaluate("document.dispatchEvent(new Event('prerenderingchange'))");
    await web.logged('page_view', 'search');
  });
});

describe('a page that is left', () => {
  test('an event of the click that leaves it arrives', async () => {
    web.put('/b', { tag: 'data-pub="news" data-auto="off"' });
    const body = `<a href="/b" onclick="muster('event', 'click')">b</a>`;
    const page = await loaded(await web.visit('/a', { body }));
    await web.logged('page_view');
    await page.click('a');
    await web.logged('page_view', 'click');
  });

  test('so does what still waited for a consent platform to turn up', async () => {
    web.put('/b', { tag: 'data-pub="news" data-auto="off"' });
    const page = await web.visit('/a', { head: `<script>${STUB}; muster('event', 'search')</script>` });
    await page.goto('https://news.example/b');
    await web.logged('page_view', 'search');
  });
});

describe('a content security policy', () => {
  const policy = (rest: string): Record<string, string> => ({
    'content-security-policy': `default-src 'none'; script-src 'self' https://collect.example; require-trusted-types-for 'script'; ${rest}`,
  });
  test.each([
    'connect-src https://collect.example; frame-src https://collect.example',
    'img-src https://collect.example; frame-src https://collect.example',
  ])('%s', async (rest) => {
    // The stub comes from a file: there is no inline script.
    web.sites.set('news.example/muster.js', { body: `${STUB}; muster('event', 'search');` });
    const page = await web.visit('/a', { headers: policy(rest), head: '<script src="/muster.js"></script>' });
    await web.logged('page_view', 'search');
    await web.known();
    await page.evaluate("history.pushState({}, '', '/b')");
    await web.logged('page_view', 'page_view', 'search');
    await page.waitForFunction('document.querySelector("iframe") !== null');
    await web.calm();
    expect(web.calls.filter((call) => call.startsWith('/sync/frame'))).toHaveLength(1);
    const refusals = web.console.filter((line) => /Content Security Policy|TrustedHTML/i.test(line));
    expect(refusals.filter((line) => !/connect/i.test(line))).toEqual([]);
    expect(refusals.length > 0).toBe(rest.startsWith('img-src'));
  });

  test('that allows neither: nothing arrives, and the page notices nothing', async () => {
    await loaded(await web.visit('/a', { headers: policy('') }));
    await web.calm();
    expect(web.events()).toEqual([]);
  });
});

test('a second copy of the tag does nothing but say so', async () => {
  const head = '<script async src="https://collect.example/tag.js" data-pub="shop"></script>';
  const page = await loaded(await web.visit('/a', { head }));
  await web.logged('page_view');
  await page.evaluate("history.pushState({}, '', '/b')");
  await web.logged('page_view', 'page_view');
  await web.calm();
  expect(web.events()).toHaveLength(2);
  expect(web.console.filter((line) => line.includes('on the page already'))).toHaveLength(1);
});

test('it leaves one name in the page, and neither cookie nor storage', async () => {
  web.sites.set('news.example/bare', { body: '<!doctype html><html lang="en"><title>Bare</title></html>' });
  const bare = await web.context.newPage();
  await bare.goto('https://news.example/bare');
  // Frames are there by number, which is no name.
  const names = 'Object.getOwnPropertyNames(window).filter((name) => !/^\\d+$/.test(name))';
  const before = await bare.evaluate<string[]>(names);
  const page = await loaded(await web.visit('/a'));
  await web.known();
  const after = await page.evaluate<string[]>(names);
  expect(after.filter((name) => !before.includes(name))).toEqual(['muster']);
  expect(await page.evaluate('[document.cookie, localStorage.length, sessionStorage.length]')).toEqual([
    '',
    0,
    0,
  ]);
});

describe('options', () => {
  test('that are none are named, and the defaults hold', async () => {
    const tag = 'data-pub="news" data-wiat="100" data-wait="soon" data-sync="never"';
    await web.visit('/a', { tag });
    await web.logged('page_view');
    expect(web.console.filter((line) => line.startsWith('muster: '))).toEqual([
      'muster: data-wiat is not an option',
      'muster: data-wait="soon" is not milliseconds up to 10000',
      'muster: data-sync="never" is not on or off',
    ]);
  });

  test.each(['', 'data-pub="NEWS!"'])('without a publisher (%s) nothing is sent', async (tag) => {
    const page = await loaded(await web.visit('/a', { tag }));
    await page.evaluate("muster('event', 'search')");
    await web.calm();
    expect(web.calls).toEqual([]);
    expect(web.console).toContain('muster: data-pub is missing, nothing is sent');
  });
});

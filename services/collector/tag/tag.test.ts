import { createContext, runInContext } from 'node:vm';
import { startTestCollector, type TestCollector } from '../testing/harness';

let collector: TestCollector;
let source: string;
beforeAll(async () => {
  collector = await startTestCollector();
  source = (await collector.ask('/tag.js')).text;
});
afterAll(() => collector.close());

interface Page {
  /** Queries of the pixels that the page asked for. */
  pixels: URLSearchParams[];
  push(item: unknown): void;
}

type Platforms = Record<string, (...args: never[]) => void>;

/** Runs the tag in a page of its own; timers run at once when `run` is called. */
function load({
  platforms = {},
  queue,
  attributes = { 'data-pub': 'news' },
}: {
  platforms?: Platforms;
  queue?: unknown[];
  attributes?: Record<string, string>;
} = {}): Page & { runTimers(): void } {
  const pixels: URLSearchParams[] = [];
  const timers: (() => void)[] = [];
  const window: Record<string, unknown> = {
    ...platforms,
    ...(queue === undefined ? {} : { muster: queue }),
    location: { href: 'https://news.example/a' },
    Image: class {
      set src(url: string) {
        expect(url.startsWith('https://collect.example/pixel.gif?')).toBe(true);
        pixels.push(new URL(url).searchParams);
      }
    },
  };
  const document = {
    referrer: 'https://search.example/',
    currentScript: { getAttribute: (name: string) => attributes[name] ?? null },
  };
  const setTimeout = (run: () => void): void => void timers.push(run);
  runInContext(source, createContext({ window, document, setTimeout }));
  return {
    pixels,
    push: (item) => (window.muster as { push(item: unknown): void }).push(item),
    runTimers: () => timers.splice(0).forEach((run) => run()),
  };
}

test('is a script that pages keep, and know when it has changed', async () => {
  const answer = await collector.ask('/tag.js');
  expect(answer.headers['content-type']).toContain('text/javascript');
  expect(answer.headers['cache-control']).toContain('max-age=');
  const again = await collector.ask('/tag.js', { headers: { 'if-none-match': answer.headers.etag ?? '' } });
  expect(again.status).toBe(304);
  expect(again.body).toHaveLength(0);
  expect(answer.body.length).toBeLessThan(6_000);
});

test('a page view without any consent platform', () => {
  const page = load();
  expect(page.pixels.map((pixel) => Object.fromEntries(pixel))).toEqual([
    { pub: 'news', ev: 'page_view', url: 'https://news.example/a', ref: 'https://search.example/' },
  ]);
});

test('events pushed before and after it has loaded', () => {
  const page = load({
    queue: [['view', { sku: 'x&1' }]],
    attributes: { 'data-pub': 'news', 'data-auto': 'off' },
  });
  page.push(['purchase', { value: 19.9, currency: 'EUR', id: 'o1' }]);
  expect(page.pixels.map((pixel) => [pixel.get('ev'), pixel.get('sku'), pixel.get('value')])).toEqual([
    ['view', 'x&1', null],
    ['purchase', null, '19.9'],
  ]);
});

test('it waits for TCF and carries its string', () => {
  let listener: ((data: unknown, ok: boolean) => void) | undefined;
  const page = load({
    platforms: {
      __tcfapi: (command: string, _version: number, callback: (data: unknown, ok: boolean) => void) => {
        if (command === 'addEventListener') listener = callback;
      },
    },
  });
  listener?.({ gdprApplies: true, eventStatus: 'cmpuishown', tcString: 'old' }, true);
  expect(page.pixels).toHaveLength(0);
  listener?.({ gdprApplies: true, eventStatus: 'useractioncomplete', tcString: 'CO.x', listenerId: 1 }, true);
  expect(page.pixels.map((pixel) => [pixel.get('gdpr'), pixel.get('gdpr_consent')])).toEqual([['1', 'CO.x']]);
});

test('GPP and US privacy', () => {
  const page = load({
    platforms: {
      __gpp: (_command: string, callback: (data: unknown) => void) =>
        callback({ signalStatus: 'ready', gppString: 'DBABLA~x', applicableSections: [7, 8] }),
      __uspapi: (_command: string, _version: number, callback: (data: unknown, ok: boolean) => void) =>
        callback({ uspString: '1YNN' }, true),
    },
  });
  expect(page.pixels.map((pixel) => ['gpp', 'gpp_sid', 'us_privacy'].map((name) => pixel.get(name)))).toEqual(
    [['DBABLA~x', '7,8', '1YNN']],
  );
});

test('a consent platform that stays silent or throws holds nothing up for ever', () => {
  const page = load({
    platforms: {
      __tcfapi: () => undefined,
      __gpp: () => {
        throw new Error('broken');
      },
    },
  });
  expect(page.pixels).toHaveLength(0);
  page.runTimers();
  expect(page.pixels).toHaveLength(1);
});

test('a second copy on the page does nothing', () => {
  const pixels: string[] = [];
  const window = {
    muster: { loaded: true },
    location: { href: '' },
    Image: class {
      set src(url: string) {
        pixels.push(url);
      }
    },
  };
  runInContext(
    source,
    createContext({ window, document: { currentScript: null }, setTimeout: () => undefined }),
  );
  expect(pixels).toEqual([]);
});

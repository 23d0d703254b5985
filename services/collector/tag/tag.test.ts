import { gunzipSync } from 'node:zlib';
import { builtTag } from '../testing/built-tag';
import { startTestCollector, type TestCollector } from '../testing/harness';
import { loadTag } from './load-tag';

let collector: TestCollector;
beforeAll(async () => {
  collector = await startTestCollector({ tag: loadTag(), tcfVendorId: 755 });
});
afterAll(() => collector.close());

test('what is served is the build of the source as it is now (npm run build)', () => {
  expect(loadTag()).toBe(builtTag());
});

test('is at most 3 KB on the wire', async () => {
  const answer = await collector.ask('/tag.js', { headers: { 'accept-encoding': 'br, gzip' } });
  expect(answer.headers['content-encoding']).toBe('gzip');
  expect(answer.body.length).toBeLessThanOrEqual(3_000);
  expect(gunzipSync(answer.body).toString()).toContain('/pixel.gif');
});

test('knows the collector and its vendor id, and nothing is left to fill in', async () => {
  const { text, headers } = await collector.ask('/tag.js');
  expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
  expect(headers['content-encoding']).toBeUndefined();
  expect(text).toContain('"https://collect.example"');
  expect(text).toContain('755');
  expect(text).not.toContain('__MUSTER');
});

test('is a script that pages keep, and know when it has changed', async () => {
  for (const encoding of ['gzip', 'identity', 'gzip;q=0']) {
    const accept = { 'accept-encoding': encoding };
    const answer = await collector.ask('/tag.js', { headers: accept });
    expect(answer.headers['cache-control']).toContain('max-age=3600');
    expect(answer.headers.vary).toBe('accept-encoding');
    expect(answer.headers['content-encoding']).toBe(encoding === 'gzip' ? 'gzip' : undefined);
    const etag = answer.headers.etag ?? '';
    for (const match of [etag, `"other", W/${etag}`]) {
      const again = await collector.ask('/tag.js', { headers: { ...accept, 'if-none-match': match } });
      expect(again.status).toBe(304);
      expect(again.headers.etag).toBe(etag);
      expect(again.body).toHaveLength(0);
    }
    expect(
      (await collector.ask('/tag.js', { headers: { ...accept, 'if-none-match': '"other"' } })).status,
    ).toBe(200);
  }
});

test('another address or vendor id is another tag', async () => {
  const other = await startTestCollector({ tag: loadTag(), publicUrl: 'https://other.example/muster/' });
  try {
    const answer = await other.ask('/tag.js');
    expect(answer.text).toContain('"https://other.example/muster"');
    expect(answer.headers.etag).not.toBe((await collector.ask('/tag.js')).headers.etag);
  } finally {
    await other.close();
  }
});

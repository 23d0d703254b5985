import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { faults, startApiUnderTest, type ApiUnderTest } from './testing/api-under-test';

describe('API over HTTP', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApiUnderTest();
  }, 240_000);
  afterAll(() => api.close());

  test('every error is a problem of RFC 9457', async () => {
    const answer = await api.expect(422, 'POST', '/v1/publishers', { body: { nonsense: 1 } });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ status: 422, title: 'Unprocessable Content' });
    expect(answer.body.type).toBeTruthy();
    expect(answer.body.detail).toBeTruthy();
    expect(faults(answer).sort()).toEqual([
      ['name', 'missing_field'],
      ['nonsense', 'unknown_field'],
    ]);
  });

  test('401 without a key, with a wrong one and with another scheme; 404 for no such path', async () => {
    const none = await api.expect(401, 'GET', '/v1/publishers', { key: null });
    expect(none.headers.get('www-authenticate')).toBe('Bearer');
    await api.expect(401, 'GET', '/v1/publishers', { key: 'wrong' });
    await api.expect(401, 'GET', '/v1/publishers', { key: null, headers: { authorization: 'Basic eDp5' } });
    await api.expect(401, 'POST', '/v1/audiences', { key: null, body: '{broken' });
    await api.expect(404, 'GET', '/v1/nothing');
    await api.expect(404, 'GET', '/v1/publishers/none');
  });

  test('405 names what is possible; HEAD answers as GET without a body', async () => {
    const answer = await api.expect(405, 'PATCH', '/v1/publishers');
    expect(answer.headers.get('allow')).toBe('POST, GET, HEAD, OPTIONS');
    const head = await api.expect(200, 'HEAD', '/v1/publishers');
    expect(head.body).toEqual({ text: '' });
    expect((await api.expect(204, 'OPTIONS', '/v1/publishers')).headers.get('allow')).toContain('POST');
    await api.expect(405, 'POST', '/docs');
  });

  test.each([
    ['not JSON', '{"name":', 400, 'invalid_json'],
    ['nothing', '', 422, 'invalid_request'],
    ['a list', '[]', 422, 'invalid_request'],
    ['null', 'null', 422, 'invalid_request'],
    ['text with NUL', '{"name":"a\\u0000b"}', 422, 'invalid_request'],
    ['half a character', '{"name":"\\ud800"}', 422, 'invalid_request'],
    ['nested too deeply', `{"name":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 422, 'invalid_request'],
    ['__proto__', '{"name":"x","__proto__":{"a":1}}', 422, 'invalid_request'],
  ])('a body that is %s is refused', async (_what, body, status, code) => {
    expect((await api.expect(status, 'POST', '/v1/publishers', { body })).body.code).toBe(code);
  });

  test('invalid UTF-8 is refused by name', async () => {
    const { status, body } = await send(api, { body: Buffer.from([0x7b, 0xff, 0x7d]) });
    expect([status, body.code]).toEqual([400, 'invalid_json']);
    expect(body.detail).toContain('UTF-8');
  });

  test('gzip is understood; a body over 1 MiB, also unpacked, is 413', async () => {
    const packed = gzipSync(JSON.stringify({ name: 'Packed' }));
    expect((await send(api, { body: packed, headers: { 'content-encoding': 'gzip' } })).status).toBe(201);
    const bomb = gzipSync(Buffer.alloc(5 * 1024 * 1024, 0x20));
    expect((await send(api, { body: bomb, headers: { 'content-encoding': 'gzip' } })).status).toBe(413);
  });

  test('40 MB of JSON are refused without being kept', async () => {
    const before = process.memoryUsage().rss;
    const chunk = Buffer.alloc(1024 * 1024, 0x20);
    const answer = await send(api, { chunks: Array<Buffer>(40).fill(chunk) });
    expect(answer.status).toBe(413);
    expect(answer.body.code).toBe('too_large');
    expect(process.memoryUsage().rss - before).toBeLessThan(40 * 1024 * 1024);
  });

  test('unknown, repeated and impossible query parameters are refused', async () => {
    expect(faults(await api.expect(422, 'GET', '/v1/publishers?colour=red'))).toEqual([
      ['colour', 'unknown_field'],
    ]);
    expect(faults(await api.expect(422, 'GET', '/v1/publishers?limit=1&limit=2'))).toEqual([
      ['limit', 'invalid_value'],
    ]);
    for (const limit of ['0', '201', '-1', 'x', '']) {
      expect(faults(await api.expect(422, 'GET', `/v1/publishers?limit=${limit}`))[0]?.[0]).toBe('limit');
    }
    await api.expect(422, 'GET', '/v1/publishers?cursor=nonsense');
    await api.expect(422, 'GET', '/v1/publishers/none?x=1');
    await api.expect(400, 'GET', '/v1/publishers/%E0%A4%A');
  });

  test('the documentation is open, whole and by itself', async () => {
    const { body } = await api.expect(200, 'GET', '/openapi.json', { key: null });
    expect(body.openapi).toBe('3.1.0');
    const paths = body.paths as Record<string, Record<string, { requestBody?: unknown }>>;
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/v1/audiences', '/v1/providers/{id}/traits/{code}']),
    );
    expect(paths['/v1/line-items']?.post?.requestBody).toBeDefined();
    expect(JSON.stringify(body)).not.toContain('undefined');
    const page = await api.expect(200, 'GET', '/docs', { key: null });
    expect(page.body.text).toContain('/v1/line-items');
    // Its scripts and styles are files of this port, whole ones, and the policy lets no others in.
    expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self'; style-src 'self';/);
    expect(page.body.text).not.toMatch(/<script(?! src="\/docs\/[\w.-]+"><\/script>)|<style|style=|"https?:/);
    const files = [...String(page.body.text).matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)];
    expect(files).toHaveLength(3);
    for (const [, file = ''] of files) {
      const { headers } = await api.expect(200, 'GET', file, { key: null });
      expect(headers.get('content-type')).toMatch(/^text\/(css|javascript)/);
    }
    expect((await api.expect(302, 'GET', '/', { key: null })).headers.get('location')).toBe('/docs');
  });

  test('what is not built yet says so', async () => {
    await api.expect(501, 'POST', '/v1/audiences/overlap', { body: { audiences: [] } });
    await api.expect(501, 'GET', '/v1/reports/reach?from=x');
    await api.expect(501, 'DELETE', '/v1/profiles/maid:6d92078a-8246-4ba4-ae5b-76104861e7dc');
    await api.expect(501, 'GET', '/v1/erasures/x');
  });

  test('health and readiness', async () => {
    await api.expect(200, 'GET', '/healthz', { key: null });
    await api.expect(200, 'GET', '/readyz', { key: null });
  });
});

/** A POST of raw bytes to `/v1/publishers`. */
function send(
  api: ApiUnderTest,
  { body, chunks = [], headers = {} }: { body?: Buffer; chunks?: Buffer[]; headers?: Record<string, string> },
): Promise<{ status: number; body: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        ...{ host: '127.0.0.1', port: api.port, method: 'POST', path: '/v1/publishers' },
        headers: { authorization: 'Bearer an-admin-token-of-tests', ...headers },
      },
      (incoming) => {
        const parts: Buffer[] = [];
        incoming.on('data', (part: Buffer) => parts.push(part));
        incoming.on('end', () => {
          const text = Buffer.concat(parts).toString();
          resolve({ status: incoming.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> });
        });
      },
    );
    outgoing.on('error', reject);
    const write = (index: number): void => {
      const chunk = chunks[index];
      if (chunk === undefined) outgoing.end();
      else outgoing.write(chunk, () => write(index + 1));
    };
    if (body === undefined) write(0);
    else outgoing.end(body);
  });
}

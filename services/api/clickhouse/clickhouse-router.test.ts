import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import express from 'express';
import type { Role } from '../../shared/domain/snapshot';
import type { Lake } from '../../shared/stores/lake/lake';
import { openLake } from '../../shared/stores/lake/open-lake';
import { clickhouseRouter } from './clickhouse-router';

const KEYS: Record<string, Role> = {
  'analyst-key': { kind: 'analyst' },
  'admin-key': { kind: 'admin' },
  'publisher-key': { kind: 'publisher', id: 'p' },
};

const path = mkdtempSync(join(tmpdir(), 'muster-clickhouse-'));
let lake: Lake;
let server: Server;
let url: string;

beforeAll(async () => {
  lake = await openLake({ path });
  await lake.insert({
    table: 'event_rows',
    columns: [
      'type',
      'iid',
      'at',
      'event_id',
      'received_at',
      'publisher',
      'url',
      'keywords',
      'value',
      'currency',
    ],
    rows: [
      [
        'page_view',
        1,
        1_760_000_000_000,
        'e1',
        1_760_000_000_001,
        'shop',
        'https://a.example/ü',
        ['a', 'b'],
        null,
        '',
      ],
      [
        'purchase',
        1,
        1_760_000_001_000,
        'e2',
        1_760_000_001_001,
        'shop',
        'https://a.example/b',
        [],
        '12.500000',
        'USD',
      ],
    ],
    token: 'test',
  });
  const app = express();
  app.use(
    '/clickhouse',
    clickhouseRouter({ lake, authenticate: async (key) => KEYS[key] && { role: KEYS[key] } }),
  );
  server = createServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/clickhouse`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await lake.close();
  rmSync(path, { recursive: true, force: true });
});

const bearer = { authorization: 'Bearer analyst-key' };
const get = (parameters: Record<string, string>, headers: Record<string, string> = bearer) =>
  fetch(`${url}/?${new URLSearchParams(parameters).toString()}`, { headers });
const post = (
  body: string | Buffer,
  parameters: Record<string, string> = {},
  headers: Record<string, string> = {},
) =>
  fetch(`${url}?${new URLSearchParams(parameters).toString()}`, {
    method: 'POST',
    body,
    headers: { ...bearer, ...headers },
  });

describe('the HTTP interface of ClickHouse for curl', () => {
  it('answers a query of the URL, of the body, and of both', async () => {
    expect(await (await get({ query: 'SELECT 1' })).text()).toBe('1\n');
    expect(await (await post('SELECT 2')).text()).toBe('2\n');
    expect(await (await post('+ 4', { query: 'SELECT 3' })).text()).toBe('7\n');
    expect(await (await post(gzipSync('SELECT 5'), {}, { 'content-encoding': 'gzip' })).text()).toBe('5\n');
  });

  it('names format, query and what was read in headers', async () => {
    const response = await get({ query: 'SELECT count() AS n FROM events FORMAT JSON', query_id: 'my-id' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch('application/json');
    expect(response.headers.get('x-clickhouse-format')).toBe('JSON');
    expect(response.headers.get('x-clickhouse-query-id')).toBe('my-id');
    expect(response.headers.get('x-clickhouse-server-display-name')).toBe('muster');
    expect(JSON.parse(response.headers.get('x-clickhouse-summary') ?? '')).toHaveProperty('read_rows');
    expect(await response.json()).toMatchObject({ data: [{ n: 2 }], rows: 1 });
  });

  it('takes the format from default_format and from a header', async () => {
    expect(await (await get({ query: 'SELECT 1 AS a', default_format: 'CSVWithNames' })).text()).toBe(
      '"a"\n1\n',
    );
    expect(
      await (
        await get({ query: 'SELECT 1 AS a' }, { ...bearer, 'x-clickhouse-format': 'JSONEachRow' })
      ).text(),
    ).toBe('{"a":1}\n');
    for (const format of ['Template', 'CustomSeparated', 'Protobuf', 'MySQLWire', 'nonsense']) {
      const response = await get({ query: 'SELECT 1', default_format: format });
      expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([400, '73']);
      expect((await get({ query: `SELECT 1 FORMAT ${format}` })).status).toBe(400);
    }
  });

  it('binds parameters of the URL', async () => {
    const response = await get({
      query:
        'SELECT {a:String} AS a, {b:Array(UInt64)} AS b, {c:Nullable(UInt8)} AS c FROM {t:Identifier} LIMIT 1 FORMAT JSONCompactEachRow',
      param_a: "x\\ty' OR 1",
      param_b: '[1,18446744073709551615]',
      param_c: '\\N',
      param_t: 'events',
    });
    expect(await response.text()).toBe('["x\\ty\' OR 1", [1,18446744073709551615], null]\n');
    const table = await get({ query: 'SELECT * FROM {t:Identifier}', param_t: 'person_rows' });
    expect([table.status, await table.text()]).toEqual([403, expect.stringContaining('person_rows')]);
    const missing = await get({ query: 'SELECT {a:String}' });
    expect([missing.status, missing.headers.get('x-clickhouse-exception-code')]).toEqual([400, '456']);
  });

  it('packs an answer only when asked to twice', async () => {
    const packed = await fetch(`${url}/?query=SELECT+1&enable_http_compression=1`, {
      headers: { ...bearer, 'accept-encoding': 'gzip' },
    });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(await packed.text()).toBe('1\n');
    const plain = await get({ query: 'SELECT 1' }, { ...bearer, 'accept-encoding': 'gzip' });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(gunzipSync(gzipSync(await plain.text())).toString()).toBe('1\n');
  });

  it('/ping needs no key', async () => {
    const response = await fetch(`${url}/ping`);
    expect([response.status, await response.text()]).toEqual([200, 'Ok.\n']);
  });

  it('takes the key as Bearer, as password with Basic, or in a header, and nowhere else', async () => {
    const basic = (user: string, password: string) => ({
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
    });
    const status = async (headers: Record<string, string>) =>
      (await get({ query: 'SELECT 1' }, headers)).status;
    expect(await status(bearer)).toBe(200);
    expect(await status(basic('anyone', 'analyst-key'))).toBe(200);
    expect(await status({ 'x-clickhouse-user': 'x', 'x-clickhouse-key': 'analyst-key' })).toBe(200);
    expect(await status({ authorization: 'Bearer admin-key' })).toBe(200);
    expect(await status({})).toBe(401);
    expect(await status(basic('analyst-key', ''))).toBe(401);
    expect(await status({ authorization: 'Bearer nobody' })).toBe(401);
    expect(await status({ authorization: 'Bearer publisher-key' })).toBe(403);
    const inUrl = await get({ query: 'SELECT 1', password: 'analyst-key' });
    expect([inUrl.status, await inUrl.text()]).toEqual([400, expect.stringContaining('password in the URL')]);
  });

  it('says what is wrong as ClickHouse does', async () => {
    const syntax = await get({ query: 'SELEC 1' });
    expect([syntax.status, syntax.headers.get('x-clickhouse-exception-code')]).toEqual([400, '62']);
    expect(await syntax.text()).toMatch(/^Code: 62\. DB::Exception: Syntax error.*\(SYNTAX_ERROR\)\n$/s);
    const column = await get({ query: 'SELECT nonsense FROM events' });
    expect([column.status, column.headers.get('x-clickhouse-exception-code')]).toEqual([400, '47']);
    const denied = await get({ query: "SELECT file('/etc/passwd')" });
    expect([denied.status, await denied.text()]).toEqual([
      403,
      'Code: 497. DB::Exception: the function file is not allowed here. (ACCESS_DENIED)\n',
    ]);
    expect((await get({ query: 'SELECT 1', database: 'other' })).status).toBe(404);
    expect((await get({})).status).toBe(400);
    expect((await post('x'.repeat(1_100_000))).status).toBe(413);
    expect((await post('not gzip', {}, { 'content-encoding': 'gzip' })).status).toBe(400);
    expect((await post('SELECT 1', {}, { 'content-type': 'multipart/form-data; boundary=x' })).status).toBe(
      400,
    );
    expect((await fetch(url, { method: 'DELETE', headers: bearer })).status).toBe(404);
  });
});

describe('settings of a request', () => {
  it('accepts harmless ones for this query alone', async () => {
    const quoted = {
      query: 'SELECT toUInt64(1) AS n FORMAT JSONEachRow',
      output_format_json_quote_64bit_integers: '1',
    };
    expect(await (await get(quoted)).text()).toBe('{"n":"1"}\n');
    expect(await (await get({ query: quoted.query })).text()).toBe('{"n":1}\n');
    expect(await (await get({ query: 'SELECT number FROM numbers(9)', limit: '2' })).text()).toBe('0\n1\n');
  });

  it('lowers limits and never raises them', async () => {
    const rows = await get({ query: 'SELECT number FROM numbers(1000)', max_result_rows: '10' });
    expect([rows.status, rows.headers.get('x-clickhouse-exception-code')]).toEqual([400, '396']);
    const raised = await get({
      query: 'SELECT number FROM numbers(2000000) FORMAT Null',
      max_result_rows: '0',
    });
    expect([raised.status, raised.headers.get('x-clickhouse-exception-code')]).toEqual([400, '396']);
    const time = await get({
      query: 'SELECT count() FROM system.numbers WHERE number % 7 = 3',
      max_execution_time: '1',
    });
    expect([time.status, time.headers.get('x-clickhouse-exception-code')]).toEqual([400, '159']);
    const memory = await get({ query: "SELECT repeat('x', 1000000) FROM numbers(100000)" });
    expect([memory.status, memory.headers.get('x-clickhouse-exception-code')]).toEqual([
      400,
      expect.stringMatching('241|396'),
    ]);
    const names = await post(`SELECT '${'x'.repeat(60_000)}' FROM numbers(500000) FORMAT JSONEachRow`);
    expect([names.status, names.headers.get('x-clickhouse-exception-code')]).toEqual([
      400,
      expect.stringMatching('241|396'),
    ]);
  });

  it.each([
    ['format_schema', '/etc/passwd'],
    ['format_template_row', '/etc/passwd'],
    ['output_format_schema', '/tmp/x'],
    ['insert_deduplication_token', 'x'],
    ['allow_introspection_functions', '1'],
    ['file_like_engine_default_partition_strategy', 'x'],
    ['user_files_path', '/'],
    ['format_display_secrets_in_show_and_select', '1'],
    ['nonsense', '1'],
    ['session_id', 'x'],
    ['role', 'x'],
    ['compress', '1'],
    ['a = 1, max_memory_usage', '0'],
  ])('refuses %s', async (name, value) => {
    const response = await get({ query: 'SELECT 1', [name]: value });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(await response.text()).toMatch(name === 'compress' ? /compression/ : name);
  });

  it('a value cannot leave its quotes', async () => {
    const response = await get({ query: 'SELECT 1', format_csv_delimiter: "', max_result_rows = '0" });
    expect(response.status).toBe(400);
  });

  it("an analyst's settings do not stay: the lake inserts as before", async () => {
    await get({ query: 'SELECT 1', max_result_rows: '1', max_execution_time: '1' });
    const row = [['x', 1, 'd', 'r', 'a']];
    await Promise.all(
      [1, 2, 3, 4].map((n) =>
        lake.insert({
          table: 'dead_letters',
          columns: ['source', 'at', 'reason', 'detail', 'record'],
          rows: row,
          token: `stay:${n}`,
        }),
      ),
    );
    expect(await (await get({ query: 'SELECT count() FROM dead_letters' })).text()).toBe('4\n');
  });
});

describe('the official client connects', () => {
  it.each([false, true])(
    'queries, binds and fails as against a server (compressed: %s)',
    async (compressed) => {
      const client = createClient({
        url: new URL(url).origin,
        pathname: '/clickhouse',
        username: 'analyst',
        password: 'analyst-key',
        database: 'muster',
        log: { level: ClickHouseLogLevel.OFF },
        compression: { request: false, response: compressed },
      });
      expect(await client.ping()).toMatchObject({ success: true });
      expect(await client.ping({ select: true })).toMatchObject({ success: true });
      const rows = await client.query({
        query: 'SELECT type, value, keywords FROM events ORDER BY at',
        format: 'JSONEachRow',
      });
      expect(await rows.json()).toEqual([
        { type: 'page_view', value: null, keywords: ['a', 'b'] },
        { type: 'purchase', value: 12.5, keywords: [] },
      ]);
      const texts = ["it's", 'back\\slash', 'tab\tnew\nline', 'ü 😀', '{a:String}', ''];
      for (const text of texts) {
        const bound = await client.query({
          query:
            'SELECT {text:String} AS text, {list:Array(String)} AS list, {n:Nullable(Int64)} AS n, {at:DateTime64(3)} AS at',
          query_params: { text, list: [text, 'b'], n: null, at: new Date(1_760_000_000_123) },
          format: 'JSON',
        });
        expect((await bound.json()).data).toEqual([
          { text, list: [text, 'b'], n: null, at: '2025-10-09 08:53:20.123' },
        ]);
      }
      await expect(client.query({ query: 'SELECT * FROM event_rows' })).rejects.toMatchObject({
        code: '497',
        type: 'ACCESS_DENIED',
      });
      await expect(client.command({ query: 'DROP TABLE bids' })).rejects.toMatchObject({ code: '497' });
      await expect(
        client.insert({ table: 'bids', values: [{ bid_id: 'x' }], format: 'JSONEachRow' }),
      ).rejects.toMatchObject({ code: '497' });
      await client.close();
    },
  );
});

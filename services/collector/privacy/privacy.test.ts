import type { PrivacyRecord } from '../../shared/domain/records';
import { cookieOf, NOW, startTestCollector, type TestCollector } from '../testing/harness';
import { expectValidRecord } from '../testing/log-schemas';

const COOKIE = '3q2-7wABAgMEBQYHCAkKCw';
const known = { cookie: `muid=${COOKIE}` };

let collector: TestCollector;
beforeEach(async () => {
  collector = await startTestCollector();
});
afterEach(() => collector.close());

const choices = (): PrivacyRecord[] => {
  const records = collector.log.records<PrivacyRecord>('privacy');
  records.forEach(expectValidRecord);
  return records;
};
const post = { method: 'POST' };

test.each(['optout', 'optin'] as const)(
  'POST /%s of a known browser is a record on the privacy topic',
  async (choice) => {
    const answer = await collector.ask(`/${choice}`, { ...post, headers: known });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual({ optedOut: choice === 'optout' });
    expect(choices()).toEqual([
      { v: 1, type: choice, identities: [`cookie:${COOKIE}`], at: NOW, receivedAt: NOW },
    ]);
  },
);

test('after an opt-out the cookie says so and names nobody', async () => {
  const answer = await collector.ask('/optout', { ...post, headers: known });
  expect(cookieOf(answer)).toBe('optout');
  expect(answer.headers['set-cookie']?.[0]).toContain('Max-Age=34560000');
});

test('a browser without a cookie opts out too', async () => {
  const answer = await collector.ask('/optout', post);
  expect(cookieOf(answer)).toBe('optout');
  expect(choices()).toEqual([]);
});

test('an opt-in after an opt-out starts afresh', async () => {
  const answer = await collector.ask('/optin', { ...post, headers: { cookie: 'muid=optout' } });
  expect(answer.headers['set-cookie']?.[0]).toContain('Max-Age=0');
  expect(choices()).toEqual([]);
});

test('it needs no consent', async () => {
  await collector.ask('/optout?gdpr=1', { ...post, headers: { ...known, 'sec-gpc': '1' } });
  expect(choices()).toHaveLength(1);
});

test('a choice that is not durable is not confirmed, and the cookie stays for another try', async () => {
  collector.log.failing = true;
  const answer = await collector.ask('/optout', { ...post, headers: known });
  expect(answer.status).toBe(503);
  expect(answer.headers['set-cookie']).toBeUndefined();
  collector.log.failing = false;
  expect((await collector.ask('/optout', { ...post, headers: known })).status).toBe(200);
  expect(choices()).toHaveLength(1);
});

describe('another site cannot choose for a person', () => {
  test.each([
    ['Sec-Fetch-Site: cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['Sec-Fetch-Site: same-site', { 'sec-fetch-site': 'same-site' }],
    ['a foreign Origin', { origin: 'https://evil.example' }],
    ['an opaque Origin', { origin: 'null' }],
  ])('%s', async (_, headers) => {
    for (const choice of ['optin', 'optout']) {
      const answer = await collector.ask(`/${choice}`, { ...post, headers: { ...known, ...headers } });
      expect(answer.status).toBe(403);
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expect(choices()).toEqual([]);
  });

  test.each([
    ['our own page', { 'sec-fetch-site': 'same-origin', origin: 'https://collect.example' }],
    ['our own page in an older browser', { origin: 'https://collect.example' }],
    ['the address that was called', { origin: 'http://collect.local', host: 'collect.local' }],
  ])('%s may', async (_, headers) => {
    const answer = await collector.ask('/optout', { ...post, headers: { ...known, ...headers } });
    expect(answer.status).toBe(200);
  });
});

test('a form goes back to the page', async () => {
  const answer = await collector.ask('/optout', {
    ...post,
    headers: { ...known, accept: 'text/html,*/*', 'content-type': 'application/x-www-form-urlencoded' },
    body: '',
  });
  expect(answer.status).toBe(303);
  expect(answer.headers.location).toBe('/privacy');
  expect(cookieOf(answer)).toBe('optout');
});

test('GET /privacy shows the state and both buttons, works without script, and cannot be framed', async () => {
  const out = await collector.ask('/privacy', { headers: { cookie: 'muid=optout' } });
  expect(out.text).toContain('You have opted out');
  const page = await collector.ask('/privacy', { headers: known });
  expect(page.headers['content-type']).toContain('text/html');
  expect(page.text).toContain('<form method="post" action="/optout">');
  expect(page.text).toContain('<form method="post" action="/optin">');
  expect(page.text).not.toContain('<script');
  expect(page.text).not.toContain(COOKIE);
  expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
});

test('GET does not choose', async () => {
  expect((await collector.ask('/optout', { headers: known })).status).toBe(405);
  expect(choices()).toEqual([]);
});

import { CONSENT, CONSENT_DEFAULT_ALLOWED } from '../../shared/domain/consent/bits';
import { PartnerIdCipher } from '../../shared/domain/partner-id';
import type { EventRecord, SyncRecord } from '../../shared/domain/records';
import { cookieOf, NOW, startTestCollector, type TestCollector } from '../testing/harness';
import { expectValidRecord } from '../testing/log-schemas';

const COOKIE = '3q2-7wABAgMEBQYHCAkKCw';
const known = { cookie: `muid=${COOKIE}` };
const cipher = new PartnerIdCipher('a secret for tests');
const ours = cipher.encrypt('dsp', COOKIE);
const encoded = encodeURIComponent;

let collector: TestCollector;
beforeEach(async () => {
  collector = await startTestCollector();
});
afterEach(() => collector.close());

const syncs = (): SyncRecord[] => {
  const records = collector.log.records<SyncRecord>('syncs');
  records.forEach(expectValidRecord);
  return records;
};

describe('GET /sync', () => {
  test("keeps the partner's id for our cookie and answers with a picture", async () => {
    const answer = await collector.ask('/sync?partner=dsp&uid=a%3Ab', { headers: known });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('image/gif');
    expect(cookieOf(answer)).toBe(COOKIE);
    expect(syncs()).toEqual([
      {
        v: 1,
        type: 'sync',
        partner: 'dsp',
        identity: `cookie:${COOKIE}`,
        partnerUid: 'a:b',
        matchMethod: 2,
        at: NOW,
        receivedAt: NOW,
        consent: CONSENT_DEFAULT_ALLOWED,
      },
    ]);
  });

  test('a browser without our cookie gets one, and the record is about that', async () => {
    const answer = await collector.ask('/sync?partner=dsp&uid=abc');
    expect(syncs()[0]?.identity).toBe(`cookie:${cookieOf(answer)}`);
  });

  test('an empty uid takes the mapping away, whatever the consent', async () => {
    await collector.ask('/sync?partner=dsp&uid=', { headers: { ...known, 'sec-gpc': '1' } });
    expect(syncs()).toHaveLength(1);
    expect(syncs()[0]).not.toHaveProperty('partnerUid');
  });

  test('without uid nothing is kept', async () => {
    expect((await collector.ask('/sync?partner=dsp', { headers: known })).status).toBe(200);
    expect(syncs()).toEqual([]);
  });

  test.each([
    'null',
    '0',
    '-1',
    'anonymous',
    '$UID',
    '[UID]',
    '{UID}',
    '${userId}',
    '%USER_ID%',
    '%%UID%%',
    '{{uid}}',
    'x'.repeat(431),
  ])('uid %s stands for nobody in particular and is not kept', async (uid) => {
    expect((await collector.ask(`/sync?partner=dsp&uid=${encoded(uid)}`, { headers: known })).status).toBe(
      200,
    );
    expect(syncs()).toEqual([]);
  });

  test.each([
    ['opted out', { cookie: 'muid=optout' }, ''],
    ['GPC', { ...known, 'sec-gpc': '1' }, ''],
    ['TCF without a string', known, '&gdpr=1'],
  ])('%s: nothing is kept and no id handed over', async (_, headers, query) => {
    const redir = encoded('https://sync.dsp.example/done?id=$UID');
    const answer = await collector.ask(`/sync?partner=dsp&uid=abc&redir=${redir}${query}`, { headers });
    expect(answer.status).toBe(302);
    expect(answer.headers.location).toBe('https://sync.dsp.example/done?id=');
    expect(syncs()).toEqual([]);
  });

  describe('a browser that we know and that denies', () => {
    const denials = (): EventRecord[] => {
      const records = collector.log.records<EventRecord>('events');
      records.forEach(expectValidRecord);
      return records;
    };
    const denial = (consent: number) => ({
      v: 1, type: 'event', source: 'pixel', publisher: null, identities: [`cookie:${COOKIE}`], event: 'sync', at: NOW, receivedAt: NOW, consent,
    }); // prettier-ignore

    test.each([
      ['GPC', '', { ...known, 'sec-gpc': '1' }, CONSENT.signal | CONSENT.storage | CONSENT.measurement],
      ['US privacy', '&us_privacy=1YYN', known, CONSENT.signal | CONSENT.storage | CONSENT.measurement],
    ])('%s: leaves the denial, and nothing of the partner', async (_, query, headers, consent) => {
      for (const uid of ['&uid=abc', '&uid=', '']) {
        await collector.ask(`/sync?partner=dsp${uid}${query}`, { headers });
      }
      expect(denials()).toEqual([denial(consent), denial(consent), denial(consent)]);
      // An empty uid takes the mapping away, as ever.
      expect(syncs()).toHaveLength(1);
      expect(syncs()[0]).not.toHaveProperty('partnerUid');
    });

    test('nobody else leaves one: a stranger, who opted out, who allows, and who says nothing', async () => {
      await collector.ask('/sync?partner=dsp&uid=abc&us_privacy=1YYN');
      await collector.ask('/sync?partner=dsp&uid=abc&us_privacy=1YYN', {
        headers: { cookie: 'muid=optout' },
      });
      await collector.ask('/sync?partner=dsp&uid=abc&gdpr=1', { headers: known });
      await collector.ask('/sync?partner=dsp&uid=abc&gdpr=0', { headers: known });
      await collector.ask('/sync?partner=dsp&uid=abc', { headers: known });
      expect(denials()).toEqual([]);
    });

    test('the browser goes on although the log does not take it', async () => {
      collector.log.failing = true;
      const answer = await collector.ask('/sync?partner=dsp&us_privacy=1YYN', { headers: known });
      expect(answer.status).toBe(200);
    });
  });

  test('an unknown partner is 404', async () => {
    const answer = await collector.ask('/sync?partner=nobody&uid=1');
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect((await collector.ask('/sync?uid=1')).status).toBe(404);
  });

  test('a log that fails still lets the browser go on', async () => {
    collector.log.failing = true;
    const answer = await collector.ask(
      `/sync?partner=dsp&uid=abc&redir=${encoded('https://sync.dsp.example/')}`,
      {
        headers: known,
      },
    );
    expect(answer.status).toBe(302);
  });
});

describe('redir', () => {
  test.each([
    ['https://sync.dsp.example/done?id=$UID', `https://sync.dsp.example/done?id=${ours}`],
    ['https://sync.dsp.example/done?id=${MUSTER_UID}&x=1', `https://sync.dsp.example/done?id=${ours}&x=1`],
    ['https://sync.dsp.example/${MUSTER_UID}/$UID#$UID', `https://sync.dsp.example/${ours}/${ours}#${ours}`],
    ['https://sync.dsp.example/?id=%24UID', `https://sync.dsp.example/?id=${ours}`],
    ['https://sync.dsp.example/?id=%24%7bMUSTER_UID%7D', `https://sync.dsp.example/?id=${ours}`],
    ['https://sync.dsp.example/?id=$UIDX', 'https://sync.dsp.example/?id=$UIDX'],
    ['HTTPS://SYNC.dsp.EXAMPLE', 'https://sync.dsp.example/'],
    ['https://sync.dsp.example:8443/', 'https://sync.dsp.example:8443/'],
    ['https:sync.dsp.example\\a', 'https://sync.dsp.example/a'],
    ['  https://sync.dsp.example/a\tb', 'https://sync.dsp.example/ab'],
    ['http://127.0.0.1:9999/x', 'http://127.0.0.1:9999/x'],
    ['http://0x7f.1:9999/x', 'http://127.0.0.1:9999/x'],
  ])('%j is sent in its parsed form', async (redir, location) => {
    const answer = await collector.ask(`/sync?partner=dsp&uid=1&redir=${encoded(redir)}`, { headers: known });
    expect(answer.status).toBe(302);
    expect(answer.headers.location).toBe(location);
  });

  test.each([
    'https://evil.example/',
    'https://sync.dsp.example.evil.example/',
    'https://sync.dsp.example@evil.example/',
    'https://evil.example\\@sync.dsp.example/',
    'https://user:secret@sync.dsp.example/',
    'https://sync.dsp.example./',
    'http://127.0.0.1:9998/',
    'http://127.0.0.1/',
    '//sync.dsp.example/',
    '/relative',
    'javascript:alert(1)',
    'data:text/html,x',
    'ftp://sync.dsp.example/',
    'https://$UID.sync.dsp.example/',
    'https://sync.dsp.example%00.evil.example/',
    'not a url',
  ])('%j is refused, and nothing is kept', async (redir) => {
    const answer = await collector.ask(`/sync?partner=dsp&uid=1&redir=${encoded(redir)}`, { headers: known });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ errors: [{ path: 'redir' }] });
    expect(syncs()).toEqual([]);
  });

  test('no header can be smuggled in', async () => {
    const redir = encoded('https://sync.dsp.example/\r\nset-cookie: a=b');
    const answer = await collector.ask(`/sync?partner=dsp&uid=1&redir=${redir}`, { headers: known });
    expect(answer.headers.location).toBe('https://sync.dsp.example/set-cookie:%20a=b');
  });

  test("what a partner sees is turned back by that partner's key alone", async () => {
    const answer = await collector.ask(
      `/sync?partner=dsp&redir=${encoded('https://sync.dsp.example/?$UID')}`,
    );
    const id = answer.headers.location?.split('?')[1] ?? '';
    expect(cipher.decrypt('dsp', id)).toBe(cookieOf(answer));
    expect(cipher.decrypt('quiet', id)).not.toBe(cookieOf(answer));
  });
});

describe('GET /sync/start', () => {
  test("fills our id for the partner's own macro, and the consent macros", async () => {
    const answer = await collector.ask('/sync/start?partner=dsp&gdpr=0&gdpr_consent=a%2Bb', {
      headers: known,
    });
    expect(answer.status).toBe(302);
    expect(answer.headers.location).toBe(
      `https://sync.dsp.example/match?id=${ours}&gdpr=0&c=a%2Bb&next=https%3A%2F%2Fa%2F%3Fu%3D%5BUID%5D`,
    );
    expect(cookieOf(answer)).toBe(COOKIE);
  });

  test('consent macros of which nothing was said become empty', async () => {
    const answer = await collector.ask('/sync/start?partner=dsp', { headers: known });
    expect(answer.headers.location).toContain('&gdpr=&c=&next=');
  });

  test.each([
    ['opted out', { cookie: 'muid=optout' }, ''],
    ['GPC', { ...known, 'sec-gpc': '1' }, ''],
    ['TCF without a string', {}, '&gdpr=1'],
  ])('%s: the browser is not sent on', async (_, headers, query) => {
    const answer = await collector.ask(`/sync/start?partner=dsp${query}`, { headers });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('image/gif');
  });

  test('no partner, or one without a sync URL, is 404', async () => {
    expect((await collector.ask('/sync/start?partner=nobody')).status).toBe(404);
    expect((await collector.ask('/sync/start?partner=quiet')).status).toBe(404);
  });
});

describe('GET /sync/frame', () => {
  const images = (html: string): string[] =>
    [...html.matchAll(/<img src="([^"]*)"/g)].map(([, src]) => (src ?? '').replaceAll('&amp;', '&'));

  test('has a picture of /sync/start for each partner with a sync URL, with what the call says of consent', async () => {
    const answer = await collector.ask('/sync/frame?gdpr=0&us_privacy=1YNN&gpp=a%22%3E%26b&pub=news', {
      headers: known,
    });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    expect(images(answer.text)).toEqual(['start?partner=dsp&gdpr=0&us_privacy=1YNN&gpp=a%22%3E%26b']);
    const start = await collector.ask(`/sync/${images(answer.text)[0]}`, { headers: known });
    expect(start.headers.location).toContain(ours);
  });

  test('is empty once the partner was asked, until seven days have passed', async () => {
    const first = await collector.ask('/sync/frame', { headers: known });
    const cookies = (first.headers['set-cookie'] ?? []).map((cookie) => cookie.split(';')[0]);
    expect(cookies[0]).toBe(`muid=${COOKIE}`);
    const again = await collector.ask('/sync/frame', { headers: { cookie: cookies.join('; ') } });
    expect(images(first.text)).toHaveLength(1);
    expect(images(again.text)).toEqual([]);
  });

  test.each([
    ['a browser without our cookie', {}, ''],
    ['a browser that opted out', { cookie: 'muid=optout' }, ''],
    ['a browser that opts out by GPC', { ...known, 'sec-gpc': '1' }, ''],
    ['a call where TCF applies and nothing is granted', known, '?gdpr=1'],
  ])('is empty for %s', async (_, headers, query) => {
    const answer = await collector.ask(`/sync/frame${query}`, { headers });
    expect(answer.status).toBe(200);
    expect(images(answer.text)).toEqual([]);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });
});

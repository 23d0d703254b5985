/** Bidders that look people up in a replica of their own, on real Kafka and Redis. */
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { startTemporaryEngines, type LocalEngines } from '../../shared/local-engines/start-local-engines';
import { eventually } from '../../shared/testing/eventually';
import { RunningPlatform } from '../testing/running-platform';

jest.setTimeout(300_000);

const MAX_LAG_S = 4;
const PEOPLE = 40;
const EXCHANGE = 'ex';

interface Person {
  cookie: string;
  maid: string;
}

let engines: LocalEngines;
/** Everything, its bidder with a replica. */
let platform: RunningPlatform;
/** One more bidder on the same engines that asks Redis. */
let onRedis: RunningPlatform;
const started: RunningPlatform[] = [];
let audience: string;
let wanted: string;
let shunned: string;
const people = Array.from({ length: PEOPLE }, person);

beforeAll(async () => {
  engines = await startTemporaryEngines();
  platform = await RunningPlatform.start({
    ...engines.environment,
    MUSTER_LOOKUPS_REPLICA: 'on',
    MUSTER_REPLICA_MAX_LAG: String(MAX_LAG_S),
  });
  started.push(platform);
  await define();
  onRedis = await RunningPlatform.start(engines.environment, 'bidder');
  started.push(onRedis);
  await send(
    people.filter((_, i) => i % 2 === 0),
    'purchase',
  );
  await send(
    people.filter((_, i) => i % 2 === 1),
    'page_view',
  );
});

afterAll(async () => {
  await Promise.all(
    started.map(async (one) => {
      await one.stop();
      await one.dispose();
    }),
  );
  await engines.stop();
});

function person(): Person {
  return { cookie: randomUUID().replaceAll('-', '').slice(0, 21).concat('A'), maid: randomUUID() };
}

async function define(): Promise<void> {
  const create = (path: string, body: object) => platform.call<{ id: string }>('POST', path, body);
  await create('/v1/exchanges', { id: EXCHANGE, name: 'ex', currencies: ['USD'], seat: 'muster' });
  ({ id: audience } = await create('/v1/audiences', {
    name: 'buyers',
    rule: { event: 'purchase', within: '1d' },
  }));
  await create('/v1/advertisers', {
    id: 'shop',
    name: 'shop',
    domain: 'shop.example',
    categories: ['IAB17'],
  });
  const { id: creative } = await create('/v1/creatives', {
    advertiserId: 'shop', type: 'banner', w: 300, h: 250, adm: '<b>ad</b>', attr: [],
  }); // prettier-ignore
  const lineItem = async (bidCpm: string, audiences: object) =>
    (await create('/v1/line-items', {
      advertiserId: 'shop', name: bidCpm, status: 'active', bidCpm, currency: 'USD', audiences, creatives: [creative],
    })).id; // prettier-ignore
  wanted = await lineItem('2.00', { anyOf: [audience] });
  shunned = await lineItem('1.00', { noneOf: [audience] });
}

async function send(whom: Person[], type: string): Promise<void> {
  const events = whom.map(({ cookie, maid }) => ({
    type,
    identities: [`cookie:${cookie}`, `maid:${maid}`],
  }));
  const answer = await fetch(`${platform.collector}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${platform.adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ events }),
  });
  expect(await answer.json()).toMatchObject({ accepted: whom.length, rejected: [] });
}

/** What decides: who it is, in which audiences, and the reason against each line item or its price. */
interface Explained {
  person: { known: boolean; reason?: string; uid?: number };
  audiences: { id: string }[];
  reasons: Record<string, string>;
}

async function explain(bidder: RunningPlatform, maid: string): Promise<Explained> {
  const answer = await fetch(`${bidder.bidder}/explain/${EXCHANGE}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${platform.adminToken}` },
    body: JSON.stringify(request(maid)),
  });
  const body = (await answer.json()) as Pick<Explained, 'person' | 'audiences'> & {
    lineItems: { lineItemId: string; imps: { reason?: string; price?: number }[] }[];
  };
  expect({ status: answer.status, body }).toMatchObject({ status: 200 });
  const { known, reason, uid } = body.person;
  return {
    person: { known, reason, uid },
    audiences: body.audiences.map(({ id }) => ({ id })),
    reasons: Object.fromEntries(
      body.lineItems.map(({ lineItemId, imps: [imp] }) => [lineItemId, imp?.reason ?? `${imp?.price}`]),
    ),
  };
}

function request(maid: string): object {
  return {
    id: randomUUID(),
    imp: [{ id: '1', banner: { w: 300, h: 250 } }],
    site: { domain: 'news.example' },
    device: { ifa: maid, geo: { country: 'USA' } },
    regs: { gdpr: 0 },
  };
}

async function bidsOf(bidder: RunningPlatform, maid: string): Promise<string[]> {
  const answer = await fetch(`${bidder.bidder}/openrtb2/${EXCHANGE}`, {
    method: 'POST',
    body: JSON.stringify(request(maid)),
  });
  if (answer.status === 204) return [];
  const body = (await answer.json()) as { seatbid: { bid: { cid: string }[] }[] };
  return body.seatbid.flatMap(({ bid }) => bid.map(({ cid }) => cid));
}

/** Both bidders say the same of everybody, and know all of them. */
async function bothAgree(whom = people): Promise<Explained[]> {
  return eventually(async () => {
    const theirs = await Promise.all(whom.map(({ maid }) => explain(onRedis, maid)));
    expect(theirs.filter(({ person }) => person.reason === 'person_unknown')).toEqual([]);
    const ours = await Promise.all(whom.map(({ maid }) => explain(platform, maid)));
    expect(ours).toEqual(theirs);
    return ours;
  }, 120_000);
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${platform.ports.ops}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
}

async function readiness(): Promise<{ status: number; body: string }> {
  const answer = await fetch(`http://127.0.0.1:${platform.ports.bidder}/readyz`);
  return { status: answer.status, body: await answer.text() };
}

function bidderPid(): number {
  const pid = platform
    .children()
    .find((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('/main/bidder.js'));
  if (pid === undefined) throw new Error('the bidder does not run');
  return pid;
}

/** Positions from which bidders have followed, as they logged them. */
function followedFrom(): number[] {
  const lines = readFileSync(platform.logFile, 'utf8').split('\n');
  return lines
    .filter((line) => line.includes('following the topic of the lookups'))
    .map((line) => Number(/"position":(\d+)/.exec(line)?.[1]));
}

test('a bidder with a replica answers as one that asks Redis', async () => {
  await eventually(async () => {
    const explained = await bothAgree();
    explained.forEach(({ audiences }, i) => expect(audiences).toEqual(i % 2 === 0 ? [{ id: audience }] : []));
  }, 120_000);
  for (const [i, { maid }] of people.entries()) {
    const expected = [i % 2 === 0 ? wanted : shunned];
    expect([await bidsOf(platform, maid), await bidsOf(onRedis, maid)]).toEqual([expected, expected]);
  }
  const stranger = randomUUID();
  expect(await explain(platform, stranger)).toEqual(await explain(onRedis, stranger));
  expect(await metric('muster_replica_entries')).toBeGreaterThanOrEqual(PEOPLE);
  expect(await metric('muster_replica_lag_seconds')).toBeLessThan(MAX_LAG_S);
});

test('an opt-out reaches it, for every identity of the person', async () => {
  const [out] = people;
  const answer = await fetch(`${platform.collector}/optout`, {
    method: 'POST',
    headers: { cookie: `muid=${out!.cookie}` },
  });
  expect(await answer.json()).toEqual({ optedOut: true });
  await eventually(async () => {
    expect((await explain(platform, out!.maid)).person).toEqual({ known: false, reason: 'opted_out' });
  });
  expect(await bidsOf(platform, out!.maid)).toEqual([]);
  await bothAgree();
});

test('after kill -9 it goes on from where it was, with all that was written meanwhile', async () => {
  const before = followedFrom().length;
  process.kill(bidderPid(), 'SIGKILL');
  const late = Array.from({ length: 10 }, person);
  await send(late, 'purchase');
  await eventually(async () => expect(followedFrom().length).toBe(before + 1));
  expect(followedFrom().at(-1)).toBeGreaterThan(0);
  await platform.ready();
  people.push(...late);
  const explained = await bothAgree();
  expect(explained.slice(-10).every(({ person }) => person.known)).toBe(true);
  expect(await metric('muster_replica_reseeds')).toBe(0);
});

test('lookups that are lost and filled again replace what it held', async () => {
  const held = await bothAgree();
  const redis = new Redis(engines.environment['REDIS_URL'] ?? '');
  const epoch = await redis.get('muster:epoch');
  await redis.flushall();
  await eventually(async () => {
    const now = await redis.get('muster:epoch');
    expect(now).toMatch(/^published:/);
    expect(now).not.toBe(epoch);
  }, 120_000);
  redis.disconnect();
  await platform.ready();
  expect(await bothAgree()).toEqual(held);
  expect((await explain(platform, people[0]!.maid)).person.reason).toBe('opted_out');
});

test('past its bound it answers nothing about people and is not ready, until Kafka is back', async () => {
  engines.kill('KAFKA_BROKERS');
  const { body } = await eventually(async () => {
    const answer = await readiness();
    expect(answer.status).toBe(503);
    return answer;
  });
  expect(body).toMatch(/lookups replica: \d+ s behind, 4 s are allowed/);
  for (const { maid } of people.slice(0, 4)) {
    expect((await explain(platform, maid)).person).toEqual({ known: false, reason: 'lookup_failed' });
    // Who excludes an audience does not bid either: nobody knows whether this person is in it.
    expect(await bidsOf(platform, maid)).toEqual([]);
  }
  await engines.restart('KAFKA_BROKERS');
  await eventually(async () => expect((await readiness()).status).toBe(200), 120_000);
  await send([people[1]!], 'purchase');
  await eventually(async () => {
    expect((await explain(platform, people[1]!.maid)).audiences).toEqual([{ id: audience }]);
  }, 120_000);
  await bothAgree();
});

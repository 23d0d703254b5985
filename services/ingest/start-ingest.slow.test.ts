import { CONSENT, CONSENT_DEFAULT_ALLOWED } from '../shared/domain/consent/bits';
import { bucket } from '../shared/domain/hash';
import type { DeadLetterRecord, LinkRecord, NoticeRecord, Topic } from '../shared/domain/records';
import type { Service } from '../shared/runtime/service';
import type { Step } from './batch-context';
import { INGEST_STEPS } from './ingest-batch';
import { INGEST_GROUP } from './ingest-group';
import { type IngestOptions, startIngest } from './start-ingest';
import {
  AT,
  cookie,
  type Engines,
  event,
  eventually,
  openEngines,
  readChanges,
  sync,
  trait,
} from './testing/engines';
import { expectAsDeclared } from './testing/expect-as-declared';

let engines: Engines;
let ingest: Service | undefined;

beforeAll(async () => {
  engines = await openEngines();
  await engines.lookups.setEpoch('test');
});
afterAll(() => engines.close());
afterEach(async () => {
  await ingest?.close();
  ingest = undefined;
});

async function start(
  options: Partial<Pick<IngestOptions, 'steps' | 'maxRecords' | 'lake'>> = {},
): Promise<void> {
  ingest = await startIngest({ ...engines.common(), lingerMs: 10, ...options });
}

const ALL: Topic[] = ['events', 'syncs', 'traits', 'notices', 'bids'];
async function settled(topics: Topic[] = ALL): Promise<void> {
  await engines.settled(INGEST_GROUP, topics);
  // What these sent to the dead letters comes after.
  await engines.settled(INGEST_GROUP, ['dead-letters']);
}

async function outcomes(topic: Topic): Promise<Record<string, number>> {
  const rows = await engines.lake.query<{ outcome: string; n: string }>(
    `SELECT outcome, sum(count) AS n FROM ledger WHERE topic = '${topic}' GROUP BY outcome`,
  );
  return Object.fromEntries(rows.map(({ outcome, n }) => [outcome, Number(n)]));
}

describe('an event in the log', () => {
  it('is in the lake as it was, under the number of its first identity', async () => {
    await start();
    const identities = ['maid:whole', 'email:whole'];
    await engines.append(
      'events',
      event({
        publisher: 'whole',
        identities,
        id: 'e1',
        event: 'purchase',
        url: 'https://www.Shop.example:8443/a/b?q=1',
        keywords: ['x', 'y'],
        value: '12.345678',
        currency: 'EUR',
        properties: { colour: 'it’s "red"', nested: { n: 1 } },
        items: [{ sku: 's' }],
        sku: 's1',
        category: 'shoes',
      }),
      event({ publisher: 'whole', identities: ['maid:whole'], url: 'no url', receivedAt: AT + 5 }),
    );
    await settled();
    const [entry] = await engines.lookups.identities.resolve(['maid:whole']);
    const rows = await engines.lake.query(
      `SELECT type, toFloat64(iid) AS iid, toUnixTimestamp64Milli(at) AS at, event_id, domain, path, category, keywords, sku,
              toString(value) AS value, currency, properties, items, source
       FROM event_rows WHERE publisher = 'whole' ORDER BY event_id DESC`,
    );
    expect(rows[0]).toEqual({
      type: 'purchase',
      iid: entry!.iid,
      at: String(AT),
      event_id: 'e1',
      domain: 'shop.example',
      path: '/a/b',
      category: 'shoes',
      keywords: ['x', 'y'],
      sku: 's1',
      value: '12.345678',
      currency: 'EUR',
      properties: '{"colour":"it’s \\"red\\"","nested":{"n":1}}',
      items: '[{"sku":"s"}]',
      source: 'pixel',
    });
    expect(rows[1]).toMatchObject({ iid: entry!.iid, domain: '', path: '', value: null, properties: '{}' });
    expect(entry!.confirmed).toBe(true);
    const stored = await engines.lake.query<{ identity: string; kind: string }>(
      `SELECT identity, kind FROM identity_rows FINAL WHERE identity IN ('maid:whole', 'email:whole') ORDER BY identity`,
    );
    expect(stored).toEqual([
      { identity: 'email:whole', kind: 'email' },
      { identity: 'maid:whole', kind: 'maid' },
    ]);
  });

  it('is not stored under lookups that were lost meanwhile, and is stored once they are filled', async () => {
    const stored = async (): Promise<number[]> =>
      engines.lake.numbers("SELECT toUInt64(count()) FROM event_rows WHERE publisher = 'lost'");
    let tries = 0;
    const counted: Step = { name: 'count', run: () => void tries++ };
    await start({ steps: [counted, ...INGEST_STEPS] });
    await engines.lookups.setEpoch('another filling');
    await engines.append('events', event({ publisher: 'lost', identities: ['maid:lost'], id: 'l1' }));
    await eventually(() => tries > 1);
    expect(await stored()).toEqual([0]);
    await ingest!.close();
    await start();
    await settled();
    expect(await stored()).toEqual([1]);
  });

  it('counts once however often it comes, in one batch and in another partition', async () => {
    await start();
    const many = Array.from({ length: 20 }, (_, i) =>
      event({ publisher: 'twice', id: 'same', identities: [`maid:twice${i}`] }),
    );
    await engines.append(
      'events',
      ...many,
      event({ publisher: 'twice', id: 'other' }),
      event({ publisher: 'twice' }),
      event({ publisher: 'twice' }),
    );
    await engines.append(
      'events',
      event({ publisher: 'twice', id: 'same', receivedAt: AT + 6 * 86_400_000 }),
    );
    await engines.append('events', event({ publisher: 'another', id: 'same' }));
    await settled();
    expect(await engines.numbers(`SELECT count() FROM event_rows WHERE publisher = 'twice'`)).toEqual([4]);
    expect(await engines.numbers(`SELECT count() FROM event_rows WHERE publisher = 'another'`)).toEqual([1]);
  });

  it('of the same id counts again after 7 days', async () => {
    await start();
    await engines.append('events', event({ publisher: 'week', id: 'w' }));
    await settled();
    await engines.append('events', event({ publisher: 'week', id: 'w', receivedAt: AT + 7 * 86_400_000 }));
    await settled();
    expect(await engines.numbers(`SELECT count() FROM event_rows WHERE publisher = 'week'`)).toEqual([2]);
  });

  it('without consent for a profile is dropped by name and makes nobody known; a withdrawal is kept', async () => {
    await start();
    const stated = CONSENT_DEFAULT_ALLOWED | CONSENT.signal;
    await engines.append(
      'events',
      event({ publisher: 'consent', identities: ['maid:asked'], consent: stated }),
    );
    await settled();
    const before = await outcomes('events');
    const refusal = CONSENT.signal | CONSENT.storage;
    await engines.append(
      'events',
      event({ publisher: 'consent', identities: ['maid:asked'], consent: refusal, at: AT + 1000 }),
      event({ publisher: 'consent', identities: ['maid:stranger'], consent: refusal }),
    );
    await settled();
    expect((await outcomes('events'))['consent_denied']).toBe((before['consent_denied'] ?? 0) + 2);
    expect(await engines.numbers(`SELECT count() FROM event_rows WHERE publisher = 'consent'`)).toEqual([1]);
    const [asked, stranger] = await engines.lookups.identities.resolve(['maid:asked', 'maid:stranger']);
    expect(stranger).toBeUndefined();
    expect(
      await engines.numbers(
        `SELECT toUInt64(consent) FROM consent_rows FINAL WHERE iid = ${asked!.iid} ORDER BY at DESC`,
      ),
    ).toEqual([refusal, stated]);
    const changes = (await readChanges(engines)).filter(({ iids }) => iids.includes(asked!.iid));
    expect(changes.map(({ events, people }) => ({ events, people }))).toEqual([
      { events: ['page_view'], people: false },
      { events: ['*'], people: true },
      { events: [], people: false },
    ]);
  });

  it('of the very same moment is kept beside another, also when ClickHouse merges them', async () => {
    await start();
    const stated = [CONSENT.signal, CONSENT_DEFAULT_ALLOWED | CONSENT.signal];
    const identities: [string] = ['email:torn'];
    await engines.append('events', event({ publisher: 'torn', identities, consent: stated[1]!, at: AT - 1 }));
    for (const consent of stated) {
      await settled();
      await engines.append('events', event({ publisher: 'torn', identities, consent }));
    }
    await settled();
    await engines.lake.command('OPTIMIZE TABLE consent_rows FINAL');
    const [entry] = await engines.lookups.identities.resolve(identities);
    expect(
      await engines.numbers(
        `SELECT toUInt64(consent) FROM consent_rows WHERE iid = ${entry!.iid} AND at = fromUnixTimestamp64Milli(${AT})
         ORDER BY consent`,
      ),
    ).toEqual(stated);
  });

  it('with a refusal is told to the builder each time, whatever was stated last or came late', async () => {
    await start();
    const said = async (consent: number, at: number): Promise<void> => {
      await engines.append('events', event({ publisher: 'again', identities: ['email:again'], consent, at }));
      await settled();
    };
    await said(CONSENT_DEFAULT_ALLOWED | CONSENT.signal, AT);
    const earlier = (await readChanges(engines)).length;
    await said(CONSENT.signal, AT - 3_600_000);
    await said(CONSENT.signal, AT + 5_000);
    const [entry] = await engines.lookups.identities.resolve(['email:again']);
    const told = (await readChanges(engines)).slice(earlier);
    const consent = { iids: [entry!.iid], events: [], traits: [], people: false };
    expect(told).toMatchObject([consent, consent]);
  });

  it('tells the builder who is touched and by what, and newly known people apart', async () => {
    await start();
    await engines.append('events', event({ publisher: 'news2', identities: ['maid:told'], event: 'told' }));
    await settled();
    await engines.append(
      'events',
      event({ publisher: 'news2', identities: ['maid:told'], event: 'told-again', receivedAt: AT + 9 }),
    );
    await settled();
    const [entry] = await engines.lookups.identities.resolve(['maid:told']);
    const changes = (await readChanges(engines)).filter(({ iids }) => iids.includes(entry!.iid));
    expect(changes).toEqual([
      {
        v: 1,
        type: 'change',
        iids: [entry!.iid],
        events: ['told'],
        traits: [],
        people: false,
        receivedAt: AT,
      },
      { v: 1, type: 'change', iids: [entry!.iid], events: ['*'], traits: [], people: true, receivedAt: AT },
      {
        v: 1,
        type: 'change',
        iids: [entry!.iid],
        events: ['told-again'],
        traits: [],
        people: false,
        receivedAt: AT + 9,
      },
    ]);
  });

  it('of who opted out is dropped by name, whichever of its identities says so', async () => {
    await start();
    await engines.append('events', event({ publisher: 'out', identities: ['maid:out'] }));
    await settled();
    await engines.lookups.identities.repoint([{ identity: 'maid:out', uid: 1, optedOut: true }]);
    await engines.append('events', event({ publisher: 'out', identities: ['email:new', 'maid:out'] }));
    await settled();
    expect(await engines.numbers(`SELECT count() FROM event_rows WHERE publisher = 'out'`)).toEqual([1]);
    expect((await outcomes('events'))['opted_out']).toBe(1);
    expect(await engines.lookups.identities.resolve(['email:new'])).toEqual([undefined]);
  });
});

describe('links', () => {
  it('go out once for each pair of an event, with the cookie first, and for every sync', async () => {
    await start();
    const c = cookie('links');
    await engines.append('events', event({ identities: ['email:links', c, 'partner:px:links'], at: AT + 1 }));
    await settled();
    await engines.append('events', event({ identities: ['email:links', c], at: AT + 2 }));
    await engines.append(
      'syncs',
      sync({ identity: c, partnerUid: 'links', at: AT + 3 }),
      sync({ identity: c, partnerUid: undefined, at: AT + 4 }),
    );
    await engines.append('syncs', sync({ identity: cookie('unknown'), partnerUid: undefined }));
    await settled();
    const links = (await engines.read<LinkRecord>('links')).filter(({ a, b }) =>
      [a.identity, b?.identity].includes(c),
    );
    expect(
      links.map(({ kind, a, b, at, partner }) => ({ kind, a: a.identity, b: b?.identity, at, partner })),
    ).toEqual([
      { kind: 'event', a: c, b: 'email:links', at: AT + 1, partner: undefined },
      { kind: 'partner', a: 'partner:px:links', b: c, at: AT + 1, partner: undefined },
      { kind: 'partner', a: 'partner:px:links', b: c, at: AT + 3, partner: undefined },
      { kind: 'unsync', a: c, b: undefined, at: AT + 4, partner: 'px' },
    ]);
    expect(await engines.lookups.identities.resolve([cookie('unknown')])).toEqual([undefined]);
  });
});

describe('a third-party record', () => {
  it('with the same identity, trait, at, op and value counts once, for ever', async () => {
    await start();
    const record = trait({ provider: 'once', identity: 'maid:once', number: '1.50' });
    await engines.append(
      'traits',
      record,
      { ...record, line: 2 },
      { ...record, number: '2' },
      { ...record, at: AT + 1 },
    );
    await settled();
    await engines.append(
      'traits',
      { ...record, number: '1.5', importId: 'imp_2', receivedAt: AT + 300 * 86_400_000 },
      { ...record, op: 'unset', number: undefined },
      { ...record, op: 'unset', number: '7' },
      { ...record, number: undefined, text: 'it’s \\ new' },
      { ...record, number: undefined, text: 'it’s \\ new', line: 9 },
    );
    await settled();
    await engines.append('traits', { ...record, number: undefined, text: 'it’s \\ new', line: 10 });
    await settled();
    const rows = await engines.lake.query(
      `SELECT op, toString(number) AS number, text, toUnixTimestamp64Milli(at) AS at FROM trait_rows WHERE provider = 'once' ORDER BY at, op, number, text`,
    );
    expect(rows).toEqual([
      { op: 'set', number: '1.5', text: null, at: String(AT) },
      { op: 'set', number: '2', text: null, at: String(AT) },
      { op: 'set', number: null, text: 'it’s \\ new', at: String(AT) },
      { op: 'unset', number: null, text: null, at: String(AT) },
      { op: 'set', number: '1.5', text: null, at: String(AT + 1) },
    ]);
    const changes = await readChanges(engines);
    expect(changes.some(({ traits }) => traits.includes('once/age/25-34'))).toBe(true);
  });
});

describe('bids and notices', () => {
  it('a notice that is repeated counts once', async () => {
    await start();
    const notice: NoticeRecord = {
      v: 1, type: 'notice', kind: 'bill', bidId: 'b1', requestId: 'r1', exchange: 'ex', lineItemId: 'li', creativeId: 'cr',
      advertiserId: 'ad', at: AT, receivedAt: AT, uid: null, priceMicros: 1_000_000, currency: 'USD', billed: true, test: false,
    }; // prettier-ignore
    await engines.append(
      'notices',
      notice,
      { ...notice, receivedAt: AT + 1 },
      { ...notice, kind: 'win', billed: false },
    );
    await engines.append('bids', {
      v: 1, type: 'bid', bidId: 'b1', requestId: 'r1', impId: '1', exchange: 'ex', at: AT, uid: 5, iid: 5, advertiserId: 'ad',
      lineItemId: 'li', creativeId: 'cr', audienceIds: ['a', 'b'], priceMicros: 2_500_000, currency: 'USD', test: false,
    }); // prettier-ignore
    await engines.append('bids', {
      v: 1, type: 'request', requestId: 'r2', exchange: 'ex', at: AT, uid: null, reason: 'no_match', imps: 3, sampleRate: 0.01,
      data: [{ id: 'd' }],
    }); // prettier-ignore
    await settled();
    expect(await engines.lake.query(`SELECT kind, billed FROM notices ORDER BY kind`)).toEqual([
      { kind: 'bill', billed: 1 },
      { kind: 'win', billed: 0 },
    ]);
    expect(await engines.lake.query(`SELECT bid_id, audience_ids FROM bids`)).toEqual([
      { bid_id: 'b1', audience_ids: ['a', 'b'] },
    ]);
    expect(await engines.lake.query(`SELECT request_id, sample_rate, data FROM requests`)).toEqual([
      { request_id: 'r2', sample_rate: 0.01, data: '[{"id":"d"}]' },
    ]);
  });
});

describe('a record that cannot be used', () => {
  it('becomes a dead letter with its reason, whole, and stops nobody else', async () => {
    await start();
    const broken = Buffer.from([0x7b, 0xff, 0x7d]);
    const before = await outcomes('events');
    await engines.append(
      'events',
      '{"v":1,',
      broken,
      '{"v":1,"type":"click"}',
      '[]',
      JSON.stringify({ ...event({}), at: 'yesterday' }),
      JSON.stringify({ ...event({}), identities: ['nobody'] }),
      event({ publisher: 'poison', identities: ['maid:poison'] }),
    );
    await settled();
    await eventually(
      async () =>
        (await engines.numbers(`SELECT count() FROM dead_letters WHERE source = 'events'`))[0]! >= 6,
    );
    const letters = await engines.lake.query<Pick<DeadLetterRecord, 'reason' | 'record'>>(
      `SELECT reason, record FROM dead_letters WHERE source = 'events' ORDER BY reason, record`,
    );
    expect(letters.map(({ reason }) => reason)).toEqual([
      'invalid_identity',
      'invalid_json',
      'invalid_record',
      'invalid_utf8',
      'unknown_type',
      'unknown_type',
    ]);
    expect(letters[1]!.record).toBe('{"v":1,');
    expect(letters[3]!.record).toBe(`base64:${broken.toString('base64')}`);
    expect(await engines.numbers(`SELECT count() FROM event_rows WHERE publisher = 'poison'`)).toEqual([1]);
    expect((await outcomes('events'))['dead_letter']).toBe((before['dead_letter'] ?? 0) + 6);
  });

  it('is not one with half a character in a text, which somebody has cut short; in an identity it is', async () => {
    await start();
    const half = '\ud83d';
    await engines.append(
      'events',
      event({
        publisher: 'half',
        identities: ['maid:half'],
        category: `shoes ${half}`,
        properties: { [half]: half },
      }),
      event({ publisher: 'half', identities: [`customer:shop:${half}`] }),
      event({ publisher: 'half', identities: ['maid:half'] }),
    );
    await settled();
    expect(
      await engines.lake.query(`SELECT category FROM event_rows WHERE publisher = 'half' ORDER BY category`),
    ).toEqual([{ category: '' }, { category: 'shoes \ufffd' }]);
    expect(
      await engines.numbers(
        `SELECT count() FROM dead_letters WHERE reason = 'invalid_identity' AND record LIKE '%customer:shop:%'`,
      ),
    ).toEqual([1]);
  });

  it('because the lake refuses its row is found among the others of its batch', async () => {
    await start({
      // The schema lets no such row through; a column that the code does not know of yet would.
      steps: INGEST_STEPS.flatMap((step) =>
        step.name !== 'insert-rows'
          ? [step]
          : [
              {
                name: 'spoil',
                run: (context) => {
                  for (const { table, rows } of context.tables) {
                    if (table !== 'event_rows') continue;
                    for (const one of rows)
                      if (one.row[0] === 'spoilt')
                        one.row = one.row.map((cell, i) => (i === 2 ? 'no time' : cell));
                  }
                },
              },
              step,
            ],
      ),
    });
    const records = Array.from({ length: 9 }, (_, i) =>
      event({ publisher: 'bisect', identities: ['maid:bisect'], event: i === 4 ? 'spoilt' : 'fine' }),
    );
    await engines.append('events', ...records);
    await settled();
    expect(await engines.numbers(`SELECT count() FROM event_rows WHERE publisher = 'bisect'`)).toEqual([8]);
    const letters = await engines.lake.query<{ record: string }>(
      `SELECT record FROM dead_letters WHERE reason = 'row_refused'`,
    );
    expect(letters.map(({ record }) => JSON.parse(record) as unknown)).toEqual([records[4]]);
  });
});

describe('exactly once, when the process dies', () => {
  it.each(INGEST_STEPS.map(({ name }) => name))('right after step %s', async (name) => {
    const publisher = `crash-${name}`;
    let failures = 0;
    const steps = INGEST_STEPS.flatMap((step): Step[] => {
      if (step.name !== name) return [step];
      const die = {
        name: 'die',
        run: () => {
          failures++;
          throw new Error('dies here');
        },
      };
      return [step, die];
    });
    const id = (n: number): string => `maid:${publisher}-${n}`;
    const events = Array.from({ length: 30 }, (_, i) =>
      event({ publisher, id: `e${i % 25}`, identities: [id(i % 10), `email:${publisher}-${i % 10}`] }),
    );
    const traits = Array.from({ length: 10 }, (_, i) =>
      trait({ provider: publisher, identity: id(i % 5), number: String(i % 5) }),
    );
    await engines.append('events', ...events);
    await engines.append('traits', ...traits);
    await start({ steps });
    await eventually(() => failures >= 2);
    await ingest!.close();

    // More came while it was down: the replay must keep to its plan all the same.
    await engines.append(
      'events',
      event({ publisher, id: 'late', identities: [id(3)] }),
      event({ publisher, id: 'e1', identities: [id(11)] }),
    );
    await start({ maxRecords: 7 });
    await settled();
    expect(await engines.numbers(`SELECT count() FROM event_rows WHERE publisher = '${publisher}'`)).toEqual([
      26,
    ]);
    expect(
      await engines.numbers(`SELECT uniqExact(event_id) FROM event_rows WHERE publisher = '${publisher}'`),
    ).toEqual([26]);
    expect(await engines.numbers(`SELECT count() FROM trait_rows WHERE provider = '${publisher}'`)).toEqual([
      5,
    ]);
    const rows = await engines.numbers(
      `SELECT count() FROM identity_rows FINAL WHERE identity LIKE '%:${publisher}-%'`,
    );
    const numbers = await engines.numbers(
      `SELECT uniqExact(iid) FROM identity_rows WHERE identity LIKE '%:${publisher}-%'`,
    );
    expect(rows).toEqual([21]);
    expect(numbers).toEqual([21]);
    const entries = await engines.lookups.identities.resolve(Array.from({ length: 10 }, (_, i) => id(i)));
    expect(entries.every((entry) => entry?.confirmed)).toBe(true);
    const told = new Set(
      (await readChanges(engines)).filter(({ people }) => people).flatMap(({ iids }) => iids),
    );
    expect(entries.every((entry) => told.has(entry!.iid))).toBe(true);
  });

  it('twice in a row, the second time with the replay done and more behind it planned', async () => {
    const publisher = 'crash-twice';
    const arrive = (from: number, to: number): Promise<void> =>
      engines.append(
        'events',
        ...Array.from({ length: to - from }, (_, i) =>
          // One person, so that all lie in one partition.
          event({ publisher, id: `e${from + i}`, identities: ['maid:crash-twice'] }),
        ),
      );
    const dyingAfterInsert = (died: () => boolean): readonly Step[] =>
      INGEST_STEPS.flatMap((step): Step[] => {
        if (step.name !== 'insert-rows') return [step];
        const die: Step = {
          name: 'die',
          run: (context) => {
            if (context.replayOf !== undefined) return;
            if (died()) throw new Error('dies here');
          },
        };
        return [step, die];
      });
    let deaths = 0;
    const dies = (): boolean => ++deaths > 0;
    await arrive(0, 10);
    await start({ steps: dyingAfterInsert(dies) });
    await eventually(() => deaths > 0);
    await ingest!.close();
    await arrive(10, 20);
    deaths = 0;
    await start({ steps: dyingAfterInsert(dies) });
    await eventually(() => deaths > 0);
    await ingest!.close();
    await arrive(20, 30);
    await start();
    await settled();
    expect(
      await engines.numbers(
        `SELECT arrayJoin([count(), uniqExact(event_id)]) FROM event_rows WHERE publisher = '${publisher}'`,
      ),
    ).toEqual([30, 30]);
  });

  it('while it had lost a partition to another, which planned something and died', async () => {
    const publisher = 'lost-and-found';
    const [topic, partition] = ['events' as const, bucket('maid:lost', engines.log.partitions('events'))];
    const arrive = (count: number, from: number): Promise<void> =>
      engines.append(
        topic,
        ...Array.from({ length: count }, (_, i) =>
          event({ publisher, id: `e${from + i}`, identities: ['maid:lost'] }),
        ),
      );
    await start();
    await arrive(5, 0);
    await settled();
    const last = await engines.catalog.plans.get(topic, partition);
    const from = last!.to;
    expect(await engines.catalog.plans.replace(last, { topic, partition, from, to: from + 3 })).toBe(true);
    await arrive(10, 5);
    await settled();
    const ranges = await engines.lake.query<{ to: string }>(
      `SELECT to_offset AS to FROM ledger WHERE topic = 'events' AND partition = ${partition} AND from_offset = ${from}`,
    );
    expect(ranges.map(({ to }) => Number(to))).toEqual([from + 3]);
    expect(await engines.numbers(`SELECT count() FROM event_rows WHERE publisher = '${publisher}'`)).toEqual([
      15,
    ]);
  });

  it('and meanwhile the person opts out: what was planned stays, every record is accounted for', async () => {
    // Dies with the event's row in the lake and its ledger row not.
    const lake: IngestOptions['lake'] = {
      query: (sql, options) => engines.lake.query(sql, options),
      insert: async (options) => {
        if (options.table === 'ledger') throw new Error('dies here');
        await engines.lake.insert(options);
      },
    };
    await engines.append('events', event({ publisher: 'meanwhile', identities: ['maid:meanwhile'] }));
    await start({ lake });
    await eventually(
      async () =>
        (await engines.numbers(`SELECT count() FROM event_rows WHERE publisher = 'meanwhile'`))[0] === 1,
    );
    await ingest!.close();
    await engines.lookups.identities.repoint([{ identity: 'maid:meanwhile', uid: 1, optedOut: true }]);
    await engines.append('events', event({ publisher: 'meanwhile', identities: ['maid:meanwhile'] }));
    await start();
    await settled();
    expect(await engines.numbers(`SELECT count() FROM event_rows WHERE publisher = 'meanwhile'`)).toEqual([
      1,
    ]);
  });

  it('every record in the log is in the ledger once', async () => {
    await start();
    await settled();
    for (const topic of [...ALL, 'dead-letters' as const]) {
      const positions = await engines.log.positions(INGEST_GROUP, [topic]);
      const appended = positions.reduce((sum, { end }) => sum + end, 0);
      const counted = Object.values(await outcomes(topic)).reduce((sum, n) => sum + n, 0);
      expect({ topic, counted }).toEqual({ topic, counted: appended });
      const [overlaps] = await engines.numbers(
        `SELECT countIf(from_offset < before) FROM (
           SELECT from_offset, lagInFrame(to_offset, 1, 0) OVER (PARTITION BY partition ORDER BY from_offset, to_offset) AS before
           FROM (SELECT DISTINCT partition, from_offset, to_offset FROM ledger WHERE topic = '${topic}'))`,
      );
      expect(overlaps).toBe(0);
    }
    const [events] = await engines.numbers('SELECT count() FROM event_rows');
    expect((await outcomes('events'))['stored']).toBe(events);
  });
});

it('everything sent on is as its schema says', async () => {
  for (const topic of ['links', 'changes', 'dead-letters'] as const) {
    const records = await engines.read<{ type: string }>(topic);
    expect(records.length).toBeGreaterThan(0);
    records.forEach(expectAsDeclared);
  }
});

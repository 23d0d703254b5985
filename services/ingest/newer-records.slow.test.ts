/** Records of a newer release in the log of an older one: nothing is lost, nothing is guessed at. */
import type { DeadLetterRecord } from '../shared/domain/records';
import type { Service } from '../shared/runtime/service';
import { PEOPLE_GROUP, startPeopleWriter } from './people/start-people-writer';
import { replayDeadLetters } from './replay-dead-letters';
import { INGEST_GROUP } from './ingest-group';
import { startIngest } from './start-ingest';
import { AT, cookie, type Engines, event, eventually, openEngines, privacy } from './testing/engines';

let engines: Engines;
let services: Service[];

beforeAll(async () => {
  engines = await openEngines();
  await engines.lookups.setEpoch('test');
  services = [
    await startIngest({ ...engines.common(), lingerMs: 5 }),
    await startPeopleWriter({ ...engines.common(), lingerMs: 5 }),
  ];
});
afterAll(async () => {
  await Promise.all(services.map((service) => service.close()));
  await engines.close();
});

const newer = (record: object): string => JSON.stringify({ ...record, v: 2, added: 'later' });

it('a fact is put aside whole, and comes back once the reader is new', async () => {
  const record = newer(event({ identities: ['maid:newer'] }));
  await engines.append('events', record, event({ identities: ['maid:older'], publisher: 'older' }));
  await engines.settled(INGEST_GROUP, ['events']);
  expect(await engines.numbers(`SELECT count() FROM event_rows WHERE publisher = 'older'`)).toEqual([1]);
  await eventually(async () => (await engines.read('dead-letters')).length > 0);
  expect(await engines.read<DeadLetterRecord>('dead-letters')).toEqual([
    expect.objectContaining({ reason: 'unknown_version', source: 'events', record }),
  ]);
  const report = await replayDeadLetters({
    log: engines.log,
    claims: engines.lookups.claims,
    reason: 'unknown_version',
    now: () => AT,
  });
  expect(report).toMatchObject({ matched: { unknown_version: 1 }, replayed: 1, lost: 0 });
  const events = await engines.read<{ v: number }>('events');
  expect(events.filter(({ v }) => v === 2)).toEqual([JSON.parse(record), JSON.parse(record)]);
});

it('a choice is waited for: what came before it holds, what came after it comes after it', async () => {
  const [first, second] = [cookie('first'), cookie('second')];
  await engines.append('privacy', privacy('optout', AT, first));
  await engines.append(
    'privacy',
    newer(privacy('optout', AT, cookie('newer'))),
    privacy('optout', AT, second),
  );
  const isOut = async (identity: string) =>
    (await engines.lookups.identities.resolve([identity]))[0]?.optedOut ?? false;
  await eventually(() => isOut(first));
  // Long enough for the batch to have come again.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const [position] = await engines.log.positions(PEOPLE_GROUP, ['privacy']);
  expect(position).toMatchObject({ committed: 1, end: 3 });
  expect(await isOut(second)).toBe(false);
  expect(
    (await engines.read<DeadLetterRecord>('dead-letters')).filter(({ source }) => source === 'privacy'),
  ).toEqual([]);
});

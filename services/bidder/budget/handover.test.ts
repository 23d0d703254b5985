import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLmdbLookups } from '../../shared/stores/lookups/lmdb/open-lmdb-lookups';
import type { Lookups } from '../../shared/stores/lookups/lookups';
import { Handover } from './handover';
import type { Reservation } from './reservations';

let dir: string;
let lookups: Lookups;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'muster-handover-'));
  lookups = await openLmdbLookups({ dir });
});
afterEach(async () => {
  await lookups.close();
  await rm(dir, { recursive: true, force: true });
});

const processOf = (workerId: number): Handover => new Handover({ documents: lookups.documents, workerId });

function reservation(idPrefix: string, at: number): Reservation {
  return { idPrefix, sequence: 0, lineItemId: 'li', cost: 1, unitMicros: 1, at };
}

test('processes of one number that leave at a time each hand over theirs, and each is taken once', async () => {
  const left = Array.from({ length: 10 }, (_, i) => reservation(`${i}-`, 100 - i));
  const isLeft = await Promise.all(left.map((one) => processOf(0).leave([one])));
  expect(isLeft).toEqual(left.map(() => true));
  const taken = await Promise.all([0, 0, 0, 7].map((workerId) => processOf(workerId).take()));
  expect(taken.flat().sort((a, b) => a.at - b.at)).toEqual([...left].reverse());
  for (const share of taken) expect(share).toEqual([...share].sort((a, b) => a.at - b.at));
  expect(await processOf(0).take()).toEqual([]);
});

test('a place that was taken is free again', async () => {
  for (let at = 0; at < 200; at++) {
    expect(await processOf(3).leave([reservation('a-', at)])).toBe(true);
    expect(await processOf(1).take()).toEqual([reservation('a-', at)]);
  }
});

test('where every place is taken, nothing that was left before is lost', async () => {
  let places = 0;
  while (await processOf(0).leave([reservation('a-', places)])) places += 1;
  expect(places).toBeGreaterThan(10);
  expect(await processOf(5).take()).toHaveLength(places);
});

test('what a process of the release before left is taken by whoever starts', async () => {
  const body = Buffer.from(JSON.stringify([reservation('old-', 1)]));
  await lookups.documents.put('bidder-reservations:2', Date.UTC(2026, 0, 15), body);
  expect(await processOf(0).take()).toEqual([reservation('old-', 1)]);
  expect(await processOf(2).take()).toEqual([]);
});

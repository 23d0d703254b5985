import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BatchContext, Log } from '../log';
import { eventually, record, records, testTopics } from '../testing/log-harness';
import { GroupStore } from './group-store';
import { openFileLog } from './open-file-log';

let dir: string;
let log: Log;
let groups: GroupStore;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'muster-membership-'));
  log = await openFileLog({ dir, topics: testTopics });
  groups = new GroupStore(join(dir, 'groups'));
});

afterEach(async () => {
  await log.close();
  await rm(dir, { recursive: true, force: true });
});

function progress() {
  const found = groups.progress('readers', 'syncs', 0);
  if (!found) throw new Error('the group is not known');
  return found;
}

interface Hand {
  context: BatchContext;
  finish: () => void;
}

/** A consumer whose batches end when the test says so. */
async function consumeByHand() {
  const hands: Hand[] = [];
  const recording = await record(log, { topics: ['syncs'], maxRecords: 1 }, (_, context) => {
    return new Promise<void>((finish) => hands.push({ context, finish }));
  });
  return { hands, ...recording };
}

/** What another process does that takes this one for dead. */
async function takeOver(committed: number): Promise<void> {
  for (const member of groups.members('readers')) expect(await groups.removeMember(member)).toBe(true);
  expect(await groups.setProgress(progress(), { owner: 'another', committed })).toBe(true);
}

test('a partition taken by another is noticed by heartbeat and signal, and nothing is committed', async () => {
  await log.append('syncs', records('k', [0, 1, 2, 3]));
  const { hands, begun } = await consumeByHand();
  await eventually(() => hands.length === 1, 'the first batch');
  await hands[0]?.context.heartbeat();
  await takeOver(2);
  await expect(hands[0]?.context.heartbeat()).rejects.toThrow('lost');
  expect(hands[0]?.context.signal.aborted).toBe(true);
  hands[0]?.finish();
  // The other is no member, so the partition comes back, at the place the other left it.
  await eventually(() => hands.length === 2, 'the next batch');
  expect(begun[1]?.from).toBe(2);
  expect(progress().value.committed).toBe(2);
  hands.at(-1)?.finish();
  await eventually(() => hands.length === 3, 'the last batch');
  expect(begun[2]?.from).toBe(3);
  hands.at(-1)?.finish();
});

test('a commit after the partition was lost unnoticed changes nothing', async () => {
  await log.append('syncs', records('k', [0, 1, 2, 3]));
  const { hands, begun } = await consumeByHand();
  await eventually(() => hands.length === 1, 'the first batch');
  expect(await groups.setProgress(progress(), { owner: 'another', committed: 3 })).toBe(true);
  hands[0]?.finish();
  await eventually(() => hands.length === 2, 'the batch behind the other');
  expect(begun[1]?.from).toBe(3);
  hands.at(-1)?.finish();
});

test('a member that is silent for too long loses its partitions', async () => {
  const now = Date.now();
  await log.append('syncs', records('k', [0]));
  await groups.register('readers', 'syncs', 0, 0);
  const silent = { group: 'readers', topics: ['syncs' as const], joinedAt: now - 60_000, expiresAt: now - 1 };
  await groups.addMember({ id: 'silent', pid: process.pid, startedAt: '', ...silent });
  await groups.setProgress(progress(), { owner: 'silent' });
  const { hands } = await consumeByHand();
  await eventually(() => hands.length === 1, 'the batch');
  expect(groups.member('readers', 'silent')).toBeUndefined();
  hands[0]?.finish();
});

test('a group name that could be mistaken is refused', async () => {
  await expect(record(log, { group: 'a/b', topics: ['syncs'] })).rejects.toThrow('group name');
});

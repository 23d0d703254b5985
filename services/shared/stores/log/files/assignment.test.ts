import type { Topic } from '../../../domain/records';
import type { Member } from './group-store';
import { shallHold } from './assignment';

const member = (id: string, joinedAt: number, topics: Topic[]): Member => {
  return { id, joinedAt, topics, group: 'g', pid: 1, startedAt: '', expiresAt: 0 };
};

test('single-partition topics of a group all go to its oldest member', () => {
  const members = [member('a', 2, ['privacy', 'links']), member('b', 1, ['privacy', 'links'])];
  expect(shallHold(members, 'privacy', 0)).toBe('b');
  expect(shallHold(members, 'links', 0)).toBe('b');
});

test('partitions are shared out among those who want the topic', () => {
  const members = [member('a', 1, ['events']), member('b', 2, ['events', 'bids']), member('c', 3, ['bids'])];
  expect([0, 1, 2].map((p) => shallHold(members, 'events', p))).toEqual(['a', 'b', 'a']);
  expect([0, 1].map((p) => shallHold(members, 'bids', p))).toEqual(['b', 'c']);
  expect(shallHold(members, 'traits', 0)).toBeUndefined();
});

import type { Topic } from '../../../domain/records';
import type { Member } from './group-store';

/**
 * Who shall hold a partition: partition number modulo the members that want its topic, oldest member first. So
 * the same number of every topic goes to one member (a group over single-partition topics has one worker),
 * and a newcomer takes nothing from the oldest but what is its share. Every member computes the same.
 */
export function shallHold(members: Member[], topic: Topic, partition: number): string | undefined {
  const candidates = members.filter((member) => member.topics.includes(topic)).sort(byAge);
  return candidates[partition % candidates.length]?.id;
}

function byAge(a: Member, b: Member): number {
  return a.joinedAt - b.joinedAt || (a.id < b.id ? -1 : 1);
}

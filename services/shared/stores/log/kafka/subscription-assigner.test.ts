import { AssignerProtocol } from 'kafkajs';
import { subscriptionAssigner } from './subscription-assigner';

const assigner = subscriptionAssigner((topic) => (topic === 'events' ? 3 : 1));

async function assign(members: Record<string, string[]>) {
  const assigned = await assigner.assign({
    members: Object.entries(members).map(([memberId, topics]) => ({
      memberId,
      memberMetadata: assigner.protocol({ topics }).metadata,
    })),
    topics: [],
  });
  return Object.fromEntries(
    assigned.map(({ memberId, memberAssignment }) => [
      memberId,
      { ...AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment },
    ]),
  );
}

test('the same number of every topic goes to one member', async () => {
  expect(await assign({ b: ['events', 'syncs'], a: ['events', 'syncs'] })).toEqual({
    a: { events: [0, 2], syncs: [0] },
    b: { events: [1] },
  });
});

test('nobody is given a topic that it does not subscribe to', async () => {
  expect(await assign({ a: ['syncs'], b: ['events'], c: ['links'] })).toEqual({
    a: { syncs: [0] },
    b: { events: [0, 1, 2] },
    c: { links: [0] },
  });
});

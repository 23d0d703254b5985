import { eventPairs } from './emit-links';

describe('the identities of one event are linked', () => {
  it('each to the first', () => {
    expect(eventPairs(['maid:a', 'email:b', 'phone:c', 'maid:a'])).toEqual([
      { kind: 'event', a: 'maid:a', b: 'email:b' },
      { kind: 'event', a: 'maid:a', b: 'phone:c' },
    ]);
  });

  it('to the cookie where there is one, whose partner’s ids may move on', () => {
    expect(eventPairs(['partner:p:1', 'cookie:c', 'email:b'])).toEqual([
      { kind: 'partner', a: 'partner:p:1', b: 'cookie:c' },
      { kind: 'event', a: 'cookie:c', b: 'email:b' },
    ]);
  });

  it('a single one to nothing', () => {
    expect(eventPairs(['cookie:c', 'cookie:c'])).toEqual([]);
  });
});

import fc from 'fast-check';
import { evaluate, type Clause, type State } from './evaluate';

const leaf = (number: number): Clause => ({ op: 'leaf', leaf: number });
const states: State[] = [
  { holds: true, until: 10 },
  { holds: true, until: 20 },
  { holds: false, until: 30 },
  { holds: false, until: Infinity },
];
const of = (clause: Clause): State => evaluate(clause, (number) => states[number] as State);

describe('evaluate', () => {
  it.each<[string, Clause, State]>([
    [
      'all that holds ends with its first part',
      { op: 'all', of: [leaf(0), leaf(1)] },
      { holds: true, until: 10 },
    ],
    [
      'all that does not lasts as long as any part that does not',
      { op: 'all', of: [leaf(0), leaf(2), leaf(3)] },
      { holds: false, until: Infinity },
    ],
    [
      'any that holds lasts as long as any part that does',
      { op: 'any', of: [leaf(0), leaf(1), leaf(2)] },
      { holds: true, until: 20 },
    ],
    [
      'any that does not ends with its first part',
      { op: 'any', of: [leaf(2), leaf(3)] },
      { holds: false, until: 30 },
    ],
    ['not turns and lasts as long', { op: 'not', of: leaf(2) }, { holds: true, until: 30 }],
  ])('%s', (_, clause, expected) => {
    expect(of(clause)).toEqual(expected);
  });

  it('never promises longer than the truth lasts, whatever its parts do at their ends', () => {
    const state = fc.record({ holds: fc.boolean(), until: fc.integer({ min: 1, max: 6 }) });
    const { clause } = fc.letrec<{ clause: Clause }>((tie) => ({
      clause: fc.oneof(
        { maxDepth: 3, depthSize: 'small' },
        fc.nat(3).map(leaf),
        tie('clause').map((part): Clause => ({ op: 'not', of: part })),
        fc
          .tuple(
            fc.constantFrom('all' as const, 'any' as const),
            fc.array(tie('clause'), { minLength: 1, maxLength: 3 }),
          )
          .map(([op, parts]): Clause => ({ op, of: parts })),
      ),
    }));
    // A leaf turns at its `until` and stays so: one of the ways in which the future may go, for each leaf or not.
    const turns = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(clause, fc.array(state, { minLength: 4, maxLength: 4 }), turns, (rule, leaves, turning) => {
        const now = evaluate(rule, (number) => leaves[number] as State);
        for (let at = 0; at < now.until; at += 1) {
          if (at > 6) break;
          const then = evaluate(rule, (number) => {
            const { holds, until } = leaves[number] as State;
            return { holds: at >= until && turning[number] === true ? !holds : holds, until: 99 };
          });
          expect(then.holds).toBe(now.holds);
        }
      }),
    );
  });
});

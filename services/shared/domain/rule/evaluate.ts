/** A rule as an expression over numbered leaves. */
export type Clause =
  { op: 'all' | 'any'; of: readonly Clause[] } | { op: 'not'; of: Clause } | { op: 'leaf'; leaf: number };

/** A truth about a person and how long it surely lasts without news. */
export interface State {
  holds: boolean;
  /** Epoch ms from which it may differ, exclusive end; Infinity: never without news. */
  until: number;
}

/** The rule's algebra on the states of its leaves. */
export function evaluate(clause: Clause, stateOf: (leaf: number) => State): State {
  switch (clause.op) {
    case 'leaf':
      return stateOf(clause.leaf);
    case 'not': {
      const { holds, until } = evaluate(clause.of, stateOf);
      return { holds: !holds, until };
    }
    case 'all':
    case 'any': {
      // One part decides an `any` that holds and an `all` that does not: it lasts as long as any such part.
      // The opposite needs every part.
      const decisive = clause.op === 'any';
      let decided = -Infinity;
      let every = Infinity;
      for (const part of clause.of) {
        const { holds, until } = evaluate(part, stateOf);
        if (holds === decisive) decided = Math.max(decided, until);
        else every = Math.min(every, until);
      }
      return decided === -Infinity ? { holds: !decisive, until: every } : { holds: decisive, until: decided };
    }
  }
}

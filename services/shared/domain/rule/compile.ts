import { crossingsSql, type CrossingsOptions } from './crossings';
import { evaluate, type Clause, type State } from './evaluate';
import type { Rule } from './language';
import { leafOf, type Leaf } from './leaf';
import { candidatesSql, membersSql, sizeSql, type CandidatesOptions } from './members-sql';
import { leavesAffectedBy, type Change } from './references';
import { statesQueries, type Person, type StatesQuery } from './states-sql';
import { leafText } from './text';

export interface CompileOptions {
  /** Database of the lake's tables. */
  database: string;
}

/** Compiles one expanded rule (`expandAudiences`); throws when an audience is left in it. */
export function compileRule(rule: Rule, options: CompileOptions): CompiledRule {
  const [compiled] = compileRules([rule], options).rules;
  if (compiled === undefined) throw new Error('one rule in, one out');
  return compiled;
}

/** Compiles rules together: equal leaves are one, and asked once. */
export function compileRules(rules: readonly Rule[], options: CompileOptions): CompiledRules {
  const leaves = new LeafTable();
  const clauses = rules.map((rule) => leaves.clauseOf(rule));
  return new CompiledRules(leaves.leaves, clauses, options.database);
}

/** Rules over one table of distinct leaves. A leaf's number is its place in `leaves`. */
export class CompiledRules {
  readonly rules: readonly CompiledRule[];

  constructor(
    readonly leaves: readonly Leaf[],
    clauses: readonly Clause[],
    private readonly database: string,
  ) {
    this.rules = clauses.map((clause) => new CompiledRule(leaves, clause, database));
  }

  /**
   * Queries for the states of all leaves at `at` for a few people, given with all their identity numbers:
   * about `STATES_PEOPLE_MAX` identities at a time. Feed their rows to `StateTable`.
   */
  statesQueries(options: { at: number; people: readonly Person[] }): StatesQuery[] {
    return statesQueries({ leaves: this.leaves, database: this.database, ...options });
  }

  /**
   * Rows (iid, event, trait) of what may have changed for whom because time went on: from < T ≤ to.
   * Undefined when no leaf can change so. `unseen`: see `CrossingsOptions`.
   */
  crossingsSql(options: Pick<CrossingsOptions, 'from' | 'to' | 'unseen'>): string | undefined {
    return crossingsSql({ leaves: this.leaves, database: this.database, ...options });
  }
}

/** One rule: an expression over leaves. */
export class CompiledRule {
  constructor(
    /** The table that the clause's numbers point into; it may hold more leaves than this rule uses. */
    readonly leaves: readonly Leaf[],
    readonly clause: Clause,
    private readonly database: string,
  ) {}

  /** One row, one column `members`: the bitmap of everybody known, not opted out, for whom the rule holds at `at`. */
  membersSql(options: { at: number }): string {
    return membersSql({ ...options, leaves: this.leaves, clause: this.clause, database: this.database });
  }

  /** One row, one column `size`. */
  sizeSql(options: { at: number }): string {
    return sizeSql(this.membersSql(options));
  }

  /** Rows `uid`, ascending: whose stored membership differs from the rule. */
  candidatesSql(options: { at: number } & Omit<CandidatesOptions, 'database' | 'members'>): string {
    return candidatesSql({ ...options, database: this.database, members: this.membersSql(options) });
  }

  /** Truth and how long it lasts, from the states of the leaves. Says nothing of opt-outs. */
  evaluate(stateOf: (leaf: number) => State): State {
    return evaluate(this.clause, stateOf);
  }

  affectedBy(change: Change): boolean {
    return leavesAffectedBy(
      leafNumbers(this.clause).map((number) => leafAt(this.leaves, number)),
      change,
    );
  }
}

/** The leaves a clause uses, each once. */
export function leafNumbers(clause: Clause): number[] {
  switch (clause.op) {
    case 'leaf':
      return [clause.leaf];
    case 'not':
      return leafNumbers(clause.of);
    case 'all':
    case 'any':
      return [...new Set(clause.of.flatMap(leafNumbers))];
  }
}

export function leafAt(leaves: readonly Leaf[], number: number): Leaf {
  const leaf = leaves[number];
  if (leaf === undefined) throw new Error(`there is no leaf ${number}`);
  return leaf;
}

class LeafTable {
  readonly leaves: Leaf[] = [];
  private readonly numbers = new Map<string, number>();

  clauseOf(rule: Rule): Clause {
    if ('all' in rule) return { op: 'all', of: rule.all.map((part) => this.clauseOf(part)) };
    if ('any' in rule) return { op: 'any', of: rule.any.map((part) => this.clauseOf(part)) };
    if ('not' in rule) return { op: 'not', of: this.clauseOf(rule.not) };
    if ('audience' in rule) throw new Error(`audience ${rule.audience} was not expanded`);
    return { op: 'leaf', leaf: this.numberOf(leafOf(rule)) };
  }

  private numberOf(leaf: Leaf): number {
    const key = leafText(leaf);
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    this.numbers.set(key, this.leaves.push(leaf) - 1);
    return this.leaves.length - 1;
  }
}

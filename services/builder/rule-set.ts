import type { ChangeRecord } from '../shared/domain/records';
import { compileRules, type CompiledRule, type CompiledRules } from '../shared/domain/rule/compile';
import { expandAudiences } from '../shared/domain/rule/expand';
import type { Rule } from '../shared/domain/rule/language';
import { ruleProviders } from '../shared/domain/rule/references';
import type { RulesSnapshot } from '../shared/domain/snapshot';

export interface ActiveAudience {
  id: string;
  number: number;
  version: number;
  /** With the rules of the audiences it names put in their places. */
  rule: Rule;
  /** Whose traits it asks for. */
  providers: string[];
  /** Equal for rules that mean the same to the compiler. */
  key: string;
  compiled: CompiledRule;
}

export interface RuleSetFault {
  number: number;
  message: string;
}

/** Compiled sets of rules that are kept: what a second of news affects is often what the last one did. */
const CACHE_SIZE = 32;

/** The audiences in force, compiled together. Immutable: a change of the catalog makes a new one. */
export class RuleSet {
  readonly numbers: ReadonlySet<number>;
  private readonly cache = new Map<string, CompiledRules>();

  private constructor(
    readonly byNumber: ReadonlyMap<number, ActiveAudience>,
    /** Versions that cannot be built, and why. */
    readonly faults: readonly RuleSetFault[],
    private readonly everything: CompiledRules,
    private readonly database: string,
  ) {
    this.numbers = new Set(byNumber.keys());
  }

  static empty(): RuleSet {
    return RuleSet.compile({ audiences: [] }, 'muster');
  }

  static compile(snapshot: RulesSnapshot, database: string): RuleSet {
    const written = new Map(snapshot.audiences.map((audience) => [audience.id, audience.rule]));
    const faults: RuleSetFault[] = [];
    const expanded = snapshot.audiences.flatMap(({ id, number, version, rule }) => {
      const result = expandAudiences(rule, { lookup: (other) => written.get(other), self: id });
      if (result.ok) {
        const { rule: whole } = result;
        return [
          { id, number, version, rule: whole, providers: ruleProviders(whole), key: JSON.stringify(whole) },
        ];
      }
      faults.push({ number, message: `${result.fault.path}: ${result.fault.message}` });
      return [];
    });
    const everything = compileRules(
      expanded.map((audience) => audience.rule),
      { database },
    );
    const byNumber = new Map<number, ActiveAudience>();
    expanded.forEach((audience, i) => {
      const compiled = everything.rules[i];
      if (compiled) byNumber.set(audience.number, { ...audience, compiled });
    });
    return new RuleSet(byNumber, faults, everything, database);
  }

  /** Audiences that any of these changes can make a difference to. */
  affectedBy(changes: readonly Pick<ChangeRecord, 'events' | 'traits' | 'people'>[]): ActiveAudience[] {
    const change = {
      events: [...new Set(changes.flatMap((c) => c.events))],
      traits: [...new Set(changes.flatMap((c) => c.traits))],
      people: changes.some((c) => c.people),
    };
    return [...this.byNumber.values()].filter((audience) => audience.compiled.affectedBy(change));
  }

  /** Rows (iid, event, trait) of what changed because time went on; undefined when nothing here looks at time. */
  crossingsSql(from: number, to: number, unseen: boolean): string | undefined {
    return this.everything.crossingsSql({ from, to, unseen });
  }

  /** Some audiences over a table of just their leaves, so that no more is asked than they need. */
  together(audiences: readonly ActiveAudience[]): CompiledRules {
    if (audiences.length === this.byNumber.size) return this.everything;
    const key = audiences.map((audience) => audience.number).join();
    const cached = this.cache.get(key);
    if (cached) return cached;
    const compiled = compileRules(
      audiences.map((audience) => audience.rule),
      { database: this.database },
    );
    const [oldest] = this.cache.keys();
    if (this.cache.size >= CACHE_SIZE && oldest !== undefined) this.cache.delete(oldest);
    this.cache.set(key, compiled);
    return compiled;
  }
}

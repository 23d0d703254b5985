import type { ResourceReaders } from '../../shared/stores/catalog/catalog';
import type { Caller } from '../auth/callers';

/** Whose rule it is and what it may name. */
export interface RuleContext {
  caller: Caller;
  resources: ResourceReaders;
  /**
   * Whose the rule is: it may use the house's audiences (`null`) and its owner's. Undefined: nobody's, it is asked about
   * and not kept, by somebody who sees all.
   */
  ownerId: string | null | undefined;
  /** Id of the audience it belongs to: no rule may lead back to it. */
  self?: string;
  /** What the rule before this one referred to. */
  previousRefs?: readonly string[];
}

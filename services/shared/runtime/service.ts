/** What composition knows of a running service. */
export interface Service {
  /** What is lacking before it can do its whole job, in words for an operator; empty: ready. */
  missing(): string[] | Promise<string[]>;
  /** Stops taking on work, finishes what is in hand, frees what it holds. Safe to call twice. */
  close(): Promise<void>;
}

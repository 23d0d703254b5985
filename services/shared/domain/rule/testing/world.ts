/** A small population with everything a rule can speak of, as plain data: for the oracle and for the engine. */
import type { IdentityKind } from '../../identity';

export interface World {
  /** The present, epoch ms. Rows dated later were received before. */
  now: number;
  /** Sets of identities; a person's number is the smallest of theirs. */
  people: { identities: { iid: number; kind: IdentityKind }[] }[];
  events: WorldEvent[];
  traits: WorldTrait[];
  choices: { iid: number; at: number; optedOut: boolean }[];
}

export interface WorldEvent {
  iid: number;
  type: string;
  at: number;
  url?: string;
  domain?: string;
  path?: string;
  category?: string;
  sku?: string;
  publisher?: string;
  currency?: string;
  /** Decimal text, at most 6 places. */
  value?: string;
  properties?: Record<string, unknown>;
}

export interface WorldTrait {
  iid: number;
  provider: string;
  code: string;
  at: number;
  op: 'set' | 'unset';
  /** Only of a set: a decimal text in `number`, or free text. */
  value?: { number: string } | { text: string };
  ttlMs: number;
}

export function uidOf(person: World['people'][number]): number {
  return Math.min(...person.identities.map(({ iid }) => iid));
}

/**
 * Versions of the log's records, side by side. A release reads every version up to its own; of a rolling upgrade it
 * meets the next one too, and knows it by its number. A field that may be absent, and that an older reader may overlook,
 * needs no new version; anything else does.
 */
import type { LogRecord } from './records';

type Fields = Readonly<Record<string, unknown>>;

/** What a record says in the next version: fields that were added, with what their absence meant. */
export type RecordUpgrade = (record: Fields) => Fields;

/** By type, from version 1 on: the first makes version 2 of version 1, and so on. */
export type RecordUpgrades = Readonly<Record<string, readonly RecordUpgrade[]>>;

export const RECORD_UPGRADES: Readonly<Record<LogRecord['type'], readonly RecordUpgrade[]>> = {
  event: [],
  trait: [],
  sync: [],
  optout: [],
  optin: [],
  link: [],
  change: [],
  bid: [],
  request: [],
  notice: [],
  'dead-letter': [],
};

export type CurrentRecord =
  | { ok: true; record: unknown }
  /** Written by a newer release. Not to be guessed at, and not to be lost. */
  | { ok: false; type: string; version: number; known: number };

/** A record as this release would have written it. What has no type or no version that we know of is left as it is. */
export function toCurrentVersion(record: unknown, upgrades: RecordUpgrades = RECORD_UPGRADES): CurrentRecord {
  const { type, v } = (typeof record === 'object' && record !== null ? record : {}) as Fields;
  const steps = typeof type === 'string' && Object.hasOwn(upgrades, type) ? upgrades[type] : undefined;
  if (steps === undefined || typeof type !== 'string' || !isVersion(v)) return { ok: true, record };
  const known = steps.length + 1;
  if (v > known) return { ok: false, type, version: v, known };
  const current = steps
    .slice(v - 1)
    .reduce<Fields>((older, upgrade, i) => ({ ...upgrade(older), v: v + i + 1 }), record as Fields);
  return { ok: true, record: current };
}

function isVersion(v: unknown): v is number {
  return typeof v === 'number' && Number.isSafeInteger(v) && v >= 1;
}

/** For people: what there is to do about a record of a newer release. */
export function newerVersionText({ type, version, known }: Extract<CurrentRecord, { ok: false }>): string {
  return `v: a record of type ${type} is of version ${version}, this release reads up to ${known}; upgrade it`;
}

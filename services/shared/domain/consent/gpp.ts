import { Base64Url } from '@iabtcf/core';
import { GppModel, Sections } from '@iabgpp/cmpapi';
import { CONSENT, type ConsentBits } from './bits';
import { gppSectionIds } from './gpp-header';
import { Memo } from '../memo';

/** What one section of a GPP string says. */
export type GppVerdict =
  | { kind: 'tcf'; text: string }
  /** US sections: opted out of sale, sharing or targeted advertising, or said not to. */
  | { kind: 'opt-out' | 'opted-in' }
  /** TCF Canada: what its purposes allow. */
  | { kind: 'bits'; bits: ConsentBits };

/** Section id → what it says. Unreadable sections and those that say nothing are left out. */
export type GppSections = ReadonlyMap<number, GppVerdict>;

export const GPP_TCF_EU = 2;
const GPP_TCF_CA = 5;
const GPP_USP = 6;
const LENGTH_MAX = 16_384;
const MEMO_CHARS_MAX = 4_000_000;
/** Usual in all US sections: 0 not applicable, 1 opted out, 2 did not. Not every state has each. */
const OPT_OUT_FIELDS = ['SaleOptOut', 'SharingOptOut', 'TargetedAdvertisingOptOut'];
/** Likewise 1: a known child without consent. One number or a list by age. */
const KNOWN_CHILD_FIELD = 'KnownChildSensitiveDataConsents';
const NOTHING: GppSections = new Map();

const memo = new Memo(decode, MEMO_CHARS_MAX);

/**
 * Decodes a GPP string (IAB Global Privacy Protocol v1), each section by itself, so that one unreadable
 * section hides no opt-out in another. Never throws: an unreadable string has no sections. Results are
 * remembered.
 */
export function gppSections(text: string): GppSections {
  return memo.get(text);
}

function decode(text: string): GppSections {
  if (text.length > LENGTH_MAX) return NOTHING;
  // A bare TC string, which begins with a C, is a GPP string of that one section.
  if (text.startsWith('C')) return new Map([[GPP_TCF_EU, { kind: 'tcf', text }]]);
  const [header = '', ...sections] = text.split('~');
  const ids = readable(() => gppSectionIds(header)) ?? [];
  if (ids.length !== sections.length) return NOTHING;
  const verdicts = new Map<number, GppVerdict>();
  ids.forEach((id, index) => {
    const verdict = readable(() => verdictOf(id, sections[index] ?? ''));
    if (verdict !== undefined) verdicts.set(id, verdict);
  });
  return verdicts;
}

function verdictOf(id: number, section: string): GppVerdict | undefined {
  if (section === '') return undefined;
  // Decoded by tcf.ts, which guards the decoder against long ranges.
  if (id === GPP_TCF_EU) return { kind: 'tcf', text: section };
  if (id === GPP_TCF_CA) return { kind: 'bits', bits: canada(section) };
  if (!Sections.SECTION_ID_NAME_MAP.has(id)) return undefined;
  const model = new GppModel();
  model.decodeSectionById(id, section);
  return id === GPP_USP ? usp(model) : usSection(model, id);
}

function usp(model: GppModel): GppVerdict | undefined {
  const sale: unknown = model.getFieldValueBySectionId(GPP_USP, 'OptOutSale');
  return sale === 'Y' ? { kind: 'opt-out' } : sale === 'N' ? { kind: 'opted-in' } : undefined;
}

function usSection(model: GppModel, id: number): GppVerdict | undefined {
  const field = (name: string): unknown =>
    model.hasFieldBySectionId(id, name) ? model.getFieldValueBySectionId(id, name) : undefined;
  const choices = OPT_OUT_FIELDS.map(field);
  const optOut =
    choices.includes(1) || field('Gpc') === true || [field(KNOWN_CHILD_FIELD)].flat().includes(1);
  return optOut ? { kind: 'opt-out' } : choices.includes(2) ? { kind: 'opted-in' } : undefined;
}

/** Bits in front of the purposes with express consent; those with implied consent follow. */
const CANADA_PURPOSES_AT = 151;
const PURPOSES = 24;

/**
 * TCF Canada v1, core segment: a purpose is allowed by express or implied consent. Read by hand: the IAB's
 * decoder would expand vendor ranges without bound, and our vendor's id there is not configured.
 */
function canada(section: string): ConsentBits {
  const bits = Base64Url.decode(section.split('.')[0] ?? '');
  if (bits.length < CANADA_PURPOSES_AT + 2 * PURPOSES) throw new RangeError('the section ends too early');
  const allowed = (purpose: number): boolean =>
    bits[CANADA_PURPOSES_AT + purpose - 1] === '1' ||
    bits[CANADA_PURPOSES_AT + PURPOSES + purpose - 1] === '1';
  return (
    (allowed(1) ? CONSENT.storage : 0) |
    (allowed(1) && allowed(3) ? CONSENT.profile : 0) |
    (allowed(1) && allowed(3) && allowed(4) ? CONSENT.personalisation : 0) |
    (allowed(7) ? CONSENT.measurement : 0)
  );
}

/** The decoders throw their own errors, and plain TypeErrors on what they do not expect: all mean unreadable. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

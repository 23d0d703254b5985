import { isUtf8 } from 'node:buffer';
import type { ConsentOptions } from '../../shared/domain/consent/decide';
import { parseIdentity } from '../../shared/domain/identity';
import { parseDecimal } from '../../shared/domain/money';
import type { TraitRecord } from '../../shared/domain/records';
import { DAY_MS, parseDuration } from '../../shared/domain/time';
import { parseAt } from '../at';
import type { EdgeProvider } from '../edge/edge-index';
import { parseText } from '../fields';
import { isObject, parsed, rejected, type Parsed } from '../parsed';
import { parseStatedConsent } from '../stated-consent';

export interface RecordRules {
  importId: string;
  provider: EdgeProvider;
  retentionMs: number;
  /** With the provider's own vendor id. */
  consent: ConsentOptions;
}

/** What a trait holds for when neither the record nor the trait says. */
const TTL_DEFAULT_MS = 30 * DAY_MS;
export const TEXT_LENGTH_MAX = 1_024;

/** One line of a provider's records. `null` counts as absent, unknown fields are left out. Never throws. */
export function parseRecord(
  bytes: Buffer,
  line: number,
  rules: RecordRules,
  nowMs: number,
): Parsed<TraitRecord> {
  if (!isUtf8(bytes)) return rejected('invalid_utf8', 'the line is not UTF-8');
  const json = parseJson(bytes.toString('utf8'));
  if (!json.ok) return json;
  const fields = json.value;
  if (!isObject(fields)) return rejected('invalid_json', 'a line is a JSON object');
  for (const name of ['id', 'trait', 'at']) {
    if (fields[name] === undefined || fields[name] === null)
      return rejected('missing_field', `${name} is missing`);
  }
  if (typeof fields.id !== 'string') return rejected('invalid_identity', 'id is not text');
  const identity = parseIdentity(fields.id);
  if (!identity.ok) return rejected(identity.code, `id: ${identity.message}`);
  const trait = typeof fields.trait === 'string' ? rules.provider.traits.get(fields.trait) : undefined;
  if (trait === undefined) return rejected('unknown_trait', "trait is not in the provider's taxonomy");
  const at = parseAt(fields.at, nowMs, rules.retentionMs);
  if (!at.ok) return at;
  const op = fields.op ?? 'set';
  if (op !== 'set' && op !== 'unset') return rejected('invalid_field', 'op is set or unset');
  const ttlMs = parseTtl(op === 'set' ? fields.ttl : undefined, trait.ttlMs ?? TTL_DEFAULT_MS);
  if (!ttlMs.ok) return ttlMs;
  const value = parseTraitValue(op === 'set' ? fields.value : undefined);
  if (!value.ok) return value;
  const consent = parseStatedConsent(fields.consent, rules.consent);
  if (!consent.ok) return consent;
  return parsed({
    v: 1,
    type: 'trait',
    importId: rules.importId,
    line,
    provider: rules.provider.id,
    identity: identity.identity.text,
    trait: fields.trait as string,
    op,
    at: at.value,
    receivedAt: nowMs,
    ttlMs: ttlMs.value,
    ...value.value,
    consent: consent.value,
  });
}

function parseJson(text: string): Parsed<unknown> {
  try {
    return parsed<unknown>(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return rejected('invalid_json', error.message);
  }
}

function parseTtl(ttl: unknown, otherwiseMs: number): Parsed<number> {
  if (ttl === undefined || ttl === null) return parsed(otherwiseMs);
  const ms = typeof ttl === 'string' ? parseDuration(ttl) : null;
  return ms === null ? rejected('invalid_field', 'ttl is a duration of 1m to 400d') : parsed(ms);
}

/** A number is a Decimal(18,6); text stays text even where it looks like a number. */
function parseTraitValue(value: unknown): Parsed<{ number?: string; text?: string }> {
  if (value === undefined || value === null) return parsed({});
  if (typeof value === 'number') {
    const decimal = parseDecimal(value);
    return decimal.ok
      ? parsed({ number: decimal.text })
      : rejected('invalid_field', `value ${decimal.message}`);
  }
  const text = typeof value === 'string' ? parseText(value, TEXT_LENGTH_MAX) : undefined;
  if (text === undefined) {
    return rejected('invalid_field', `value is a number or text of at most ${TEXT_LENGTH_MAX} characters`);
  }
  return parsed({ text });
}

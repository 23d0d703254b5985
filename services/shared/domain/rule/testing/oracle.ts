/**
 * What a rule means, naively: written from the language's sentences word for word and from nothing else, one person and
 * one record at a time. It shares no code with the compiler, so that the two can disagree.
 */
import type { Compare, EventRule, Rule, Scalar, TraitRule } from '../language';
import { uidOf, type World, type WorldEvent, type WorldTrait } from './world';

/** Numbers of all known people, not opted out, for whom the rule holds at `at`. */
export function oracleMembers(world: World, rule: Rule, at: number): number[] {
  return world.people
    .filter((person) => !isOptedOut(world, person) && oracleHolds(world, person, rule, at))
    .map(uidOf)
    .sort((a, b) => a - b);
}

/** The rule for one person, whatever they chose. */
export function oracleHolds(world: World, person: World['people'][number], rule: Rule, at: number): boolean {
  const iids = new Set(person.identities.map(({ iid }) => iid));
  const facts = {
    kinds: new Set<string>(person.identities.map(({ kind }) => kind)),
    events: world.events.filter((event) => iids.has(event.iid)),
    traits: world.traits.filter((trait) => iids.has(trait.iid)),
  };
  const holds = (part: Rule): boolean => {
    if ('all' in part) return part.all.every(holds);
    if ('any' in part) return part.any.some(holds);
    if ('not' in part) return !holds(part.not);
    if ('identity' in part) return facts.kinds.has(part.identity);
    if ('trait' in part) return holdsTrait(facts.traits, part, at);
    if ('event' in part) return didEvent(facts.events, part, at);
    throw new Error('audiences are expanded first');
  };
  return holds(rule);
}

function isOptedOut(world: World, person: World['people'][number]): boolean {
  const iids = person.identities.map(({ iid }) => iid);
  let newest: { at: number; optedOut: boolean } | undefined;
  for (const choice of world.choices) {
    if (!iids.includes(choice.iid)) continue;
    if (newest === undefined || choice.at > newest.at) newest = choice;
    else if (choice.at === newest.at && choice.optedOut) newest = choice;
  }
  return newest?.optedOut ?? false;
}

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
function lengthOf(duration: string): number {
  return Number(duration.slice(0, -1)) * (UNITS[duration.slice(-1)] ?? NaN);
}

function inWindow(t: number, at: number, within: string | undefined): boolean {
  return t <= at && (within === undefined || t > at - lengthOf(within));
}

function holdsTrait(traits: readonly WorldTrait[], rule: TraitRule, at: number): boolean {
  const provider = rule.trait.split('/')[0];
  const code = rule.trait.slice(rule.trait.indexOf('/') + 1);
  const codes = code.endsWith('*')
    ? [...new Set(traits.map((trait) => trait.code))].filter(
        (each) => each.startsWith(code.slice(0, -1)) && each !== code.slice(0, -1),
      )
    : [code];
  return codes.some((each) => {
    const records = traits.filter(
      (trait) => trait.provider === provider && trait.code === each && trait.at <= at,
    );
    const [latest] = records.sort(newestFirst);
    if (latest === undefined || latest.op === 'unset') return false;
    if (at >= latest.at + latest.ttlMs) return false;
    if (!inWindow(latest.at, at, rule.within)) return false;
    return rule.value === undefined || satisfies(traitValue(latest), rule.value);
  });
}

function newestFirst(a: WorldTrait, b: WorldTrait): number {
  if (a.at !== b.at) return b.at - a.at;
  if (a.op !== b.op) return a.op === 'unset' ? -1 : 1;
  const [x, y] = [traitValue(a), traitValue(b)];
  const rank = (value: Value): number => (value === undefined ? 0 : typeof value === 'string' ? 2 : 1);
  if (rank(x) !== rank(y)) return rank(y) - rank(x);
  if (x !== undefined && y !== undefined && compareValues(x, y) !== 0) return -(compareValues(x, y) ?? 0);
  return b.ttlMs - a.ttlMs;
}

function didEvent(events: readonly WorldEvent[], rule: EventRule, at: number): boolean {
  const matching = events.filter(
    (event) =>
      event.type === rule.event &&
      inWindow(event.at, at, rule.within) &&
      Object.entries(rule.where ?? {}).every(([field, wanted]) => {
        const value = fieldOf(event, field);
        if (Array.isArray(wanted)) return satisfies(value, { in: wanted as (string | number)[] });
        if (typeof wanted === 'object') return satisfies(value, wanted);
        return satisfies(value, { eq: wanted as string | number });
      }),
  );
  const days = new Set(matching.map((event) => new Date(event.at).toISOString().slice(0, 10)));
  const sum = matching.reduce((total, event) => total + micro(event.value ?? '0'), 0n);
  const needsCount = rule.count === undefined && rule.days === undefined && rule.sum === undefined;
  const count = rule.count ?? (needsCount ? { gte: 1 } : undefined);
  if (count !== undefined && !satisfies(decimal(String(matching.length)), count)) return false;
  if (rule.days !== undefined && !satisfies(decimal(String(days.size)), rule.days)) return false;
  if (rule.sum === undefined) return true;
  const compare = Object.entries(rule.sum).filter(([op]) => op !== 'field');
  const numeric = Object.fromEntries(compare.map(([op, operand]) => [op, asNumbers(operand as Scalar)]));
  return satisfies({ scaled: sum * 10n ** 24n }, numeric);
}

/** Decimal text in a sum's threshold means the number. */
function asNumbers(operand: Scalar | Scalar[]): unknown {
  if (Array.isArray(operand)) return operand.map((each) => asNumbers(each));
  return typeof operand === 'string' ? decimal(operand) : operand;
}

/** A decimal as an integer scaled by 10^30; text and truth values as they are; undefined is absent. */
type Value = { scaled: bigint } | { double: number } | string | boolean | object | undefined;

function decimal(text: string): { scaled: bigint } {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const negative = mantissa.startsWith('-');
  const [integer = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const power = 30 + Number(exponent) - fraction.length;
  if (power < 0) throw new Error('the oracle wants fewer digits');
  const scaled = BigInt(integer + fraction) * 10n ** BigInt(power);
  return { scaled: negative ? -scaled : scaled };
}

function micro(text: string): bigint {
  return decimal(text).scaled / 10n ** 24n;
}

function fieldOf(event: WorldEvent, field: string): Value {
  if (field === 'value') return event.value === undefined ? undefined : decimal(event.value);
  if (field.startsWith('properties.')) {
    const key = field.slice('properties.'.length);
    let found: unknown = event.properties?.[key];
    if (found === undefined || found === null) {
      found = event.properties;
      for (const step of key.split('.')) {
        const inside = typeof found === 'object' && found !== null && !Array.isArray(found);
        found = inside ? (found as Record<string, unknown>)[step] : undefined;
      }
    }
    if (found === null || found === undefined) return undefined;
    return typeof found === 'number' ? { double: found } : found;
  }
  const text = event[field as 'url'];
  return text === '' ? undefined : text;
}

function traitValue(trait: WorldTrait): Value {
  if (trait.value === undefined) return undefined;
  return 'number' in trait.value ? decimal(trait.value.number) : trait.value.text;
}

function satisfies(value: Value, compare: Compare): boolean {
  if (value === undefined) return false;
  return Object.entries(compare).every(([op, operand]) => {
    if (op === 'in')
      return (operand as unknown[]).some((each) => compareValues(value, wantedValue(each)) === 0);
    const order = compareValues(value, wantedValue(operand));
    switch (op) {
      case 'eq':
        return order === 0;
      case 'ne':
        return order !== 0;
      case 'gt':
        return order !== undefined && order > 0;
      case 'gte':
        return order !== undefined && order >= 0;
      case 'lt':
        return order !== undefined && order < 0;
      case 'lte':
        return order !== undefined && order <= 0;
      default:
        throw new Error(op);
    }
  });
}

function wantedValue(operand: unknown): Value {
  return typeof operand === 'number' ? decimal(String(operand)) : (operand as Value);
}

/** Undefined: not comparable, and so neither equal. */
function compareValues(a: Value, b: Value): number | undefined {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (typeof a === 'boolean' || typeof b === 'boolean') return a === b ? 0 : undefined;
  const [x, y] = [numeric(a), numeric(b)];
  if (x === undefined || y === undefined) return undefined;
  return x < y ? -1 : x > y ? 1 : 0;
}

function numeric(value: Value): bigint | undefined {
  if (typeof value !== 'object') return undefined;
  if ('scaled' in value) return value.scaled;
  return 'double' in value && typeof value.double === 'number'
    ? decimal(String(value.double)).scaled
    : undefined;
}

/** Every time at which anything about the world may change a rule, for tests that look between them. */
export function momentsOf(world: World, withins: readonly string[]): number[] {
  const lengths = withins.map(lengthOf);
  const moments = new Set<number>();
  for (const { at } of [...world.events, ...world.traits]) {
    moments.add(at);
    for (const length of lengths) moments.add(at + length);
  }
  for (const trait of world.traits) moments.add(trait.at + trait.ttlMs);
  return [...moments].sort((a, b) => a - b);
}

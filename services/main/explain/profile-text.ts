/** What `GET /v1/profiles/{identity}` answers, as far as it is shown. */
export interface Profile {
  uid: number;
  optedOut: boolean;
  identities: string[];
  traits: { trait: string; value: string | null; at: string; expiresAt: string }[];
  events: { type: string; at: string; [field: string]: unknown }[];
  audiences: { id: string; name: string; since: string; until: string | null }[];
  consent:
    (Record<'storage' | 'profile' | 'personalisation' | 'measurement', boolean> & { at: string }) | null;
}

/** What `…/audiences/{id}/explain` answers. */
export interface Explanation {
  uid: number;
  audience: { id: string; name: string; version: number; status: string };
  in: boolean;
  reason: 'rule_holds' | 'rule_does_not_hold' | 'opted_out';
  published: { since: string; until: string | null } | null;
  rule: ExplainedClause;
}

interface ExplainedClause {
  path: string;
  clause: string;
  holds: boolean;
  until: string | null;
  found?: Record<string, unknown>;
  parts?: ExplainedClause[];
}

/** Rows of a kind that are shown; --json has them all. */
const ROWS_MAX = 20;
const EVENT_FIELDS = ['publisher', 'domain', 'category', 'sku', 'value', 'currency'];

export function profileText(profile: Profile): string {
  const { uid, optedOut, identities, traits, events, audiences, consent } = profile;
  return lines([
    `person ${uid}${optedOut ? ', opted out: in no audience, no bid for them' : ''}`,
    ...section(
      'identities',
      identities.map((identity) => [identity]),
    ),
    ...section(
      'audiences',
      audiences.map(({ id, name, since, until }) => [id, name, `since ${since}`, untilText(until)]),
    ),
    ...section(
      'traits',
      traits.map(({ trait, value, at, expiresAt }) => [trait, value ?? '', `at ${at}`, `until ${expiresAt}`]),
    ),
    ...section(
      'events, newest first',
      events.map((event) => [event.at, event.type, eventText(event)]),
    ),
    `consent: ${consent === null ? 'nothing was ever stated' : consentText(consent)}`,
  ]);
}

export function explanationText({ uid, audience, published, rule, ...answer }: Explanation): string {
  const { id, name, version, status } = audience;
  const why = {
    rule_holds: 'the rule holds',
    rule_does_not_hold: 'the rule does not hold',
    opted_out: 'the person has opted out',
  }[answer.reason];
  const bidders =
    published === null ? 'not a member' : `a member since ${published.since}, ${untilText(published.until)}`;
  return lines([
    `person ${uid} is ${answer.in ? 'IN' : 'NOT IN'} ${name} (${id}, version ${version}, ${status}): ${why}`,
    `bidders see: ${bidders}`,
    ...clauseLines(rule, 0),
    ...(answer.in === (published !== null)
      ? []
      : ['the two differ: news takes about a second to reach bidders']),
  ]);
}

function clauseLines({ clause, holds, until, found, parts = [] }: ExplainedClause, depth: number): string[] {
  const indent = '  '.repeat(depth);
  // A combination is told by its parts.
  const kind = /^(all|any|not)\b/.exec(clause)?.[1];
  const said = parts.length > 1 && kind !== undefined ? `${kind} of` : clause;
  const held = holds ? untilText(until) : until === null ? '' : `may change ${until}`;
  return [
    `${indent}${holds ? 'yes' : 'no '}  ${said}${held === '' ? '' : `  (${held})`}`,
    ...(found === undefined ? [] : foundLines(found).map((line) => `${indent}       ${line}`)),
    ...parts.flatMap((part) => clauseLines(part, depth + 1)),
  ];
}

function foundLines(found: Record<string, unknown>): string[] {
  const { latest, identities, ...facts } = found;
  if (Array.isArray(latest)) return orNothing((latest as Record<string, unknown>[]).map(pairs));
  if (Array.isArray(identities)) return orNothing(identities.map(String));
  return [`found: ${pairs(facts)}`];
}

function orNothing(rows: string[]): string[] {
  return rows.length === 0 ? ['found: nothing'] : rows.map((row) => `found: ${row}`);
}

function pairs(fields: Record<string, unknown>): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
}

function untilText(until: string | null): string {
  return until === null ? 'until something changes it' : `until ${until}`;
}

function eventText(event: Record<string, unknown>): string {
  return EVENT_FIELDS.flatMap((name) => {
    const value = event[name];
    if (value === undefined || value === null || value === '') return [];
    return [`${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`];
  }).join(', ');
}

function consentText({ at, ...gates }: NonNullable<Profile['consent']>): string {
  const all = Object.entries(gates).map(([gate, allowed]) => `${gate} ${allowed ? 'yes' : 'NO'}`);
  return `${all.join(', ')} (stated at ${at})`;
}

function section(title: string, rows: string[][]): string[] {
  if (rows.length === 0) return [`${title}: none`];
  const shown = rows.slice(0, ROWS_MAX);
  const rest = rows.length - shown.length;
  return [`${title}:`, ...columns(shown), ...(rest > 0 ? [`  … ${rest} more, --json has them`] : [])];
}

/** Cells under one another. */
export function columns(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_cell, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd());
}

export function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}

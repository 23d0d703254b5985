import { sha256Hex } from './sha256';

/** Kinds of identity, in the text form `<kind>:<rest>` that is used everywhere. */
export const IDENTITY_KINDS = ['cookie', 'partner', 'maid', 'email', 'phone', 'eid', 'customer'] as const;
export type IdentityKind = (typeof IDENTITY_KINDS)[number];

export interface Identity {
  kind: IdentityKind;
  /** Normal form: two texts of one identity have the same one. */
  text: string;
}

export type ParsedIdentity =
  { ok: true; identity: Identity } | { ok: false; code: 'invalid_identity'; message: string };

/** Ids of partners, providers, publishers, exchanges and so on. */
export const catalogIdPattern = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** Longest text form, in UTF-16 units. */
export const IDENTITY_LENGTH_MAX = 512;

const KIND_SET: ReadonlySet<string> = new Set(IDENTITY_KINDS);
const NOBODY: ReadonlySet<string> = new Set(['', 'null', 'undefined', 'anonymous', '-1']);
// What a site sends that hashed "nothing": a whole population would become one person.
const NOBODY_HASHES: ReadonlySet<string> = new Set([...NOBODY].map((text) => sha256Hex(text)));
const COOKIE_ID = /^[A-Za-z0-9_-]{22}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const SHA256_HEX = /^[0-9a-f]{64}$/;
const EID_SOURCE = /^[a-z0-9][a-z0-9._-]{0,254}$/;
const ALL_ZERO = /^[0-]*$/;
/** 16 zero bytes in base64url, whatever the bits beyond them. */
const ZERO_BYTES = /^A{21}[A-P]$/;
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** The kind of a text form without checking the rest; undefined when there is none. */
export function identityKind(text: string): IdentityKind | undefined {
  const kind = text.slice(0, Math.max(text.indexOf(':'), 0));
  return KIND_SET.has(kind) ? (kind as IdentityKind) : undefined;
}

/** Whether this is an id that stands for nobody in particular: empty, all zeros, `null`, `anonymous` … */
export function isNobody(id: string): boolean {
  return NOBODY.has(id.trim().toLowerCase()) || ALL_ZERO.test(id);
}

/**
 * Whether this can be the value of our cookie: 16 bytes, base64url, and not all zero. The last character has four bits
 * beyond them (RFC 4648 section 3.5), zeros in all that we make. An id that somebody else wrote is kept as it is: two of
 * these may differ in those bits alone.
 */
export function isCookieId(id: string): boolean {
  return COOKIE_ID.test(id) && !ZERO_BYTES.test(id) && !ALL_ZERO.test(id);
}

/** Checks an identity's text form and normalises it (hex and maid to lower case). Never throws. */
export function parseIdentity(text: string): ParsedIdentity {
  if (text.length > IDENTITY_LENGTH_MAX) {
    return invalid(`longer than ${IDENTITY_LENGTH_MAX} characters`);
  }
  const kind = identityKind(text);
  if (kind === undefined) {
    return invalid(`must start with one of ${IDENTITY_KINDS.join(', ')} and a colon`);
  }
  if (CONTROL.test(text) || !text.isWellFormed()) {
    return invalid('contains control characters or half a character');
  }
  const rest = text.slice(kind.length + 1);
  switch (kind) {
    case 'cookie':
      return isCookieId(rest)
        ? valid(kind, text)
        : invalid('a cookie id is 16 random bytes, 22 characters of base64url, not all zero');
    case 'maid':
      return parseMaid(rest.toLowerCase());
    case 'email':
    case 'phone':
      return parseHash(kind, rest.toLowerCase());
    case 'partner':
    case 'customer':
    case 'eid':
      return parseScoped(kind, rest);
  }
}

function parseMaid(id: string): ParsedIdentity {
  if (!UUID.test(id)) return invalid('a maid is a UUID');
  return ALL_ZERO.test(id) ? invalid('an all-zero maid stands for nobody') : valid('maid', `maid:${id}`);
}

function parseHash(kind: 'email' | 'phone', hash: string): ParsedIdentity {
  if (!SHA256_HEX.test(hash)) return invalid(`must be the sha256 of the ${kind}, 64 hex digits`);
  if (ALL_ZERO.test(hash) || NOBODY_HASHES.has(hash))
    return invalid('the hash of an empty id stands for nobody');
  return valid(kind, `${kind}:${hash}`);
}

function parseScoped(kind: 'partner' | 'customer' | 'eid', rest: string): ParsedIdentity {
  const colon = rest.indexOf(':');
  if (colon < 1) return invalid(`must be ${kind}:<${kind === 'eid' ? 'source' : `${kind}Id`}>:<id>`);
  // Sources of OpenRTB `eids` are host names: their case says nothing.
  const scope = kind === 'eid' ? rest.slice(0, colon).toLowerCase() : rest.slice(0, colon);
  const id = rest.slice(colon + 1);
  if (!(kind === 'eid' ? EID_SOURCE : catalogIdPattern).test(scope)) {
    return invalid(`${kind === 'eid' ? 'the source' : `the ${kind} id`} has characters that it cannot have`);
  }
  if (isNobody(id)) return invalid('the id is empty, all zero or stands for nobody');
  if (id !== id.trim()) return invalid('the id begins or ends with a space');
  return valid(kind, `${kind}:${scope}:${id}`);
}

function valid(kind: IdentityKind, text: string): ParsedIdentity {
  return { ok: true, identity: { kind, text } };
}

function invalid(message: string): ParsedIdentity {
  return { ok: false, code: 'invalid_identity', message };
}

/** Name of our cookie; its value is a cookie id, or `optout`. */
const NAME = 'muid';
export const OPTED_OUT = 'optout';
/** 400 days, the longest that browsers keep (RFC 6265bis section 5.5). */
const MAX_AGE_S = 34_560_000;

/** The value of our cookie, or of the one with that name, in a `Cookie` header; the first where there are several. */
export function readCookie(header: string | undefined, name = NAME): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

/**
 * A `Set-Cookie` value. Cross-site use needs `SameSite=None`, which browsers take only with `Secure`; on plain
 * http neither is possible, and the cookie serves a laptop only.
 */
export function writeCookie(value: string, { secure }: { secure: boolean }): string {
  return `${NAME}=${value}; Path=/; Max-Age=${MAX_AGE_S}; HttpOnly; ${site(secure)}`;
}

export function deleteCookie({ secure }: { secure: boolean }): string {
  return `${NAME}=; Path=/; Max-Age=0; HttpOnly; ${site(secure)}`;
}

/** Where a cookie may be sent, the end of a `Set-Cookie` value. */
export function site(secure: boolean): string {
  return secure ? 'Secure; SameSite=None' : 'SameSite=Lax';
}

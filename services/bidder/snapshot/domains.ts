import { domainToASCII } from 'node:url';
import { Memo } from '../../shared/domain/memo';

const MEMO_CHARS_MAX = 250_000;
const NOT_ASCII = /[^\x20-\x7e]/;
const HTTPS = 'https://';
const BARE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;

/**
 * Host in the form in which lists are compared: lower case, ASCII, no scheme, port, path, `www.` or final dot.
 * Publishers and exchanges write all of them into fields that should hold a bare domain.
 */
export function normalDomain(text: string): string {
  // As domains mostly come already, and hosts in pages.
  const bare = text.startsWith(HTTPS) ? hostBehind(text, HTTPS.length) : text;
  if (BARE.test(bare)) return bare.startsWith('www.') ? bare.slice(4) : bare;
  let host = text.trim().toLowerCase();
  const scheme = host.indexOf('://');
  if (scheme !== -1) host = host.slice(scheme + 3);
  else if (host.startsWith('//')) host = host.slice(2);
  const end = host.search(/[/?#]/);
  if (end !== -1) host = host.slice(0, end);
  const user = host.lastIndexOf('@');
  if (user !== -1) host = host.slice(user + 1);
  // An IPv6 address in brackets keeps its colons.
  const port = host.indexOf(':', host.indexOf(']') + 1);
  if (port !== -1) host = host.slice(0, port);
  if (host.endsWith('.')) host = host.slice(0, -1);
  // The catalog has international names in ASCII. What is no name at all stays as it is.
  if (NOT_ASCII.test(host)) host = domainToASCII(host) || host;
  return host.startsWith('www.') ? host.slice(4) : host;
}

function hostBehind(url: string, start: number): string {
  const slash = url.indexOf('/', start);
  return slash === -1 ? url.slice(start) : url.slice(start, slash);
}

const domains = new Memo(normalDomain, MEMO_CHARS_MAX);

/** The same, remembered: of a domain that comes again and again, as those of sites and apps do. */
export function knownDomain(text: string): string {
  return domains.get(text);
}

/** `a.b.example` → itself, `b.example`, `example`: what a list must contain to cover the domain. */
export function domainAndParents(domain: string): string[] {
  const all = [domain];
  for (let dot = domain.indexOf('.'); dot !== -1; dot = domain.indexOf('.', dot + 1)) {
    all.push(domain.slice(dot + 1));
  }
  return all;
}

/** The app that an app store's page sells: Google Play's package name or Apple's number. */
export function storeBundle(url: string): string | undefined {
  const google = /^https?:\/\/play\.google\.com\/store\/apps\/details\?(?:[^#]*&)?id=([\w.]+)/i.exec(url);
  if (google?.[1] !== undefined) return google[1];
  return /^https?:\/\/(?:apps|itunes)\.apple\.com\/(?:[^?#]*\/)?id(\d+)/i.exec(url)?.[1];
}

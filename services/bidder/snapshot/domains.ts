const BARE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;

/**
 * Host in the form in which lists are compared: lower case, no scheme, port, path, `www.` or final dot.
 * Publishers and exchanges write all of them into fields that should hold a bare domain.
 */
export function normalDomain(text: string): string {
  // As it mostly comes already.
  if (BARE.test(text)) return text.startsWith('www.') ? text.slice(4) : text;
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
  return host.startsWith('www.') ? host.slice(4) : host;
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

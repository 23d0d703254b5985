type Parameters = Record<string, string | number | undefined>;

/** Set once the page's policy has refused `fetch` to the collector; pictures may still be allowed. */
let fetchRefused = false;

document.addEventListener('securitypolicyviolation', ({ disposition, effectiveDirective, blockedURI }) => {
  if (
    disposition === 'enforce' &&
    effectiveDirective === 'connect-src' &&
    blockedURI.indexOf(__MUSTER_COLLECTOR__) === 0
  ) {
    fetchRefused = true;
  }
});

export function collectorUrl(path: string, parameters: Parameters): string {
  const pairs: string[] = [];
  for (const name in parameters) {
    const value = parameters[name];
    if (value !== undefined && value !== '') pairs.push(`${name}=${encodeURIComponent(value)}`);
  }
  return __MUSTER_COLLECTOR__ + path + (pairs.length ? `?${pairs.join('&')}` : '');
}

/**
 * Asks for `url` in a way that goes on when the page is left; `then` is called once it was answered. Never twice,
 * as long as the first try may have arrived: only what the page's own policy held back is tried as a picture.
 */
export function request(url: string, then: () => void): void {
  if (fetchRefused || typeof Request !== 'function' || !('keepalive' in Request.prototype)) {
    return picture(url, then);
  }
  fetch(url, { mode: 'no-cors', credentials: 'include', keepalive: true }).then(then, () => {
    // The event that tells of a refusal comes in a turn of its own.
    setTimeout(() => fetchRefused && picture(url, then), 100);
  });
}

function picture(url: string, then: () => void): void {
  const image = new Image();
  image.onload = then;
  image.src = url;
}

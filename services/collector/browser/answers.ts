import type { ServerResponse } from 'node:http';

/** A transparent GIF of one pixel (GIF89a). */
const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

export function sendGif(res: ServerResponse, setCookie?: string): void {
  res.writeHead(200, {
    'content-type': 'image/gif',
    'content-length': GIF.length,
    'cache-control': 'no-store',
    // Pages that isolate themselves (COEP) may still show it.
    'cross-origin-resource-policy': 'cross-origin',
    ...(setCookie === undefined ? {} : { 'set-cookie': setCookie }),
  });
  res.end(GIF);
}

/** `location` must be a URL in its parsed form: it goes into a header as it is. */
export function sendRedirect(res: ServerResponse, location: string, setCookie?: string): void {
  res.writeHead(302, {
    location,
    'content-length': 0,
    'cache-control': 'no-store',
    'cross-origin-resource-policy': 'cross-origin',
    ...(setCookie === undefined ? {} : { 'set-cookie': setCookie }),
  });
  res.end();
}

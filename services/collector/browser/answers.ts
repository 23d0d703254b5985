import type { ServerResponse } from 'node:http';

/** A transparent GIF of one pixel (GIF89a), a character a byte: a text leaves in one write with its headers. */
const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64').toString(
  'latin1',
);

/** Names and values in turn, the form in which node:http needs to do least. */
const GIF_HEADERS = [
  'content-type',
  'image/gif',
  'content-length',
  String(GIF.length),
  'cache-control',
  'no-store',
  // Pages that isolate themselves (COEP) may still show it.
  'cross-origin-resource-policy',
  'cross-origin',
];

export function sendGif(res: ServerResponse, setCookie?: string): void {
  res.writeHead(200, setCookie === undefined ? GIF_HEADERS : [...GIF_HEADERS, 'set-cookie', setCookie]);
  res.end(GIF, 'latin1');
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

import type { IncomingMessage, ServerResponse } from 'node:http';

const METHODS = 'GET, POST';
const REQUEST_HEADERS = 'authorization, content-type, content-encoding, x-openrtb-version';
/** What browsers hide from a page that asks another port. */
const ANSWER_HEADERS = 'location, retry-after, www-authenticate';
const KEEP_S = '600';

/**
 * Lets the page of the API's documentation try the operations of this port (Fetch standard, CORS protocol): a page of
 * this very host at the API's port, without cookies. Every other page is left where it was. Answers true where the
 * request was a browser's preliminary question, and is done with.
 */
export function letDocumentationAsk(req: IncomingMessage, res: ServerResponse, apiPort: number): boolean {
  const { origin, host } = req.headers;
  if (origin === undefined || !isDocumentation(origin, host, apiPort)) return false;
  res.setHeader('access-control-allow-origin', origin);
  res.setHeader('vary', 'origin');
  res.setHeader('access-control-expose-headers', ANSWER_HEADERS);
  if (req.method !== 'OPTIONS' || req.headers['access-control-request-method'] === undefined) return false;
  res.setHeader('access-control-allow-methods', METHODS);
  res.setHeader('access-control-allow-headers', REQUEST_HEADERS);
  res.setHeader('access-control-max-age', KEEP_S);
  res.writeHead(204).end();
  return true;
}

function isDocumentation(origin: string, host: string | undefined, apiPort: number): boolean {
  if (host === undefined || !URL.canParse(origin) || !URL.canParse(`http://${host}`)) return false;
  const page = new URL(origin);
  return (
    page.protocol === 'http:' &&
    Number(page.port || 80) === apiPort &&
    hostOf(page) === hostOf(new URL(`http://${host}`))
  );
}

/** Under whichever of its names a page of this host's own was opened. */
function hostOf({ hostname }: URL): string {
  return hostname === 'localhost' || hostname === '[::1]' ? '127.0.0.1' : hostname;
}

import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

export interface ServeTagOptions {
  /** The tag as it was built, see `loadTag`. */
  source: string;
  publicUrl: URL;
  tcfVendorId?: number;
}

/**
 * Answers `GET /tag.js`: the built tag with our address and vendor id in it. Pages keep it for an hour and then ask
 * whether it has changed (RFC 9110 section 13), without waiting for the answer where the browser can do so (RFC 5861).
 */
export function createTagHandler({
  source,
  publicUrl,
  tcfVendorId = 0,
}: ServeTagOptions): (req: IncomingMessage, res: ServerResponse) => void {
  const plain = Buffer.from(
    source
      .replaceAll('__MUSTER_COLLECTOR__', () => JSON.stringify(publicUrl.href.replace(/\/$/, '')))
      .replaceAll('__MUSTER_TCF_VENDOR__', String(tcfVendorId)),
  );
  const gzipped = gzipSync(plain, { level: 9 });
  const tag = createHash('sha256').update(plain).digest('base64url').slice(0, 22);
  const headers = {
    'cache-control': 'public, max-age=3600, stale-while-revalidate=86400',
    vary: 'accept-encoding',
    // Pages that isolate themselves, and pages that pin the script by its hash, may load it.
    'cross-origin-resource-policy': 'cross-origin',
    'access-control-allow-origin': '*',
  };
  return (req, res) => {
    const gzip = acceptsGzip(req.headers['accept-encoding']);
    // Another encoding is another representation, and has another strong tag.
    const etag = gzip ? `"${tag}-gzip"` : `"${tag}"`;
    // The comparison is weak: caches in between may have marked theirs so.
    if ((req.headers['if-none-match'] ?? '').includes(etag)) {
      res.writeHead(304, { ...headers, etag }).end();
      return;
    }
    const body = gzip ? gzipped : plain;
    res.writeHead(200, {
      ...headers,
      etag,
      ...(gzip ? { 'content-encoding': 'gzip' } : {}),
      'content-type': 'text/javascript; charset=utf-8',
      'content-length': body.length,
      'x-content-type-options': 'nosniff',
    });
    res.end(body);
  };
}

function acceptsGzip(header: string | string[] | undefined): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(String(header ?? ''));
}

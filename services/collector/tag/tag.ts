import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tagSource } from './tag-source';

/** Answers `GET /tag.js`; pages keep it for an hour and then ask whether it has changed (RFC 9110 section 13). */
export function createTagHandler(publicUrl: URL): (req: IncomingMessage, res: ServerResponse) => void {
  const body = Buffer.from(tagSource(publicUrl.href.replace(/\/$/, '')));
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const headers = {
    etag,
    'cache-control': 'public, max-age=3600',
    'cross-origin-resource-policy': 'cross-origin',
  };
  return (req, res) => {
    if (req.headers['if-none-match'] === etag) {
      res.writeHead(304, headers).end();
      return;
    }
    res.writeHead(200, {
      ...headers,
      'content-type': 'text/javascript; charset=utf-8',
      'content-length': body.length,
      'x-content-type-options': 'nosniff',
    });
    res.end(body);
  };
}

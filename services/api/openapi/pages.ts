import { dirname } from 'node:path';
import type { Express, Request, Response } from 'express';
import type { JsonObject } from '../../shared/runtime/openapi/operation';
import { ApiProblem } from '../http/api-problem';
import { docsPage, DOCS_SCRIPT } from './docs-page';

/** Swagger UI's files, from its package: nothing is fetched from elsewhere. */
const SWAGGER_UI = dirname(require.resolve('swagger-ui-dist/package.json'));

/** Scripts and styles only from here, none inline. What is tried on the page goes to the platform's ports and to no other. */
function contentSecurityPolicy(document: JsonObject): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // What an operation answers as an image is shown from memory.
    "img-src 'self' data: blob:",
    ["connect-src 'self'", ...neighboursOf(document)].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Origins of the other ports that paths of the document are at. */
function neighboursOf(document: JsonObject): Set<string> {
  const items = Object.values(document['paths'] as Record<string, { servers?: { url: string }[] }>);
  return new Set(items.flatMap(({ servers = [] }) => servers.map(({ url }) => new URL(url).origin)));
}

/** What anybody may read: the platform's description, as JSON and as a page. `/` leads to the page. */
export function mountPages(app: Express, document: JsonObject): void {
  const json = Buffer.from(JSON.stringify(document));
  const headers = securityHeaders(document);
  const page = Buffer.from(docsPage(document as unknown as Parameters<typeof docsPage>[0]));
  const pages: Record<string, (res: Response) => void> = {
    '/': (res) => res.writeHead(302, { location: '/docs' }).end(),
    '/openapi.json': (res) => send(res, 'application/json', json, headers),
    '/docs': (res) => send(res, 'text/html; charset=utf-8', page, headers),
    '/docs/start.js': (res) => send(res, 'text/javascript; charset=utf-8', Buffer.from(DOCS_SCRIPT), headers),
    '/docs/swagger-ui-bundle.js': (res) => sendAsset(res, 'swagger-ui-bundle.js', headers),
    '/docs/swagger-ui.css': (res) => sendAsset(res, 'swagger-ui.css', headers),
  };
  for (const [path, answer] of Object.entries(pages)) {
    app.all(path, (req: Request, res: Response) => {
      if (req.method === 'GET' || req.method === 'HEAD') return answer(res);
      throw new ApiProblem({
        status: 405,
        code: 'method_not_allowed',
        detail: `${req.method} is not possible here, only GET`,
        headers: { allow: 'GET, HEAD' },
      });
    });
  }
}

type Headers = Readonly<Record<string, string>>;

function securityHeaders(document: JsonObject): Headers {
  return {
    'content-security-policy': contentSecurityPolicy(document),
    'x-content-type-options': 'nosniff',
  };
}

function send(res: Response, type: string, body: Buffer, headers: Headers): void {
  res.writeHead(200, {
    'content-type': type,
    'content-length': body.length,
    'cache-control': 'no-cache',
    ...headers,
  });
  res.end(body);
}

function sendAsset(res: Response, name: string, headers: Headers): void {
  res.sendFile(name, { root: SWAGGER_UI, headers, maxAge: '1h' });
}

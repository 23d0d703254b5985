import type { Express, Request, Response } from 'express';
import { ApiProblem } from '../http/api-problem';
import type { Route } from '../http/route';
import { docsPage } from './docs-page';
import { openApiDocument } from './openapi';

/** What anybody may read: the API's description, as JSON and as a page. `/` leads to the page. */
export function mountPages(app: Express, routes: readonly Route[]): void {
  const document = openApiDocument(routes);
  const json = Buffer.from(JSON.stringify(document));
  const page = Buffer.from(docsPage(document));
  const pages: Record<string, (res: Response) => void> = {
    '/': (res) => res.writeHead(302, { location: '/docs' }).end(),
    '/openapi.json': (res) => send(res, 'application/json', json),
    '/docs': (res) => send(res, 'text/html; charset=utf-8', page),
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

function send(res: Response, type: string, body: Buffer): void {
  res.writeHead(200, {
    'content-type': type,
    'content-length': body.length,
    'cache-control': 'no-cache',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'x-content-type-options': 'nosniff',
  });
  res.end(body);
}

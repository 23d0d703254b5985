import type { IncomingMessage, ServerResponse } from 'node:http';
import { OPTED_OUT, readCookie } from '../browser/cookie';

const STYLE =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem}button{font:inherit;padding:.5rem 1rem}';

/** `GET /privacy`: the state of this browser and the buttons; plain forms, no script. */
export function handlePrivacyPage(req: IncomingMessage, res: ServerResponse): void {
  const cookie = readCookie(req.headers.cookie);
  const state =
    cookie === OPTED_OUT
      ? 'You have opted out. This browser holds a cookie that says so and names nobody.'
      : cookie === undefined
        ? 'This browser holds no cookie of ours.'
        : 'This browser holds a cookie of ours with a random number.';
  const body = Buffer.from(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Your privacy</title><style>${STYLE}</style></head>
<body>
<h1>Your privacy</h1>
<p>${state}</p>
<p>Opting out ends the use of everything we know about you for advertising, on this browser and on every device we know to be yours. The cookie is replaced by one that only says that you opted out; deleting your cookies deletes it too.</p>
<form method="post" action="/optout"><button type="submit">Opt out</button></form>
<p>You may opt in again at any time.</p>
<form method="post" action="/optin"><button type="submit">Opt in</button></form>
</body>
</html>
`);
  res.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'no-store',
    // Nobody may lay this page under another one and have its buttons clicked.
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    'referrer-policy': 'same-origin',
  });
  res.end(body);
}

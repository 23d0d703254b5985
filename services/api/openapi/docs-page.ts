/** What the page without scripts shows of the document. */
interface Listed {
  paths: Record<string, Record<string, { summary?: string }>>;
}

/** The page at `/docs`: Swagger UI over `/openapi.json`. No inline script, so that a strict policy holds. */
export function docsPage({ paths }: Listed): string {
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, { summary }]) =>
      summary === undefined
        ? []
        : [`<li><code>${method.toUpperCase()} ${path}</code> ${escaped(summary)}</li>`],
    ),
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Muster API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<noscript>
<h1>Muster API</h1>
<p>With scripts this page shows the whole document, and operations can be tried. The document itself:
<a href="/openapi.json">/openapi.json</a>.</p>
<ul>
${operations.join('\n')}
</ul>
</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/**
 * Runs in the browser. A path with servers of its own belongs to another port, which answers this page where both have one host
 * name and no proxy is between (runtime/documentation-page.ts): elsewhere nothing can be tried there. A key stays in the
 * page and is forgotten with it.
 */
export const DOCS_SCRIPT = `'use strict';
function hostOf(at) {
  return at.hostname === 'localhost' || at.hostname === '[::1]' ? '127.0.0.1' : at.hostname;
}
window.ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'none',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: false,
  queryConfigEnabled: false,
  tryItOutEnabled: false,
  validatorUrl: null,
  plugins: [
    {
      statePlugins: {
        spec: {
          wrapSelectors: {
            allowTryItOutFor: function (original, system) {
              return function (state, path) {
                var item = system.specSelectors.specJson().getIn(['paths', path]);
                var servers = item && item.get('servers');
                return !servers || servers.some(function (server) {
                  var url = new URL(server.get('url'), location.href);
                  return location.protocol === 'http:' && hostOf(url) === hostOf(location);
                });
              };
            },
          },
        },
      },
    },
  ],
});
`;

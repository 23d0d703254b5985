/** The page at `/docs`: Swagger UI over `/openapi.json`. No inline script, so that a strict policy holds. */
export const DOCS_PAGE = `<!doctype html>
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
<noscript>This page needs scripts. The document itself: <a href="/openapi.json">/openapi.json</a>.</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

/**
 * Runs in the browser. A path with servers of its own belongs to another port, which does not answer pages of this
 * one: nothing can be tried there. A key stays in the page and is forgotten with it.
 */
export const DOCS_SCRIPT = `'use strict';
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
                return !(item && item.has('servers'));
              };
            },
          },
        },
      },
    },
  ],
});
`;

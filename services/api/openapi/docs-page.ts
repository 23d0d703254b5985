/** The OpenAPI document as a page to read: no script, nothing from elsewhere. */

interface Operation {
  tags: string[];
  summary: string;
  description: string;
  parameters: { name: string; in: string; required: boolean; schema: unknown; description?: string }[];
  requestBody?: { content: Record<string, { schema: unknown }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: unknown }> }>;
}

interface OpenApi {
  info: { title: string; description: string };
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
}

export function docsPage(document: Record<string, unknown>): string {
  const { info, tags, paths, components } = document as unknown as OpenApi;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const sections = tags.map(({ name }) => {
    const mine = operations.filter(({ operation }) => operation.tags.includes(name));
    return `<section id="${anchor(name)}"><h2>${text(name)}</h2>${mine.map(operationHtml).join('')}</section>`;
  });
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<details id="schema-${text(name)}"><summary>${text(name)}</summary>${json(schema)}</details>`,
  );
  const nav = tags.map(({ name }) => `<a href="#${anchor(name)}">${text(name)}</a>`).join(' · ');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(info.title)} API</title><style>${STYLE}</style></head><body>
<header><h1>${text(info.title)} API</h1><p>${prose(info.description)}</p>
<p>Give a key as <code>Authorization: Bearer &lt;key&gt;</code>. The document itself: <a href="/openapi.json">/openapi.json</a>.</p>
<nav>${nav} · <a href="#schemas">Schemas</a></nav></header>
<main>${sections.join('\n')}<section id="schemas"><h2>Schemas</h2>${schemas.join('')}</section></main>
</body></html>
`;
}

function operationHtml(entry: { path: string; method: string; operation: Operation }): string {
  const { path, method, operation } = entry;
  const parameters = operation.parameters.map(
    (parameter) =>
      `<li><code>${text(parameter.name)}</code> (${text(parameter.in)}${parameter.required ? ', required' : ''})` +
      `${parameter.description === undefined ? '' : ` ${prose(parameter.description)}`}</li>`,
  );
  const body = Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => json(schema));
  const answers = Object.entries(operation.responses).map(([status, response]) => {
    const [content] = Object.entries(response.content ?? {});
    const schema = content !== undefined && content[0] === 'application/json' ? json(content[1].schema) : '';
    return `<li><b>${text(status)}</b> ${text(response.description)}${schema}</li>`;
  });
  return `<details><summary><span class="method ${text(method)}">${text(method.toUpperCase())}</span>
<code>${text(path)}</code> ${text(operation.summary)}</summary><p>${prose(operation.description)}</p>
${parameters.length === 0 ? '' : `<h4>Parameters</h4><ul>${parameters.join('')}</ul>`}
${body.length === 0 ? '' : `<h4>Body</h4>${body.join('')}`}
<h4>Answers</h4><ul>${answers.join('')}</ul></details>`;
}

function json(schema: unknown): string {
  return `<pre>${text(JSON.stringify(schema, null, 2))}</pre>`;
}

/** Plain text in which `code` is marked. */
function prose(value: string): string {
  return text(value).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function anchor(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

function text(value: string): string {
  const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return value.replace(/[&<>"]/g, (character) => escapes[character] ?? character);
}

const STYLE = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem 1.5rem 4rem; }
code, pre { font: 0.875em/1.45 ui-monospace, monospace; }
pre { background: #8881; border-radius: 6px; max-height: 28rem; overflow: auto; padding: 0.75rem; }
details { border: 1px solid #8884; border-radius: 6px; margin: 0.4rem 0; padding: 0.5rem 0.75rem; }
summary { cursor: pointer; }
.method { display: inline-block; font-weight: 600; min-width: 4.5rem; }
.get { color: #2a7de1; } .post { color: #1a8f4b; } .put { color: #b8741a; } .delete { color: #c33; }
h4 { margin: 0.75rem 0 0.25rem; }
`;

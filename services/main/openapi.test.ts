import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { platformDocument } from '../api/openapi/openapi';
import { apiRoutes } from '../api/routes';
import { documentedExamples } from '../shared/runtime/openapi/example';
import { documentationOf } from './documentation';
import { locatedOperations, schemaCompiler, type OpenApi } from './testing/documented-platform';

const documentation = documentationOf({
  collectorUrl: 'http://localhost:8081',
  bidderUrl: 'http://localhost:8082',
});
// Routes are described without their stores being asked.
const routes = apiRoutes({} as unknown as Parameters<typeof apiRoutes>[0]);
const document = JSON.parse(JSON.stringify(platformDocument(routes, documentation))) as OpenApi;
const operations = locatedOperations(document);
const compile = schemaCompiler(document);
const examples = documentedExamples(documentation.examples);

test('schemas/api/openapi.json is what the code says; take it from GET /openapi.json when that changes', () => {
  const file = join(__dirname, '..', '..', 'schemas', 'api', 'openapi.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(document);
});

test('operations have names of their own', () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test('every schema is valid JSON Schema, its references included', () => {
  const schemas = operations.flatMap(({ operation: { requestBody, responses, parameters } }) => [
    ...[requestBody, ...Object.values(responses)].flatMap((part) =>
      Object.values(part?.content ?? {}).map(({ schema }) => schema),
    ),
    ...parameters.map(({ schema }) => schema),
  ]);
  expect(schemas.length).toBeGreaterThan(300);
  for (const schema of [...schemas, ...Object.values(document.components.schemas)])
    expect(() => compile(schema)).not.toThrow();
});

test('every operation has an example, and every example an operation', () => {
  const withExample = new Set(examples.map(({ operation }) => operation));
  const known = operations.map(({ operation }) => operation.operationId);
  expect([...withExample].sort()).toEqual(known.sort());
});

test('examples have titles of their own within an operation', () => {
  const titles = examples.map(
    ({ operation, title, path }) => `${operation} ${title} ${JSON.stringify(path)}`,
  );
  expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([]);
});

test('every example obeys the schemas of its operation', () => {
  const byId = new Map(operations.map(({ operation }) => [operation.operationId, operation]));
  for (const example of examples) {
    const operation = byId.get(example.operation);
    const sent = operation?.requestBody?.content[example.mediaType];
    if (example.body !== undefined) expect(sent).toBeDefined();
    if (sent !== undefined && example.status < 300) {
      const validate = compile(sent.schema);
      expect({ title: example.title, valid: validate(example.body), errors: validate.errors }).toMatchObject({
        valid: true,
      });
    }
    for (const { name, in: place, required } of operation?.parameters ?? []) {
      if (!required || place === 'header' || example.status >= 400) continue;
      expect({ ...example.path, ...example.query }).toHaveProperty([name]);
    }
    const [answered] = Object.values(operation?.responses[String(example.status)]?.content ?? {});
    if (example.answer === undefined || answered === undefined) continue;
    const validate = compile(answered.schema);
    expect({ title: example.title, valid: validate(example.answer), errors: validate.errors }).toMatchObject({
      valid: true,
    });
  }
});

test('the rule in the documentation takes what the language takes', () => {
  const isRule = compile({ $ref: '#/components/schemas/Rule' });
  const rule = {
    all: [
      { trait: 'dataco/age/*', value: { gte: 2, lt: '9' } },
      { any: [{ identity: 'email' }, { not: { audience: 'x' } }] },
      { event: 'purchase', where: { category: ['a', 'b'] }, within: '7d', sum: { field: 'value', gt: 10 } },
    ],
  };
  expect(isRule(rule)).toBe(true);
  expect(isRule({ event: 'x', within: '1y' })).toBe(false);
  expect(isRule({ all: [] })).toBe(false);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { apiRoutes } from '../routes';
import { openApiDocument } from './openapi';

// Routes are described without their stores being asked.
const document = JSON.parse(
  JSON.stringify(openApiDocument(apiRoutes({} as unknown as Parameters<typeof apiRoutes>[0]))),
) as Record<string, unknown>;

interface Operation {
  operationId: string;
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}
const operations = Object.values(document.paths as Record<string, Record<string, Operation>>).flatMap(
  (methods) => Object.values(methods),
);

test('schemas/api/openapi.json is what the code says; take it from GET /openapi.json when that changes', () => {
  const file = join(__dirname, '..', '..', '..', 'schemas', 'api', 'openapi.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(document);
});

test('operations have names of their own', () => {
  const ids = operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test('every schema is valid JSON Schema, its references included', () => {
  const schemas = operations.flatMap(({ requestBody, responses }) =>
    [requestBody, ...Object.values(responses)].flatMap((part) =>
      Object.values(part?.content ?? {}).map(({ schema }) => schema),
    ),
  );
  expect(schemas.length).toBeGreaterThan(50);
  for (const schema of schemas) {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ ...document, $id: 'https://api.example/openapi' });
    const absolute = JSON.stringify(schema).replaceAll(
      '"#/components',
      '"https://api.example/openapi#/components',
    );
    expect(() => ajv.compile(JSON.parse(absolute) as object)).not.toThrow();
  }
});

test('the rule in the documentation takes what the language takes', () => {
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema({ ...document, $id: 'https://api.example/openapi' });
  const isRule = ajv.compile({ $ref: 'https://api.example/openapi#/components/schemas/Rule' });
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

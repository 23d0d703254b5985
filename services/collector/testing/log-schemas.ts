import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';

const FOLDER = join(__dirname, '../../../schemas/log');

/** The log's JSON Schemas by the `type` values that they describe. */
export function loadLogSchemas(): Map<string, ValidateFunction> {
  const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
  const schemas = new Map<string, ValidateFunction>();
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.schema.json'))) {
    const schema = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as {
      properties: { type: { const?: string; enum?: string[] } };
    };
    const validate = ajv.compile(schema);
    const { type } = schema.properties;
    for (const name of type.enum ?? [type.const ?? '']) schemas.set(name, validate);
  }
  return schemas;
}

const schemas = loadLogSchemas();

/** Throws, naming the faults, when a record is not as its schema says. */
export function expectValidRecord(record: unknown): void {
  const { type } = record as { type: string };
  const validate = schemas.get(type);
  if (validate === undefined) throw new Error(`there is no schema for records of type ${type}`);
  if (!validate(record))
    throw new Error(`${type}: ${JSON.stringify(validate.errors)} in ${JSON.stringify(record)}`);
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';

const FOLDER = join(__dirname, '..', '..', '..', 'schemas', 'log');
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
const validators = new Map<string, ValidateFunction>();

/** Throws, naming the faults, when a record is not what `schemas/log` says of its type. */
export function expectAsDeclared(record: { type: string }): void {
  let validate = validators.get(record.type);
  if (validate === undefined) {
    const schema = readFileSync(join(FOLDER, `${record.type}.v1.schema.json`), 'utf8');
    validate = ajv.compile(JSON.parse(schema) as object);
    validators.set(record.type, validate);
  }
  if (!validate(record)) throw new Error(`${JSON.stringify(validate.errors)} in ${JSON.stringify(record)}`);
}

import { IDENTITY_KINDS } from '../../shared/domain/identity';
import { COMPARE_OPERATORS, WHERE_FIELDS } from '../../shared/domain/rule/language';

const scalar = { anyOf: [{ type: 'number' }, { type: 'string' }] };
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

function branch(properties: Record<string, unknown>, required: readonly string[]): Record<string, unknown> {
  return { type: 'object', properties, required, additionalProperties: false };
}

const compareProperties = {
  ...Object.fromEntries(COMPARE_OPERATORS.filter((name) => name !== 'in').map((name) => [name, scalar])),
  in: { type: 'array', items: scalar, minItems: 1 },
};

/** The rule language as JSON Schema, for the documentation; the parser is what checks. */
export const ruleSchemas: Readonly<Record<string, unknown>> = {
  Rule: {
    description: 'About a person: all linked identities together. At most 10 levels and 200 leaves.',
    oneOf: [
      branch({ all: { type: 'array', items: ref('Rule'), minItems: 1 } }, ['all']),
      branch({ any: { type: 'array', items: ref('Rule'), minItems: 1 } }, ['any']),
      branch({ not: ref('Rule') }, ['not']),
      branch(
        {
          trait: { type: 'string', description: '`<provider>/<code>`; `<provider>/a/*`: any trait below a.' },
          within: ref('Duration'),
          value: ref('Compare'),
        },
        ['trait'],
      ),
      branch(
        {
          event: { type: 'string' },
          where: {
            type: 'object',
            description: `Fields: ${WHERE_FIELDS.join(', ')}, properties.<name>.`,
            additionalProperties: {
              anyOf: [scalar, { type: 'boolean' }, { type: 'array', items: scalar }, ref('Compare')],
            },
          },
          within: ref('Duration'),
          count: ref('Compare'),
          days: { ...ref('Compare'), description: 'Distinct UTC days.' },
          sum: branch({ field: { const: 'value' }, ...compareProperties }, ['field']),
        },
        ['event'],
      ),
      branch({ audience: { type: 'string' } }, ['audience']),
      branch({ identity: { enum: IDENTITY_KINDS } }, ['identity']),
    ],
  },
  Compare: {
    description: 'Several hold together.',
    type: 'object',
    properties: compareProperties,
    additionalProperties: false,
    minProperties: 1,
  },
  Duration: { type: 'string', pattern: '^[1-9]\\d{0,5}[mhd]$', description: '1m to 400d.' },
};

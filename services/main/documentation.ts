import { readFileSync } from 'node:fs';
import type { Documentation } from '../api/openapi/openapi';
import { BIDDER_OPERATIONS } from '../bidder/openapi/operations';
import { recordSchema } from '../collector/openapi/body-schemas';
import { COLLECTOR_OPERATIONS } from '../collector/openapi/operations';
import { packagePath } from '../shared/package-path';
import { parseExamples } from '../shared/runtime/openapi/example';
import { jsonSchemaOf } from '../shared/runtime/openapi/operation';

/** What the API tells of the other ports, and the examples of all of them. */
export function documentationOf(config: { collectorUrl: string; bidderUrl: string }): Documentation {
  return {
    neighbours: [
      {
        url: config.collectorUrl,
        description: 'Collector',
        operations: Object.values(COLLECTOR_OPERATIONS),
      },
      { url: config.bidderUrl, description: 'Bidder', operations: BIDDER_OPERATIONS },
    ],
    schemas: { ProviderRecord: jsonSchemaOf(recordSchema, 'input') },
    examples: parseExamples(readFileSync(examplesFile(), 'utf8')),
  };
}

/** `schemas/api/examples.json`, from the source tree as well as from `dist`. */
export function examplesFile(): string {
  return packagePath('schemas/api/examples.json');
}

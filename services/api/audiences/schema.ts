import { z } from 'zod';
import { catalogId, nameText } from '../crud/fields';

/** Name of the rule language's schema in the OpenAPI document. */
export const RULE_SCHEMA = '#/components/schemas/Rule';

/** Checked by the rule language's own parser, which knows paths and limits. */
export const rule = z.unknown().meta({ $ref: RULE_SCHEMA });

export const audience = z.object({
  name: nameText,
  description: z.string().max(2_000, 'has more than 2000 characters').optional(),
  advertiserId: catalogId
    .optional()
    .describe("Without it the audience is the house's, or the advertiser's whose key it is."),
  rule,
});

export type AudienceBody = z.output<typeof audience>;

export const audienceView = z.object({
  ...audience.shape,
  version: z.int().describe('Grows when the meaning of the rule changes.'),
  status: z.enum(['building', 'ready', 'failed']),
  size: z.int().describe('People, as of `materializedAt`; 0 before the first build.'),
  materializedAt: z.iso.datetime().nullable(),
  watermark: z.iso.datetime().nullable().describe('Everything received until then is included.'),
  error: z.string().optional().describe('Why it failed.'),
});

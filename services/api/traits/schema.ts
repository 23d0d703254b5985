import { z } from 'zod';
import { duration, nameText } from '../crud/fields';

const CODE_CHARS_MAX = 200;
// A slash makes levels, a star means "any below", and dots alone would be eaten by URLs.
const SEGMENT = /^(?!\.{1,2}$)[^\s/*\p{Cc}\p{Cf}](?:[^/*\p{Cc}\p{Cf}]*[^\s/*\p{Cc}\p{Cf}])?$/u;

export const traitCode = z
  .string()
  .min(1, 'must not be empty')
  .max(CODE_CHARS_MAX, `has more than ${CODE_CHARS_MAX} characters`)
  .refine(
    (code) => code.split('/').every((segment) => SEGMENT.test(segment)),
    'must be names separated by slashes, such as age/25-34, without * or spaces around them',
  )
  .meta({ examples: ['age/25-34'] });

export const trait = z.strictObject({
  code: traitCode,
  name: nameText,
  parent: traitCode
    .optional()
    .describe('Code of the trait above it: its own code begins with that and a slash.'),
  ttl: duration.optional().describe('How long it holds after a record without its own; default 30d.'),
  sensitive: z.boolean().default(false).describe('Only an administrator may put it into a rule.'),
});

export type TraitBody = z.output<typeof trait>;

export const traitView = z.object({
  ...trait.shape,
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

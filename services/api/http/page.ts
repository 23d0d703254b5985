import { z } from 'zod';
import { invalid } from './api-problem';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;

/** `?limit=&cursor=` of every list. */
export const pageQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,6}$/, 'must be a whole number')
    .refine((text) => Number(text) >= 1 && Number(text) <= LIMIT_MAX, `must be from 1 to ${LIMIT_MAX}`)
    .optional()
    .describe(`At most so many items, 1 to ${LIMIT_MAX}; default ${LIMIT_DEFAULT}.`),
  cursor: z.string().max(100).optional().describe('`nextCursor` of the page before.'),
});

export interface Page {
  limit: number;
  /** Place in the order of creation behind which the page begins. */
  after?: number;
}

export function pageOf(query: Readonly<Record<string, string | number | undefined>>): Page {
  return {
    limit: query.limit === undefined ? LIMIT_DEFAULT : Number(query.limit),
    ...(typeof query.cursor === 'string' ? { after: parseCursor(query.cursor) } : {}),
  };
}

/** `{items, nextCursor}` of what was read with one item more than asked for; `nextCursor` null: that was all. */
export function pageReply<T extends { seq: number }>(
  found: readonly T[],
  limit: number,
  view: (item: T) => unknown,
): { items: unknown[]; nextCursor: string | null } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map(view),
    nextCursor: found.length > limit && last !== undefined ? cursorOf(last.seq) : null,
  };
}

export function pageSchema(item: z.ZodType): z.ZodType {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().describe('Give it as `cursor` for the next page; null: none.'),
  });
}

function cursorOf(seq: number): string {
  return Buffer.from(`s${seq}`).toString('base64url');
}

function parseCursor(text: string): number {
  const match = /^s(\d{1,15})$/.exec(Buffer.from(text, 'base64url').toString('latin1'));
  if (match === null) {
    throw invalid([{ path: 'cursor', code: 'invalid_value', message: 'is not a cursor of this list' }]);
  }
  return Number(match[1]);
}

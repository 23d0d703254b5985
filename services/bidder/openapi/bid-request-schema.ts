import { z } from 'zod';

/*
 * OpenRTB 2.6 as far as it is read, for the document. `parse-request.ts` is what checks, on the hot path and with the
 * path of every fault; a property test holds the two to the same verdict. `null` counts as absent, in lists too.
 */

const text = z.string().nullish();
const number = z.number().nullish();
const texts = z.array(z.string().nullable()).nullish();
const numbers = z.array(z.number().nullable()).nullish();
const nonEmpty = z.string().min(1);
const listOf = <T extends z.ZodType>(item: T) => z.array(item.nullable()).nullish();
const object = <T extends z.core.$ZodLooseShape>(shape: T) => z.looseObject(shape);

const banner = object({
  format: listOf(object({ w: number, h: number })).describe('Sizes; where it names none, `w` and `h` hold.'),
  w: number,
  h: number,
  mimes: texts,
  battr: numbers,
  btype: numbers,
  api: numbers,
});

const deal = object({ id: nonEmpty, bidfloor: number, bidfloorcur: text, wseat: texts, wadomain: texts });

const media = ['banner', 'video', 'native', 'audio'] as const;

const imp = object({
  id: nonEmpty,
  banner: banner.nullish(),
  video: object({}).nullish().describe('Read only to know that it is there: nothing is bid on it yet.'),
  native: object({}).nullish().describe('As `video`.'),
  audio: object({}).nullish().describe('As `video`.'),
  bidfloor: number.describe('CPM; default 0.'),
  bidfloorcur: text.describe('Default USD.'),
  secure: number,
  qty: object({ multiplier: number }).nullish(),
  pmp: object({ private_auction: number, deals: listOf(deal) }).nullish(),
})
  .refine((given) => media.some((kind) => isGiven(given[kind])))
  .meta({ anyOf: media.map((kind) => ({ required: [kind] })) });

const eids = listOf(object({ source: text, uids: listOf(object({ id: text })) }));

const place = (description: string, shape: z.core.$ZodLooseShape) =>
  object(shape).nullish().describe(description);

const gdpr = z.union([z.literal(0), z.literal(1)]).nullish();

/** A field that is read, and checked, only where the one of that name is absent. */
function otherwise(name: string) {
  return z.unknown().optional().describe(`As \`${name}\`, and read where that is absent.`);
}

function standsIn(own: unknown, other: unknown, schema: z.ZodType): boolean {
  return isGiven(own) || schema.safeParse(other).success;
}

export const bidRequestSchema = object({
  id: nonEmpty,
  imp: z.array(imp.nullable()).min(1).describe('Ids are unique in the request.'),
  test: number.describe('1: answered like any other, never billed.'),
  tmax: z.number().min(0).nullish().describe('Milliseconds.'),
  cur: texts,
  wseat: texts,
  bseat: texts,
  bcat: texts,
  acat: texts,
  cattax: number,
  badv: texts,
  bapp: texts,
  site: place('At most one of site, app and dooh.', { domain: text, page: text }),
  app: place('At most one of site, app and dooh.', { bundle: text, domain: text }),
  dooh: place('At most one of site, app and dooh.', {}),
  device: object({
    ifa: text,
    lmt: number,
    devicetype: number,
    os: text,
    ip: text,
    ipv6: otherwise('device.ip'),
    geo: object({ country: text.describe('ISO 3166-1 alpha-3.'), region: text, city: text }).nullish(),
  })
    .refine((device) => standsIn(device.ip, device.ipv6, text))
    .nullish(),
  user: object({
    id: text.describe("The exchange's own id, known by cookie sync."),
    buyeruid: text.describe('Our id as the exchange sees it.'),
    consent: text.describe('TCF string.'),
    eids,
    data: listOf(object({})).describe('Kept for reports, never matched.'),
    ext: object({ consent: otherwise('user.consent'), eids: otherwise('user.eids') }).nullish(),
  })
    .refine(({ consent, ext }) => standsIn(consent, ext?.consent, text))
    .refine((user) => standsIn(user.eids, user.ext?.eids, eids))
    .nullish(),
  regs: object({
    coppa: number,
    gdpr,
    us_privacy: text,
    gpp: text,
    gpp_sid: numbers,
    ext: object({
      gdpr: otherwise('regs.gdpr'),
      us_privacy: otherwise('regs.us_privacy'),
      gpp: otherwise('regs.gpp'),
      gpp_sid: otherwise('regs.gpp_sid'),
      gpc: z.union([z.string(), z.number()]).nullish(),
    }).nullish(),
  })
    .refine((regs) => standsIn(regs.gdpr, regs.ext?.gdpr, gdpr))
    .refine((regs) => standsIn(regs.us_privacy, regs.ext?.us_privacy, text))
    .refine((regs) => standsIn(regs.gpp, regs.ext?.gpp, text))
    .refine((regs) => standsIn(regs.gpp_sid, regs.ext?.gpp_sid, numbers))
    .nullish(),
})
  .refine(({ imp: imps }) => imps.some((given) => given !== null))
  .refine(({ imp: imps }) => {
    const ids = imps.flatMap((given) => (given === null ? [] : [given.id]));
    return new Set(ids).size === ids.length;
  })
  .refine(({ site, app, dooh }) => [site, app, dooh].filter(isGiven).length <= 1)
  .describe(
    'OpenRTB 2.6, or 2.5 with consent and eids in `ext`. Fields that are not named here are not read.',
  );

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

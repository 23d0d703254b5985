import { z } from 'zod';
import {
  catalogId,
  domain,
  iabCategory,
  integerList,
  nameText,
  textList,
  unsupported,
  webUrl,
} from '../crud/fields';

const CREATIVE_TYPES = ['banner', 'video', 'native', 'audio'] as const;
const SIDE_PX_MAX = 10_000;

const side = z.int().min(1).max(SIDE_PX_MAX);

/** Fields of a creative. Of OpenRTB's kinds only banners are served yet. */
export const creative = z.object({
  advertiserId: catalogId.optional().describe('Needed but for a key of the advertiser itself.'),
  name: nameText.optional(),
  type: z
    .enum(CREATIVE_TYPES)
    .refine((type) => type === 'banner', {
      message: 'only banners are supported yet',
      params: { code: 'unsupported' },
    })
    .describe('Only `banner` is supported yet; others: 422 `unsupported`.'),
  w: side.describe('Pixels.'),
  h: side.describe('Pixels.'),
  adm: z
    .string()
    .min(1, 'must not be empty')
    .max(65_536, 'has more than 65536 characters')
    .refine((text) => text.trim() !== '', 'must not be blank')
    .describe(
      "Markup. OpenRTB's macros stay for the exchange; `${MUSTER_CLICK}` becomes the whole signed click URL.",
    ),
  clickUrl: webUrl.optional().describe('Where a click leads; needed for `${MUSTER_CLICK}`.'),
  adomain: textList(domain, 100).describe("OpenRTB `adomain`; empty: the advertiser's."),
  cat: textList(iabCategory, 100).describe("OpenRTB `cat`; empty: the advertiser's."),
  attr: integerList(z.int().min(1).max(1_000)).describe('Creative attributes, OpenRTB `battr`.'),
  mimes: textList(
    z.string().regex(/^[a-z]+\/[a-z0-9][a-z0-9.+-]*$/, 'must be a MIME type, such as image/png'),
    20,
  ).describe('Checked against `banner.mimes`.'),
  api: integerList(z.int().min(1).max(1_000)).describe('API frameworks it needs, OpenRTB `banner.api`.'),
  duration: unsupported('duration (of video and audio)'),
  protocols: unsupported('protocols (of video and audio)'),
});

export type CreativeBody = z.output<typeof creative>;

/** Macro that becomes the signed click URL. */
export const CLICK_MACRO = '${MUSTER_CLICK}';

import { isSecure } from '../../shared/domain/secure-markup';
import type { BiddingSnapshot, CreativeSnapshot } from '../../shared/domain/snapshot';
import { asciiJsonInner } from '../ascii-json';
import { clickHash } from '../notices/notice-token';
import { normalCategory } from './categories';
import { normalDomain, storeBundle } from './domains';

type Advertiser = BiddingSnapshot['advertisers'][number];

/** The whole signed click URL goes where an ad has this. */
const CLICK_MACRO = '${MUSTER_CLICK}';

/** OpenRTB `banner.btype`: kinds of markup that an impression may refuse. */
const BANNER_TYPE = { text: 1, image: 2, script: 3, iframe: 4 } as const;

/** A creative with everything that a request can ask about it, and its markup ready to be put together. */
export interface CompiledCreative {
  index: number;
  id: string;
  advertiserId: string;
  sizeKey: number;
  w: number;
  h: number;
  secure: boolean;
  attr: readonly number[];
  api: readonly number[];
  /** Empty: not stated, which no list of an impression excludes. */
  mimes: readonly string[];
  types: readonly number[];
  /** Normal form; those of the creative and that of its advertiser. */
  domains: readonly string[];
  /** What the bid says of its domains. */
  adomain: readonly string[];
  /** What the bid says of its categories: the advertiser's where the creative has none. */
  cat: readonly string[];
  /** The same in normal form. */
  categories: readonly string[];
  /** App store id that the bid names. */
  bundle: string | undefined;
  /** Lower case: app store ids of what is advertised. */
  bundles: readonly string[];
  /** JSON text between the places of the click URL; without any there is one piece. No quotes around. */
  admPieces: readonly string[];
  /** For the query of a click URL; empty when there is none. */
  clickUrlEncoded: string;
  clickHash: string;
}

export function compileCreative(
  creative: CreativeSnapshot,
  advertiser: Advertiser | undefined,
  index: number,
): CompiledCreative {
  const ownDomain = advertiser === undefined ? [] : [advertiser.domain];
  const bundles = [...(advertiser?.bundles ?? [])];
  const sold = creative.clickUrl === undefined ? undefined : storeBundle(creative.clickUrl);
  if (sold !== undefined) bundles.push(sold);
  const categories = creative.cat.length > 0 ? creative.cat : (advertiser?.categories ?? []);
  return {
    index,
    id: creative.id,
    advertiserId: creative.advertiserId,
    sizeKey: sizeKey(creative.w, creative.h),
    w: creative.w,
    h: creative.h,
    // Stated by the catalog, and seen: what an impression demands is no matter of trust.
    secure: creative.secure && isSecure(creative.adm),
    attr: creative.attr,
    api: creative.api,
    mimes: creative.mimes.map((mime) => mime.toLowerCase()),
    types: bannerTypes(creative.adm),
    domains: unique([...creative.adomain, ...ownDomain].map(normalDomain).filter((domain) => domain !== '')),
    adomain: creative.adomain.length > 0 ? creative.adomain : ownDomain,
    cat: categories,
    categories: unique(categories.map(normalCategory)),
    bundle: sold ?? advertiser?.bundles?.[0],
    bundles: unique(bundles.map((bundle) => bundle.toLowerCase())),
    admPieces: creative.adm.split(CLICK_MACRO).map(asciiJsonInner),
    clickUrlEncoded:
      creative.clickUrl === undefined ? '' : encodeURIComponent(creative.clickUrl).replaceAll("'", '%27'),
    clickHash: creative.clickUrl === undefined ? '' : clickHash(creative.clickUrl),
  };
}

/** One number for a size; sides beyond what fits have none, and no creative is that large. */
export function sizeKey(w: number, h: number): number {
  return w * 0x10000 + h;
}

function bannerTypes(adm: string): number[] {
  const types: number[] = [];
  if (/<script\b|\bjavascript:|<[^>]+\son[a-z]+\s*=/i.test(adm)) types.push(BANNER_TYPE.script);
  if (/<iframe\b/i.test(adm)) types.push(BANNER_TYPE.iframe);
  if (/<(img|picture|svg|video|canvas|object|embed)\b|background(-image)?\s*[:=]/i.test(adm))
    types.push(BANNER_TYPE.image);
  return types.length > 0 ? types : [BANNER_TYPE.text];
}

function unique(texts: string[]): string[] {
  return [...new Set(texts)];
}

import { gzipSync } from 'node:zlib';
import type { BidRequest, Device, EID, Imp, Regs, User } from 'iab-openrtb/v26';
import { Chance } from '../../services/main/demo/world';
import { PartnerIdCipher } from '../../services/shared/domain/partner-id';
import { EXCHANGE } from '../fixtures/catalog';
import { PARTNER } from '../fixtures/people';
import type { HttpRequest } from '../load/http-sender';
import { gppString, tcString } from './consent-strings';
import { MIX, TCF_COUNTRIES } from './mix';
import { EID_SOURCE, personIds, strangerIds } from './people';
import { SECRET } from './secret';
import { draw } from './shares';

const STRINGS = 40;
const STRANGERS = 10_000_000;
const USER_AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
  'Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
] as const;
const SIZES = [
  [300, 250],
  [320, 50],
  [728, 90],
  [160, 600],
  [970, 250],
  [300, 600],
] as const;
const WORDS =
  'markets weather football kitchen travel science opinion culture review results guide family'.split(' ');
const CATEGORIES = Array.from({ length: 26 }, (_, n) => `IAB${n + 1}`);

export interface BidTrafficOptions {
  count: number;
  /** How many people the bidder knows. */
  people: number;
  seed: number;
}

/** One bid request of the mix, before it is made into bytes. */
export interface DrawnRequest {
  request: BidRequest;
  isGzip: boolean;
}

/**
 * Bid requests as a simulated exchange sends them: bodies of about 1 to 6 KB, 1 to 20 impressions, people known and unknown,
 * sites and apps, eight countries with the consent strings that belong to them. The same seed gives the same bytes.
 */
export function* bidTraffic({ count, people, seed }: BidTrafficOptions): Generator<DrawnRequest, void> {
  const chance = new Chance(seed);
  const strings = {
    granted: Array.from({ length: STRINGS }, () => tcString(chance, true)),
    denied: Array.from({ length: STRINGS }, () => tcString(chance, false)),
    gpp: gppString(false),
    gppOptedOut: gppString(true),
  };
  const cipher = new PartnerIdCipher(SECRET);
  for (let n = 0; n < count; n++) {
    const request = oneRequest(n, { chance, people, strings, cipher });
    yield { request, isGzip: chance.next() < MIX.gzip };
  }
}

/** The same, ready to be sent to the bidder. */
export function bidTrafficRequests(options: BidTrafficOptions): HttpRequest[] {
  return Array.from(bidTraffic(options), ({ request, isGzip }) => {
    const body = Buffer.from(JSON.stringify(request));
    return {
      method: 'POST',
      path: `/openrtb2/${EXCHANGE}`,
      headers: {
        'content-type': 'application/json',
        'x-openrtb-version': '2.6',
        ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
      },
      body: isGzip ? gzipSync(body) : body,
    };
  });
}

interface Sources {
  chance: Chance;
  people: number;
  strings: { granted: string[]; denied: string[]; gpp: string; gppOptedOut: string };
  cipher: PartnerIdCipher;
}

function oneRequest(n: number, sources: Sources): BidRequest {
  const { chance } = sources;
  const place = draw(chance, MIX.place);
  const country = draw(chance, MIX.country);
  const { regs, consent } = regulation(country, sources);
  const isOld = chance.next() < MIX.openRtb25;
  const { user, ifa } = person(place, sources);
  const [from, to] = draw(chance, MIX.imps);
  const imps = from + chance.below(to - from + 1);
  const request: BidRequest = {
    id: uuid(chance),
    at: 1,
    tmax: 80 + 10 * chance.below(8),
    cur: ['USD'],
    imp: Array.from({ length: imps }, (_, i) => impression(i, imps, sources)),
    device: device(place, country, ifa, chance),
    user: isOld ? olderUser(user, consent) : { ...user, ...(consent === undefined ? {} : { consent }) },
    regs: isOld ? olderRegs(regs) : regs,
    bcat: many(1 + chance.below(6), () => chance.pick(CATEGORIES)),
    badv: many(chance.below(15), () => `blocked-${chance.below(5_000)}.example`),
    source: { tid: uuid(chance), fd: 0, ...supplyChain(chance, isOld) },
  };
  const site = chance.below(500);
  const words = many(3 + chance.below(9), () => chance.pick(WORDS)).join('-');
  const publisher = { id: `publisher-${site}`, name: `Publisher ${site}`, domain: `site-${site}.example` };
  if (place === 'site')
    request.site = {
      id: `site-${site}`,
      domain: `site-${site}.example`,
      cat: many(1 + chance.below(3), () => chance.pick(CATEGORIES)),
      page: `https://www.site-${site}.example/${chance.pick(WORDS)}/${words}-${n}`,
      ref: 'https://search.example/',
      publisher,
    };
  else if (place === 'app')
    request.app = {
      id: `app-${site}`,
      name: `App ${site}`,
      bundle: `com.example.app${site}`,
      storeurl: `https://store.example/apps/details?id=com.example.app${site}`,
      cat: many(1 + chance.below(3), () => chance.pick(CATEGORIES)),
      publisher,
    };
  return request;
}

/** With many impressions in one request, exchanges say less about each. */
function impression(index: number, imps: number, { chance }: Sources): Imp {
  const isTerse = imps > 8;
  const medium = draw(chance, MIX.medium);
  const size = chance.pick(SIZES);
  const imp: Imp = {
    id: String(index + 1),
    tagid: `placement-${chance.below(2_000)}`,
    secure: 1,
    bidfloor: chance.below(200) / 100,
    bidfloorcur: 'USD',
  };
  if (medium === 'banner')
    imp.banner = isTerse
      ? { format: [{ w: size[0], h: size[1] }] }
      : {
          w: size[0],
          h: size[1],
          pos: 1,
          format: many(1 + chance.below(4), () => chance.pick(SIZES)).map(([w, h]) => ({ w, h })),
          battr: [1, 3, 8, 9],
          api: [3, 5, 6, 7],
        };
  else if (medium === 'video')
    imp.video = {
      mimes: ['video/mp4', 'video/webm'],
      minduration: 5,
      maxduration: 30,
      protocols: [2, 3, 5, 6],
      w: 640,
      h: 360,
      linearity: 1,
      api: [2, 7],
    };
  else if (medium === 'native')
    imp.native = {
      request: JSON.stringify({
        ver: '1.2',
        assets: [
          { id: 1, required: 1, title: { len: 90 } },
          { id: 2, required: 1, img: { type: 3, w: 1200, h: 627 } },
          { id: 3, data: { type: 2, len: 140 } },
        ],
      }),
      ver: '1.2',
    };
  else imp.audio = { mimes: ['audio/mpeg'], minduration: 5, maxduration: 30, protocols: [2, 3] };
  if (!isTerse && chance.next() < MIX.deals)
    imp.pmp = {
      private_auction: 0,
      deals: [
        { id: `deal-${chance.below(200)}`, bidfloor: 1 + chance.below(300) / 100, bidfloorcur: 'USD', at: 3 },
      ],
    };
  return imp;
}

/** In an app the device's id names the person; on the web the exchange's own id, ours, or an extended id does. */
function person(
  place: (typeof MIX.place)[number][0],
  { chance, people, cipher }: Sources,
): { user: User; ifa: string | undefined } {
  const kind = draw(chance, MIX.person);
  if (kind === 'none') return { user: {}, ifa: undefined };
  const ids = kind === 'known' ? personIds(1 + chance.below(people)) : strangerIds(chance.below(STRANGERS));
  const eids: EID[] = many(chance.below(4), () => ({
    source: `ids-${chance.below(20)}.example`,
    uids: [{ id: chance.hex(32), atype: 1 }],
  }));
  if (place === 'app') return { user: eids.length > 0 ? { eids } : {}, ifa: ids.maid };
  switch (chance.below(3)) {
    case 0:
      return { user: { id: ids.partnerUid, eids }, ifa: undefined };
    case 1:
      return {
        user: { id: chance.hex(24), buyeruid: cipher.encrypt(PARTNER, ids.cookie), eids },
        ifa: undefined,
      };
    default:
      return {
        user: { eids: [...eids, { source: EID_SOURCE, uids: [{ id: ids.eid, atype: 3 }] }] },
        ifa: undefined,
      };
  }
}

function device(place: string, country: string, ifa: string | undefined, chance: Chance): Device {
  const isApp = place === 'app';
  return {
    ua: chance.pick(USER_AGENTS),
    ip: `198.51.100.${chance.below(256)}`,
    language: 'en',
    devicetype: isApp ? 4 : chance.pick([2, 4, 5]),
    os: isApp ? chance.pick(['iOS', 'Android']) : chance.pick(['Windows', 'macOS', 'Android', 'iOS']),
    osv: String(10 + chance.below(8)),
    w: 1920,
    h: 1080,
    js: 1,
    geo: { country, type: 2, utcoffset: 60 * chance.below(10) },
    ...(ifa === undefined ? {} : { ifa, lmt: chance.next() < MIX.limitAdTracking ? 1 : 0 }),
  };
}

function regulation(country: string, { chance, strings }: Sources): { regs: Regs; consent?: string } {
  if (TCF_COUNTRIES.has(country)) {
    const tcf = draw(chance, MIX.tcf);
    const regs: Regs = { coppa: 0, gdpr: 1 };
    return tcf === 'missing' ? { regs } : { regs, consent: chance.pick(strings[tcf]) };
  }
  if (country !== 'USA') return { regs: { coppa: 0, gdpr: 0 } };
  const isOptedOut = chance.next() < MIX.usOptOut;
  const said = draw(chance, MIX.usPrivacy);
  if (said === 'none') return { regs: { coppa: 0 } };
  if (said === 'usp') return { regs: { coppa: 0, us_privacy: isOptedOut ? '1YYN' : '1YNN' } };
  return { regs: { coppa: 0, gpp: isOptedOut ? strings.gppOptedOut : strings.gpp, gpp_sid: [7] } };
}

/** As OpenRTB 2.5 has it: what became fields of their own in 2.6 is in `ext`. */
function olderRegs({ coppa, ...others }: Regs): Regs {
  return { coppa, ext: others };
}

function olderUser({ eids, ...others }: User, consent: string | undefined): User {
  return {
    ...others,
    ext: { ...(eids === undefined ? {} : { eids }), ...(consent === undefined ? {} : { consent }) },
  };
}

function supplyChain(chance: Chance, isOld: boolean): object {
  const schain = {
    ver: '1.0',
    complete: 1,
    nodes: many(1 + chance.below(3), () => ({
      asi: `exchange-${chance.below(30)}.example`,
      sid: String(chance.below(100_000)),
      hp: 1,
    })),
  };
  return isOld ? { ext: { schain } } : { schain };
}

function many<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

function uuid(chance: Chance): string {
  const hex = chance.hex(32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

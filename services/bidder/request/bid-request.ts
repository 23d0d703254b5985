import type { JsonObject } from './reader';

/** What the bidder reads of an OpenRTB 2.6 (or 2.5) bid request, checked; names follow the standard. */
export interface BidRequest {
  id: string;
  imps: Imp[];
  test: boolean;
  /** Milliseconds; undefined: not said. */
  tmax: number | undefined;
  /** Upper case. */
  cur: readonly string[];
  wseat: readonly string[];
  bseat: readonly string[];
  bcat: readonly string[];
  acat: readonly string[];
  cattax: number;
  badv: readonly string[];
  bapp: readonly string[];
  /** Site, app or dooh; undefined: the request names none, and nothing can be bid on. */
  place: Place | undefined;
  device: Device;
  /** What is aimed at: `device.geo`, else, where that names nothing, `user.geo`. */
  geo: Geo;
  user: User;
  regs: Regs;
}

export interface Place {
  kind: 'site' | 'app' | 'dooh';
  /** Normal form: domain of the site, bundle of the app; empty when not said. */
  name: string;
  /** Normal form: host of `site.page`, or domain of the app; empty when not said. */
  otherName: string;
}

export interface Device {
  ifa: string | undefined;
  lmt: boolean;
  devicetype: number | undefined;
  /** Lower case. */
  os: string | undefined;
  ip: string | undefined;
  /** `device.geo` alone: its country says whether TCF applies. */
  geo: Geo;
}

export interface Geo {
  /** Alpha-3 where it is a country's code. */
  country: string | undefined;
  region: string | undefined;
  /** Lower case. */
  city: string | undefined;
}

export interface User {
  id: string | undefined;
  buyeruid: string | undefined;
  consent: string | undefined;
  eids: readonly Eid[];
  /** As it came: kept for reports, never matched. */
  data: readonly JsonObject[];
}

export interface Eid {
  source: string;
  id: string;
}

export interface Regs {
  coppa: boolean;
  gdpr: 0 | 1 | undefined;
  usPrivacy: string | undefined;
  gpp: string | undefined;
  gppSid: readonly number[] | undefined;
  gpc: boolean;
}

export interface Imp {
  id: string;
  index: number;
  /** Undefined: not offered as a banner, or in no size that can be read. */
  banner: Banner | undefined;
  bidfloor: number;
  bidfloorcur: string;
  secure: boolean;
  privateAuction: boolean;
  deals: readonly Deal[];
  /** `qty.multiplier`: how many people see it; each impression is paid so often. */
  multiplier: number;
}

export interface Banner {
  /** Keys of the permitted sizes, see `sizeKey`; empty: none that can be read. */
  sizes: readonly number[];
  /** Lower case; empty: all. */
  mimes: readonly string[];
  battr: readonly number[];
  btype: readonly number[];
  api: readonly number[];
}

export interface Deal {
  id: string;
  /** Undefined: the impression's holds (OpenRTB 7.11.2). */
  bidfloor: number | undefined;
  bidfloorcur: string;
  wseat: readonly string[];
  wadomain: readonly string[];
}

import type { ProblemError } from '../../shared/runtime/problem';
import { IAB_TAXONOMY } from '../snapshot/categories';
import { toAlpha3 } from '../snapshot/countries';
import { knownDomain, normalDomain } from '../snapshot/domains';
import type { BidRequest, Device, Eid, Geo, Imp, Place, Regs, User } from './bid-request';
import { parseImp } from './parse-imp';
import { isObject, Reader, type JsonObject } from './reader';

export type ParsedRequest = { ok: true; request: BidRequest } | { ok: false; errors: ProblemError[] };

const NONE: JsonObject = {};
const NO_EIDS: readonly Eid[] = [];
const NO_GEO: Geo = { country: undefined, region: undefined, city: undefined };
/** Beyond this none is looked at. How many of them are looked up is another matter: not all are of use. */
const EIDS_MAX = 64;

/**
 * Checks a parsed body by OpenRTB 2.6 section 3.2, and reads what the bidder uses of it. What a request may
 * not be is a closed list (missing ids, repeated imp ids, an imp without media, several places, `regs.gdpr`
 * beyond 0 and 1, negative `tmax`, wrong types); all else merely makes an impression unbiddable. Fields that
 * 2.5 has in `ext` are read there where 2.6's own are absent or empty: an exchange that fills both forms may have
 * left one blank, and a choice that stands in the other must not be missed.
 */
export function parseRequest(body: unknown): ParsedRequest {
  if (!isObject(body)) {
    return { ok: false, errors: [{ path: '', code: 'wrong_type', message: 'must be an object' }] };
  }
  const reader = new Reader();
  const id = reader.string(body['id'], 'id');
  if (id === undefined || id === '') missing(reader, body, 'id');
  const imps = parseImps(reader, body);
  const tmax = reader.number(body['tmax'], 'tmax');
  if (tmax !== undefined && tmax < 0) reader.fault('tmax', 'out_of_range', 'must not be negative');

  const device = parseDevice(reader, reader.object(body['device'], 'device'));
  const user = reader.object(body['user'], 'user');
  const request: BidRequest = {
    id: id ?? '',
    imps,
    test: reader.number(body['test'], 'test') === 1,
    tmax,
    cur: upperCase(reader.strings(body['cur'], 'cur')),
    wseat: reader.strings(body['wseat'], 'wseat'),
    bseat: reader.strings(body['bseat'], 'bseat'),
    bcat: reader.strings(body['bcat'], 'bcat'),
    acat: reader.strings(body['acat'], 'acat'),
    cattax: reader.number(body['cattax'], 'cattax') ?? IAB_TAXONOMY,
    badv: reader.strings(body['badv'], 'badv'),
    bapp: reader.strings(body['bapp'], 'bapp'),
    place: parsePlace(reader, body),
    device,
    geo: isNamed(device.geo) ? device.geo : parseGeo(reader, user?.['geo'], USER_GEO),
    user: parseUser(reader, user),
    regs: parseRegs(reader, reader.object(body['regs'], 'regs')),
  };
  return reader.faults.length === 0 ? { ok: true, request } : { ok: false, errors: reader.faults };
}

/** Codes are written so nearly always: then it is the list as it came. */
function upperCase(codes: readonly string[]): readonly string[] {
  return codes.some((code) => /[a-z]/.test(code)) ? codes.map((code) => code.toUpperCase()) : codes;
}

/** Reports an absent or empty member unless its type was reported already. */
function missing(reader: Reader, parent: JsonObject, key: string): void {
  const value = parent[key];
  if (value === undefined || value === null || value === '') {
    reader.fault(key, 'missing', 'must be given and not be empty');
  }
}

function parseImps(reader: Reader, body: JsonObject): Imp[] {
  const objects = reader.objects(body['imp'], 'imp');
  if (objects.length === 0 && reader.faults.every(({ path }) => !path.startsWith('imp'))) {
    reader.fault('imp', 'missing', 'must be given and not be empty');
  }
  const imps = objects.map((object, index) => parseImp(reader, object, index));
  if (imps.length > 1) {
    const ids = new Set<string>();
    for (const { id, index } of imps) {
      if (id !== '' && ids.has(id))
        reader.fault(`imp[${index}].id`, 'duplicate', 'must be unique in the request');
      ids.add(id);
    }
  }
  return imps;
}

function parsePlace(reader: Reader, body: JsonObject): Place | undefined {
  const site = reader.object(body['site'], 'site');
  const app = reader.object(body['app'], 'app');
  const dooh = reader.object(body['dooh'], 'dooh');
  const count = (site ? 1 : 0) + (app ? 1 : 0) + (dooh ? 1 : 0);
  if (count > 1) {
    const path = site ? (app ? 'app' : 'dooh') : 'dooh';
    reader.fault(path, 'not_alone', 'only one of site, app and dooh may be given');
  }
  if (site) {
    const domain = reader.string(site['domain'], 'site.domain');
    const page = reader.string(site['page'], 'site.page');
    const host = page === undefined ? '' : normalDomain(page);
    const name = domain === undefined ? '' : knownDomain(domain);
    return { kind: 'site', name: name === '' ? host : name, otherName: host };
  }
  if (app) {
    const bundle = reader.string(app['bundle'], 'app.bundle');
    const domain = reader.string(app['domain'], 'app.domain');
    return {
      kind: 'app',
      name: bundle === undefined ? '' : bundle.trim().toLowerCase(),
      otherName: domain === undefined ? '' : knownDomain(domain),
    };
  }
  return dooh ? { kind: 'dooh', name: '', otherName: '' } : undefined;
}

function parseDevice(reader: Reader, device: JsonObject = NONE): Device {
  const os = reader.string(device['os'], 'device.os');
  return {
    ifa: reader.string(device['ifa'], 'device.ifa'),
    lmt: reader.number(device['lmt'], 'device.lmt') === 1,
    devicetype: reader.number(device['devicetype'], 'device.devicetype'),
    os: os === undefined ? undefined : os.trim().toLowerCase(),
    ip: reader.string(device['ip'], 'device.ip') || reader.string(device['ipv6'], 'device.ipv6'),
    geo: parseGeo(reader, device['geo'], DEVICE_GEO),
  };
}

interface GeoPaths {
  own: string;
  country: string;
  region: string;
  city: string;
}

const DEVICE_GEO = geoPaths('device.geo');
const USER_GEO = geoPaths('user.geo');

function geoPaths(own: string): GeoPaths {
  return { own, country: `${own}.country`, region: `${own}.region`, city: `${own}.city` };
}

function parseGeo(reader: Reader, value: unknown, paths: GeoPaths): Geo {
  const geo = reader.object(value, paths.own);
  if (geo === undefined) return NO_GEO;
  const country = reader.string(geo['country'], paths.country);
  const region = reader.string(geo['region'], paths.region);
  const city = reader.string(geo['city'], paths.city);
  return {
    country: country ? toAlpha3(country) : undefined,
    region: region || undefined,
    city: city ? city.trim().toLowerCase() : undefined,
  };
}

function isNamed({ country, region, city }: Geo): boolean {
  return country !== undefined || region !== undefined || city !== undefined;
}

function parseUser(reader: Reader, user: JsonObject = NONE): User {
  const ext = reader.object(user['ext'], 'user.ext') ?? NONE;
  const eids = parseEids(reader, user['eids'], 'user.eids');
  return {
    id: reader.string(user['id'], 'user.id'),
    buyeruid: reader.string(user['buyeruid'], 'user.buyeruid'),
    consent:
      reader.string(user['consent'], 'user.consent') || reader.string(ext['consent'], 'user.ext.consent'),
    eids: eids.length > 0 ? eids : parseEids(reader, ext['eids'], 'user.ext.eids'),
    data: reader.objects(user['data'], 'user.data'),
  };
}

function parseEids(reader: Reader, value: unknown, path: string): readonly Eid[] {
  const objects = reader.objects(value, path);
  if (objects.length === 0) return NO_EIDS;
  const eids: Eid[] = [];
  for (let i = 0; i < objects.length; i++) {
    reader.at(i);
    const source = reader.string(objects[i]!['source'], `${path}[].source`);
    const uids = reader.objects(objects[i]!['uids'], `${path}[].uids`);
    for (let j = 0; j < uids.length; j++) {
      reader.at(i, j);
      const id = reader.string(uids[j]!['id'], `${path}[].uids[].id`);
      if (source !== undefined && id !== undefined && eids.length < EIDS_MAX) eids.push({ source, id });
    }
  }
  return eids;
}

function parseRegs(reader: Reader, regs: JsonObject = NONE): Regs {
  const ext = reader.object(regs['ext'], 'regs.ext') ?? NONE;
  const own = reader.number(regs['gdpr'], 'regs.gdpr');
  const gdpr = own ?? reader.number(ext['gdpr'], 'regs.ext.gdpr');
  if (gdpr !== undefined && gdpr !== 0 && gdpr !== 1) {
    reader.fault(own === undefined ? 'regs.ext.gdpr' : 'regs.gdpr', 'out_of_range', 'must be 0 or 1');
  }
  let gppSid = reader.numbers(regs['gpp_sid'], 'regs.gpp_sid');
  if (gppSid.length === 0) gppSid = reader.numbers(ext['gpp_sid'], 'regs.ext.gpp_sid');
  return {
    coppa: reader.number(regs['coppa'], 'regs.coppa') === 1,
    gdpr: gdpr === 0 || gdpr === 1 ? gdpr : undefined,
    usPrivacy:
      reader.string(regs['us_privacy'], 'regs.us_privacy') ||
      reader.string(ext['us_privacy'], 'regs.ext.us_privacy'),
    gpp: reader.string(regs['gpp'], 'regs.gpp') || reader.string(ext['gpp'], 'regs.ext.gpp'),
    gppSid: gppSid.length > 0 ? gppSid : undefined,
    gpc: parseGpc(reader, ext),
  };
}

/** "1" by its specification, a number in much of the traffic: both opt out. */
function parseGpc(reader: Reader, ext: JsonObject): boolean {
  const gpc = ext['gpc'];
  if (typeof gpc === 'number') return gpc === 1;
  return reader.string(ext['gpc'], 'regs.ext.gpc') === '1';
}

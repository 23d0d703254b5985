import { sizeKey } from '../snapshot/creative';
import type { Banner, Deal, Imp } from './bid-request';
import { NO_NUMBERS, type JsonObject, type Reader } from './reader';

const NO_DEALS: readonly Deal[] = [];
const SIDE_MAX = 0xffff;

/** OpenRTB 2.6 section 3.2.4; faults go to the reader. */
export function parseImp(reader: Reader, imp: JsonObject, index: number): Imp {
  reader.at(index);
  const id = reader.string(imp, 'id', 'imp[].');
  if (id === '' || imp['id'] === undefined || imp['id'] === null) {
    reader.fault('imp[].id', 'missing', 'must be given and not be empty');
  }
  const banner = reader.object(imp, 'banner', 'imp[].');
  let media = banner !== undefined;
  for (const kind of ['video', 'native', 'audio']) {
    // Whatever stands there was meant as media: a wrong type is reported once, as such.
    if (imp[kind] === undefined || imp[kind] === null) continue;
    reader.object(imp, kind, 'imp[].');
    media = true;
  }
  if (!media && (imp['banner'] === undefined || imp['banner'] === null)) {
    reader.fault('imp[]', 'no_media', 'must have banner, video, native or audio');
  }
  const pmp = reader.object(imp, 'pmp', 'imp[].');
  const qty = reader.object(imp, 'qty', 'imp[].');
  return {
    id: id ?? '',
    index,
    banner: banner === undefined ? undefined : parseBanner(reader, banner, index),
    bidfloor: reader.number(imp, 'bidfloor', 'imp[].') ?? 0,
    bidfloorcur: (reader.string(imp, 'bidfloorcur', 'imp[].') || 'USD').toUpperCase(),
    secure: reader.number(imp, 'secure', 'imp[].') === 1,
    multiplier: (qty && reader.number(qty, 'multiplier', 'imp[].qty.')) ?? 1,
    privateAuction: pmp !== undefined && reader.number(pmp, 'private_auction', 'imp[].pmp.') === 1,
    deals: pmp === undefined ? NO_DEALS : parseDeals(reader, pmp, index),
  };
}

/** Sizes are those of `format`; `w` and `h` hold where it names none, as in 2.3. */
function parseBanner(reader: Reader, banner: JsonObject, index: number): Banner {
  const sizes: number[] = [];
  const formats = reader.objects(banner, 'format', 'imp[].banner.');
  for (let i = 0; i < formats.length; i++) {
    reader.at(index, i);
    addSize(sizes, reader, formats[i]!, 'imp[].banner.format[].');
  }
  reader.at(index);
  const before = sizes.length;
  addSize(sizes, reader, banner, 'imp[].banner.');
  if (before > 0) sizes.length = before;
  const mimes = reader.strings(banner, 'mimes', 'imp[].banner.');
  return {
    sizes: sizes.length > 0 ? sizes : NO_NUMBERS,
    mimes: mimes.length > 0 ? mimes.map((mime) => mime.toLowerCase()) : mimes,
    battr: reader.numbers(banner, 'battr', 'imp[].banner.'),
    btype: reader.numbers(banner, 'btype', 'imp[].banner.'),
    api: reader.numbers(banner, 'api', 'imp[].banner.'),
  };
}

function addSize(sizes: number[], reader: Reader, object: JsonObject, place: string): void {
  const w = reader.number(object, 'w', place);
  const h = reader.number(object, 'h', place);
  if (isSide(w) && isSide(h)) sizes.push(sizeKey(w, h));
}

function isSide(side: number | undefined): side is number {
  return side !== undefined && Number.isInteger(side) && side > 0 && side <= SIDE_MAX;
}

function parseDeals(reader: Reader, pmp: JsonObject, index: number): readonly Deal[] {
  const objects = reader.objects(pmp, 'deals', 'imp[].pmp.');
  if (objects.length === 0) return NO_DEALS;
  const deals = objects.map((deal, position) => {
    reader.at(index, position);
    const place = 'imp[].pmp.deals[].';
    const id = reader.string(deal, 'id', place);
    if (id === '' || deal['id'] === undefined || deal['id'] === null) {
      reader.fault(`${place}id`, 'missing', 'must be given and not be empty');
    }
    return {
      id: id ?? '',
      bidfloor: reader.number(deal, 'bidfloor', place),
      // Not the impression's: OpenRTB 3.2.12 says that this does not inherit.
      bidfloorcur: (reader.string(deal, 'bidfloorcur', place) || 'USD').toUpperCase(),
      wseat: reader.strings(deal, 'wseat', place),
      wadomain: reader.strings(deal, 'wadomain', place),
    };
  });
  reader.at(index);
  return deals;
}

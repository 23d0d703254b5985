import { sizeKey } from '../snapshot/creative';
import type { Banner, Deal, Imp } from './bid-request';
import { NO_NUMBERS, type JsonObject, type Reader } from './reader';

const NO_DEALS: readonly Deal[] = [];
const SIDE_MAX = 0xffff;

/** OpenRTB 2.6 section 3.2.4; faults go to the reader. */
export function parseImp(reader: Reader, imp: JsonObject, index: number): Imp {
  reader.at(index);
  const id = reader.string(imp['id'], 'imp[].id');
  if (id === '' || imp['id'] === undefined || imp['id'] === null) {
    reader.fault('imp[].id', 'missing', 'must be given and not be empty');
  }
  const banner = reader.object(imp['banner'], 'imp[].banner');
  let media = banner !== undefined;
  for (const kind of ['video', 'native', 'audio']) {
    // Whatever stands there was meant as media: a wrong type is reported once, as such.
    if (imp[kind] === undefined || imp[kind] === null) continue;
    reader.object(imp[kind], `imp[].${kind}`);
    media = true;
  }
  if (!media && (imp['banner'] === undefined || imp['banner'] === null)) {
    reader.fault('imp[]', 'no_media', 'must have banner, video, native or audio');
  }
  const pmp = reader.object(imp['pmp'], 'imp[].pmp');
  const qty = reader.object(imp['qty'], 'imp[].qty');
  return {
    id: id ?? '',
    index,
    banner: banner === undefined ? undefined : parseBanner(reader, banner, index),
    bidfloor: reader.number(imp['bidfloor'], 'imp[].bidfloor') ?? 0,
    bidfloorcur: (reader.string(imp['bidfloorcur'], 'imp[].bidfloorcur') || 'USD').toUpperCase(),
    secure: reader.number(imp['secure'], 'imp[].secure') === 1,
    multiplier: (qty && reader.number(qty['multiplier'], 'imp[].qty.multiplier')) ?? 1,
    privateAuction:
      pmp !== undefined && reader.number(pmp['private_auction'], 'imp[].pmp.private_auction') === 1,
    deals: pmp === undefined ? NO_DEALS : parseDeals(reader, pmp, index),
  };
}

/** Sizes are those of `format`; `w` and `h` hold where it names none, as in 2.3. */
function parseBanner(reader: Reader, banner: JsonObject, index: number): Banner {
  const sizes: number[] = [];
  const formats = reader.objects(banner['format'], 'imp[].banner.format');
  for (let i = 0; i < formats.length; i++) {
    reader.at(index, i);
    const { w, h } = formats[i]!;
    addSize(sizes, reader.number(w, 'imp[].banner.format[].w'), reader.number(h, 'imp[].banner.format[].h'));
  }
  reader.at(index);
  const before = sizes.length;
  addSize(sizes, reader.number(banner['w'], 'imp[].banner.w'), reader.number(banner['h'], 'imp[].banner.h'));
  if (before > 0) sizes.length = before;
  const mimes = reader.strings(banner['mimes'], 'imp[].banner.mimes');
  return {
    sizes: sizes.length > 0 ? sizes : NO_NUMBERS,
    mimes: mimes.length > 0 ? mimes.map((mime) => mime.toLowerCase()) : mimes,
    battr: reader.numbers(banner['battr'], 'imp[].banner.battr'),
    btype: reader.numbers(banner['btype'], 'imp[].banner.btype'),
    api: reader.numbers(banner['api'], 'imp[].banner.api'),
  };
}

function addSize(sizes: number[], w: number | undefined, h: number | undefined): void {
  if (isSide(w) && isSide(h)) sizes.push(sizeKey(w, h));
}

function isSide(side: number | undefined): side is number {
  return side !== undefined && Number.isInteger(side) && side > 0 && side <= SIDE_MAX;
}

function parseDeals(reader: Reader, pmp: JsonObject, index: number): readonly Deal[] {
  const objects = reader.objects(pmp['deals'], 'imp[].pmp.deals');
  if (objects.length === 0) return NO_DEALS;
  const deals = objects.map((deal, position) => {
    reader.at(index, position);
    const id = reader.string(deal['id'], 'imp[].pmp.deals[].id');
    if (id === '' || deal['id'] === undefined || deal['id'] === null) {
      reader.fault('imp[].pmp.deals[].id', 'missing', 'must be given and not be empty');
    }
    return {
      id: id ?? '',
      bidfloor: reader.number(deal['bidfloor'], 'imp[].pmp.deals[].bidfloor'),
      // Not the impression's: OpenRTB 3.2.12 says that this does not inherit.
      bidfloorcur: (
        reader.string(deal['bidfloorcur'], 'imp[].pmp.deals[].bidfloorcur') || 'USD'
      ).toUpperCase(),
      wseat: reader.strings(deal['wseat'], 'imp[].pmp.deals[].wseat'),
      wadomain: reader.strings(deal['wadomain'], 'imp[].pmp.deals[].wadomain'),
    };
  });
  reader.at(index);
  return deals;
}

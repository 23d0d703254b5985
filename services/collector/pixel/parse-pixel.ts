import type { EventRecord } from '../../shared/domain/records';
import { parseCurrency, parseText, parseUrl, parseValue } from '../fields';

/** What a pixel says besides who and whether: the event's own fields. */
export type PixelFields = Pick<
  EventRecord,
  'id' | 'event' | 'url' | 'ref' | 'category' | 'keywords' | 'sku' | 'value' | 'currency'
>;

const KEYWORDS_MAX = 50;

/**
 * Reads a pixel's parameters. A page must not suffer from them, so nothing here is an error: a field that
 * cannot be used is left out, and `ignored` is told its name. Without `url` the page is the `Referer`.
 */
export function parsePixel(
  query: URLSearchParams,
  referer: string | undefined,
  ignored: (field: string) => void,
): PixelFields {
  const read = (name: string, parse: (text: string) => string | undefined): string | undefined => {
    const text = query.get(name);
    if (text === null || text === '') return undefined;
    const value = parse(text);
    if (value === undefined) ignored(name);
    return value;
  };
  return {
    event: read('ev', (text) => parseText(text, 128)) ?? 'page_view',
    id: read('id', (text) => parseText(text, 128)),
    url: read('url', parseUrl) ?? (referer === undefined ? undefined : parseUrl(referer)),
    ref: read('ref', parseUrl),
    category: read('cat', (text) => parseText(text, 256)),
    keywords: parseKeywords(query.get('kw')),
    sku: read('sku', (text) => parseText(text, 256)),
    value: read('value', parseValue),
    currency: read('currency', parseCurrency),
  };
}

function parseKeywords(text: string | null): string[] | undefined {
  const keywords = (text ?? '')
    .split(',')
    .map((keyword) => parseText(keyword.trim(), 128))
    .filter((keyword) => keyword !== undefined && keyword !== '') as string[];
  return keywords.length === 0 ? undefined : keywords.slice(0, KEYWORDS_MAX);
}

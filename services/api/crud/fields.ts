import { alpha2ToAlpha3, getAlpha2Codes } from 'i18n-iso-countries';
import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { catalogIdPattern } from '../../shared/domain/identity';
import { decimalToMicros, microsToDecimal } from '../../shared/domain/money';
import { parseDuration, parseTimestamp } from '../../shared/domain/time';

/** Fields that several resources have. Each stays what it is in JSON, so that the documentation can be made of it. */

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
const COUNTRIES: ReadonlySet<string> = new Set(
  Object.keys(getAlpha2Codes()).map((alpha2) => alpha2ToAlpha3(alpha2) ?? ''),
);
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const PACKAGE_NAME = /^[a-z]\w*(?:\.\w+)+$/;
const IS_ASCII = /^[\x20-\x7e]*$/;
const HOST_NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const IAB_CATEGORY = /^IAB(?:[1-9]|1\d|2[0-6])(?:-[1-9]\d?)?$/;

export const catalogId = z
  .string()
  .regex(catalogIdPattern, 'must be 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit');

export const resourceFields = z.object({
  id: catalogId,
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export const nameText = z
  .string()
  .min(1, 'must not be empty')
  .max(200, 'has more than 200 characters')
  .refine((text) => text.trim() !== '', 'must not be blank');

/** Texts without repeats, in the order given. */
export function textList(item: z.ZodType<string>, countMax = 1_000) {
  return z.array(item).max(countMax, `has more than ${countMax} items`).overwrite(unique).default([]);
}

export function integerList(item: z.ZodType<number>) {
  return z.array(item).max(100, 'has more than 100 items').overwrite(unique).default([]);
}

export function unique<T>(items: T[]): T[] {
  return [...new Set(items)];
}

export const shortText = z.string().min(1, 'must not be empty').max(200, 'has more than 200 characters');

export const currency = z
  .string()
  .overwrite((text) => text.toUpperCase())
  .refine((text) => CURRENCIES.has(text), 'is not a currency of ISO 4217')
  .meta({ description: 'ISO 4217', examples: ['USD'] });

/** A positive amount as decimal text, `"2.50"`. */
export const money = z
  .string('must be decimal text, such as "2.50"')
  .refine((text) => (decimalToMicros(text) ?? 0) > 0, 'must be a positive decimal with at most 6 places')
  .overwrite((text) => microsToDecimal(decimalToMicros(text) ?? 0))
  .meta({ description: 'Decimal text, positive, at most 6 places.', examples: ['2.50'] });

export const country = z
  .string()
  .overwrite((text) => text.toUpperCase())
  .refine((text) => COUNTRIES.has(text), 'is not an alpha-3 code of ISO 3166-1')
  .meta({ description: 'ISO 3166-1 alpha-3', examples: ['DEU'] });

export const iabCategory = z
  .string()
  .regex(IAB_CATEGORY, 'must be a category of IAB Content Taxonomy 1.0, such as IAB1 or IAB1-2');

export const duration = z
  .string()
  .refine((text) => parseDuration(text) !== null, 'must be <n>m, <n>h or <n>d, from 1m to 400d')
  .meta({ examples: ['30d'] });

export const timestamp = z
  .string()
  .refine((text) => parseTimestamp(text) !== null, 'must be a time of RFC 3339, such as 2026-03-01T00:00:00Z')
  .meta({ format: 'date-time' });

/** As lists are compared: lower case, ASCII, without `www.`. */
const placeText = z
  .string()
  .max(253, 'has more than 253 characters')
  .overwrite((text) => hostText(text).replace(/^www\.(?=.)/, ''));

export const domain = placeText
  .refine((text) => HOST_NAME.test(text), 'must be a domain, such as news.example')
  .meta({ examples: ['news.example'] });

/**
 * Where ads run: a site's domain, as above, or an app's bundle as OpenRTB 2.6 (3.2.14 `bundle`) has it: a package name, which may hold
 * `_`, or the number that Apple's store gives.
 */
export const siteOrApp = placeText
  .refine(
    (text) => HOST_NAME.test(text) || PACKAGE_NAME.test(text),
    'must be a domain or the bundle of an app, such as news.example, com.games.my_app or 284882215',
  )
  .meta({ examples: ['news.example'] });

/** A host as URLs have it, with its port where that is not the usual one. */
export const host = z
  .string()
  .max(260, 'has more than 260 characters')
  .overwrite((text) => {
    const [name = '', ...port] = text.split(':');
    return [hostText(name), ...port].join(':');
  })
  .refine(
    (text) => /^[^:]+(?::\d{1,5})?$/.test(text) && HOST_NAME.test(text.split(':')[0] ?? ''),
    'must be a host, such as sync.example',
  )
  .meta({ examples: ['sync.example'] });

/** An absolute http or https URL. */
export const webUrl = z
  .string()
  .max(2_048, 'has more than 2048 characters')
  .refine(isWebUrl, 'must be an http or https URL without user and password')
  .meta({ format: 'uri' });

/** Accepted by no one yet: what is accepted must be enforced. */
export function unsupported(what: string) {
  return z
    .unknown()
    .refine((value) => value === undefined, {
      message: `${what} is not supported yet`,
      params: { code: 'unsupported' },
    })
    .optional()
    .meta({ description: 'Not supported yet: 422 `unsupported`.' });
}

/** Numbers stay what they are: to `domainToASCII` they are addresses. */
function hostText(text: string): string {
  const bare = text.trim().replace(/\.$/, '').toLowerCase();
  return IS_ASCII.test(bare) ? bare : domainToASCII(bare);
}

function isWebUrl(text: string): boolean {
  if (!URL.canParse(text) || /\s/.test(text)) return false;
  const url = new URL(text);
  return (
    (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && url.password === ''
  );
}

import { warn } from './guard';
import type { View } from './views';

export interface PageEvent {
  type: string;
  /** Parameters of the pixel. */
  parameters: Record<string, string>;
}

/** Fields of an event → parameters of the pixel. */
const FIELDS = new Map([
  ['id', 'id'],
  ['url', 'url'],
  ['category', 'cat'],
  ['keywords', 'kw'],
  ['value', 'value'],
  ['currency', 'currency'],
  ['sku', 'sku'],
]);
const TYPE_LENGTH_MAX = 128;
/** Several of them still make a request line that every server takes. */
const FIELD_LENGTH_MAX = 2_000;

/** An event as the page states it, or undefined after its fault was named in the console. */
export function readEvent(type: unknown, fields: unknown, view: View): PageEvent | undefined {
  if (typeof type !== 'string' || !type || type.length > TYPE_LENGTH_MAX) {
    warn(`event: the type is not a text of up to ${TYPE_LENGTH_MAX} characters`);
    return undefined;
  }
  const parameters: Record<string, string> = { url: shortened(view.url), ref: shortened(view.ref) };
  const given = Object(fields) as Record<string, unknown>;
  for (const name of Object.keys(given)) {
    const parameter = FIELDS.get(name);
    const text = plain(given[name]);
    if (!parameter) warn(`event: ${name} is not a field`);
    else if (text === undefined || text.length > FIELD_LENGTH_MAX) {
      warn(`event: ${name} is not a text of up to ${FIELD_LENGTH_MAX} characters or a number`);
    } else parameters[parameter] = text;
  }
  return { type, parameters };
}

/** Text and numbers as text, lists with commas; what is missing is empty. */
function plain(value: unknown): string | undefined {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.join();
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** An address that is too long loses its query first. */
function shortened(url: string): string {
  return (url.length > FIELD_LENGTH_MAX ? url.replace(/[?#].*/, '') : url).slice(0, FIELD_LENGTH_MAX);
}

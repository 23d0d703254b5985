import { warn } from './guard';

export interface Options {
  /** The publisher's id. */
  pub: string;
  /** Page views by themselves. */
  auto: boolean;
  /** Further page views when a single-page application moves on. */
  spa: boolean;
  /** The frame of partner syncs. */
  sync: boolean;
  /** How long a silent consent platform is waited for, ms. */
  wait: number;
}

const WAIT_MS_MAX = 10_000;

/**
 * Reads the `data-` attributes of the tag's own script element; undefined where there is no publisher. What is not
 * an option, or no value of one, is named in the console and the default holds.
 */
export function readOptions(script: HTMLOrSVGScriptElement | null): Options | undefined {
  const options: Options = { pub: '', auto: true, spa: true, sync: true, wait: 2_000 };
  const said: DOMStringMap = script ? script.dataset : {};
  for (const name in said) {
    const value = said[name] ?? '';
    const fault = (expected: string): void => warn(`data-${name}="${value}" is not ${expected}`);
    if (name === 'pub') {
      if (/^[a-z0-9][a-z0-9_-]{0,62}$/.test(value)) options.pub = value;
      else fault("a publisher's id");
    } else if (name === 'auto' || name === 'spa' || name === 'sync') {
      if (/^(on|off)$/.test(value)) options[name] = value === 'on';
      else fault('on or off');
    } else if (name === 'wait') {
      if (/^\d{1,5}$/.test(value) && +value <= WAIT_MS_MAX) options.wait = +value;
      else fault(`milliseconds up to ${WAIT_MS_MAX}`);
    } else {
      warn(`data-${name} is not an option`);
    }
  }
  if (options.pub) return options;
  warn('data-pub is missing, nothing is sent');
  return undefined;
}

import { sha256Hex } from '../../shared/domain/sha256';

/** A repeatable source of chance (mulberry32): the same seed plays the same day. */
export class Chance {
  constructor(private state: number) {}

  /** 0 ≤ x < 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += this.below(16).toString(16);
    return text;
  }
}

export interface Browser {
  n: number;
  /** The exchange's own id of it, which we learn in a cookie sync. */
  exchangeUid: string;
  /** The data partner's id of it, for those that its tag saw too. */
  panelUid?: string;
  email?: string;
  maid?: string;
  site: Site;
  /** What it does in the day, in order. */
  views: { category: string; sku: string; minutesAgo: number }[];
  cart?: { sku: string; minutesAgo: number };
  purchase?: { sku: string; value: string; hoursAgo: number };
  /** Set in the course of the day. */
  cookie?: string;
  /** Our id as the exchange sees it. */
  buyeruid?: string;
}

export interface Site {
  publisher: string;
  domain: string;
}

export const SITES: readonly Site[] = [
  { publisher: 'daily', domain: 'daily.example' },
  { publisher: 'runner', domain: 'runner.example' },
];
export const PROVIDER = 'panel';
export const TRAITS = [
  { code: 'age/18-24', name: 'Age 18–24', ttl: '90d' },
  { code: 'age/25-34', name: 'Age 25–34', ttl: '90d' },
  { code: 'age/35-54', name: 'Age 35–54', ttl: '90d' },
  { code: 'interest/running', name: 'Interest: running', ttl: '30d' },
  { code: 'interest/travel', name: 'Interest: travel', ttl: '30d' },
  { code: 'interest/cooking', name: 'Interest: cooking', ttl: '30d' },
  { code: 'buyer/sportswear', name: 'Bought sportswear', ttl: '180d' },
] as const;
const CATEGORIES = ['shoes', 'jackets', 'books', 'news'] as const;

export function makeBrowsers(chance: Chance, count: number): Browser[] {
  return Array.from({ length: count }, (_, n) => {
    const views = Array.from({ length: 1 + chance.below(4) }, () => {
      const category = chance.pick(CATEGORIES);
      return { category, sku: `${category}-${chance.below(50)}`, minutesAgo: chance.below(60) };
    });
    const browser: Browser = { n, exchangeUid: `x${chance.hex(20)}`, site: chance.pick(SITES), views };
    if (chance.next() < 0.6) browser.panelUid = `p${chance.hex(20)}`;
    if (chance.next() < 0.3) browser.email = sha256Hex(`visitor${n}@mail.example`);
    if (chance.next() < 0.25)
      browser.cart = { sku: `shoes-${chance.below(50)}`, minutesAgo: chance.below(30) };
    if (browser.email !== undefined && chance.next() < 0.5) {
      const cents = String(chance.below(100)).padStart(2, '0');
      const value = `${20 + chance.below(200)}.${cents}`;
      browser.purchase = { sku: `shoes-${chance.below(50)}`, value, hoursAgo: chance.below(24 * 20) };
    }
    return browser;
  });
}

/**
 * The provider's file: one JSON object a line, about people that we will meet and about many that we will not.
 * A few lines are wrong on purpose, as they are in every file.
 */
export function providerFile(
  chance: Chance,
  browsers: readonly Browser[],
  lines: number,
  now: number,
): string {
  const met = browsers.flatMap((browser) =>
    browser.panelUid ? [`partner:${PROVIDER}:${browser.panelUid}`] : [],
  );
  const text: string[] = [];
  for (let n = 0; n < lines; n++) {
    const id = chance.next() < 0.3 && met.length > 0 ? chance.pick(met) : `maid:${uuid(chance)}`;
    const at = new Date(now - chance.below(20 * 86_400_000)).toISOString();
    text.push(JSON.stringify({ id, trait: chance.pick(TRAITS).code, at, op: 'set' }));
  }
  const at = new Date(now).toISOString();
  text.push(JSON.stringify({ id: 'maid:00000000-0000-0000-0000-000000000000', trait: 'age/18-24', at }));
  text.push(JSON.stringify({ id: `maid:${uuid(chance)}`, trait: 'interest/unheard-of', at }));
  text.push('{"id":"maid:');
  return `${text.join('\n')}\n`;
}

export const WRONG_LINES = 3;

export function uuid(chance: Chance): string {
  return `${chance.hex(8)}-${chance.hex(4)}-4${chance.hex(3)}-a${chance.hex(3)}-${chance.hex(12)}`;
}

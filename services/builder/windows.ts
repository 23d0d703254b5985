import type { Catalog } from '../shared/stores/catalog/catalog';
import type { Lake } from '../shared/stores/lake/lake';
import type { ActiveAudience, RuleSet } from './rule-set';

const KEY = 'builder.windows';
/** After a long stop the time is made up for in pieces, so that no query names everybody at once. */
const MAX_STEP_MS = 6 * 3_600_000;
const SAVE_EVERY_MS = 5_000;
/** An evaluation so far from what is saved was made by a clock that was set: it is saved before it is made. */
const SET_CLOCK_MS = 2 * SAVE_EVERY_MS;

/** Moments, epoch ms, both included. */
interface Span {
  low: number;
  high: number;
}

export interface MovedByTime {
  iids: number[];
  /** Audiences that it can make a difference to. */
  audiences: ActiveAudience[];
  /** What is left to be looked at; `low` is up to when time was. */
  left: Span;
}

/**
 * Time passing changes memberships without any news: "in the last 7 days" runs out, a trait expires. Each tick asks
 * the lake, per distinct window, whose facts crossed an edge between the moments at which somebody was evaluated and now.
 * Nothing is scheduled, so nothing can be lost: after a stop the same question is asked for a longer while. Nor does it
 * matter which way the clock goes: one that was set ahead has let facts run out that have not, and edges are crossed back.
 */
export class Windows {
  /** Verdicts in force may be of any moment in it. */
  private span: Span = { low: 0, high: 0 };
  /** Evaluations since time was looked at. */
  private since: Span | undefined;
  private saved: Span = { low: 0, high: 0 };
  /** The newest moment of an evaluation, or of a fact behind one, by whatever clock. */
  private newest = 0;
  /** Facts up to then may have been there when somebody was evaluated as of a moment before them. */
  private unseenTo = 0;

  constructor(
    private readonly options: {
      lake: Pick<Lake, 'query'>;
      kv: Pick<Catalog['kv'], 'get' | 'put'>;
      now: () => number;
    },
  ) {}

  async load(): Promise<void> {
    const stored = await this.options.kv.get(KEY);
    const [low = this.options.now(), high = low] = stored?.split(' ').map(Number) ?? [];
    this.span = { low, high };
    this.saved = this.span;
    this.newest = high;
  }

  /**
   * Somebody is about to be evaluated as of `at`, for facts up to `receivedAt`: which is later where another machine's clock
   * is ahead of ours.
   */
  async evaluating(at: number, receivedAt = at): Promise<void> {
    this.newest = Math.max(this.newest, at, receivedAt);
    if (at < this.newest) this.unseenTo = this.newest;
    this.since = widened(this.since ?? { low: at, high: at }, at);
    const { low, high } = this.saved;
    if (at < low - SET_CLOCK_MS || at > high + SET_CLOCK_MS) await this.save();
  }

  async ranOut(rules: RuleSet): Promise<MovedByTime> {
    this.span = this.pending();
    this.since = undefined;
    const { asked, left } = nextStep(this.span, this.options.now());
    const sql =
      asked.low === asked.high
        ? undefined
        : rules.crossingsSql(asked.low, asked.high, asked.low < this.unseenTo);
    if (sql === undefined) return { iids: [], audiences: [], left };
    const rows = await this.options.lake.query<{ iid: number; event: string; trait: string }>(sql);
    const distinct = (values: string[]): string[] => [...new Set(values)].filter((value) => value !== '');
    const audiences = rules.affectedBy([
      {
        events: distinct(rows.map((row) => row.event)),
        traits: distinct(rows.map((row) => row.trait)),
        people: false,
      },
    ]);
    return { iids: [...new Set(rows.map((row) => row.iid))], audiences, left };
  }

  /** Who was found by `ranOut` is evaluated. */
  async passed(left: Span): Promise<void> {
    this.span = left;
    const moved = Math.max(Math.abs(left.low - this.saved.low), Math.abs(left.high - this.saved.high));
    if (moved >= SAVE_EVERY_MS) await this.save();
  }

  async save(): Promise<void> {
    const { low, high } = this.pending();
    await this.options.kv.put(KEY, low === high ? String(low) : `${low} ${high}`);
    this.saved = { low, high };
  }

  private pending(): Span {
    return this.since ? widened(this.span, this.since.low, this.since.high) : this.span;
  }
}

function widened({ low, high }: Span, ...moments: number[]): Span {
  return { low: Math.min(low, ...moments), high: Math.max(high, ...moments) };
}

/** What to ask for, so that in the end everything between the span and now was; and the span that is left then. */
function nextStep(span: Span, now: number): { asked: Span; left: Span } {
  const { low, high } = widened(span, now);
  if (high - low <= MAX_STEP_MS) return { asked: { low, high }, left: { low: now, high: now } };
  if (high > now) {
    const to = Math.max(high - MAX_STEP_MS, now);
    return { asked: { low: to, high }, left: { low: Math.min(span.low, to), high: to } };
  }
  const to = low + MAX_STEP_MS;
  return { asked: { low, high: to }, left: { low: to, high: Math.max(span.high, to) } };
}

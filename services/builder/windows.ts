import type { Catalog } from '../shared/stores/catalog/catalog';
import type { Lake } from '../shared/stores/lake/lake';
import type { ActiveAudience, RuleSet } from './rule-set';

const KEY = 'builder.windows';
/** After a long stop the time is made up for in pieces, so that no query names everybody at once. */
const MAX_STEP_MS = 6 * 3_600_000;
const SAVE_EVERY_MS = 5_000;

export interface MovedByTime {
  iids: number[];
  /** Audiences that it can make a difference to. */
  audiences: ActiveAudience[];
  /** Up to when time was looked at. */
  to: number;
}

/**
 * Time passing changes memberships without any news: "in the last 7 days" runs out, a trait expires. Each tick asks
 * the lake, per distinct window, whose facts crossed an edge since the last tick. Nothing is scheduled, so nothing
 * can be lost: after a stop the same question is asked for a longer while.
 */
export class Windows {
  private last = 0;
  private saved = 0;

  constructor(
    private readonly options: {
      lake: Pick<Lake, 'query'>;
      kv: Catalog['kv'];
      now: () => number;
    },
  ) {}

  async load(): Promise<void> {
    const stored = await this.options.kv.get(KEY);
    this.last = stored === undefined ? this.options.now() : Number(stored);
    this.saved = this.last;
  }

  async ranOut(rules: RuleSet): Promise<MovedByTime> {
    // A clock that was set back has let facts run out that have not: the same edges are crossed the other way.
    const step = Math.max(-MAX_STEP_MS, Math.min(this.options.now() - this.last, MAX_STEP_MS));
    const to = this.last + step;
    const sql = step === 0 ? undefined : rules.crossingsSql(Math.min(this.last, to), Math.max(this.last, to));
    if (sql === undefined) return { iids: [], audiences: [], to };
    const rows = await this.options.lake.query<{ iid: number; event: string; trait: string }>(sql);
    const distinct = (values: string[]): string[] => [...new Set(values)].filter((value) => value !== '');
    const audiences = rules.affectedBy([
      {
        events: distinct(rows.map((row) => row.event)),
        traits: distinct(rows.map((row) => row.trait)),
        people: false,
      },
    ]);
    return { iids: [...new Set(rows.map((row) => row.iid))], audiences, to };
  }

  /** Everything up to `to` was evaluated. */
  async passed(to: number): Promise<void> {
    this.last = to;
    if (Math.abs(to - this.saved) >= SAVE_EVERY_MS) await this.save();
  }

  async save(): Promise<void> {
    this.saved = this.last;
    await this.options.kv.put(KEY, String(this.last));
  }
}

import { DOCUMENTS, type AudienceRule, type AudiencesSnapshot } from '../shared/domain/snapshot';
import type { Lookups } from '../shared/stores/lookups/lookups';
import type { Catalog } from '../shared/stores/catalog/catalog';
import type { Row } from '../shared/stores/lake/insert-statements';
import type { Lake } from '../shared/stores/lake/lake';
import type { Published } from './publisher';

const TELL_MOMENTS_EVERY_MS = 5_000;

export type AudienceStatus = 'building' | 'ready' | 'failed';

export interface AudienceState {
  id: string;
  number: number;
  version: number;
  name: string;
  status: AudienceStatus;
  /** People who are members now. */
  size: number;
  /** Epoch ms of the newest evaluation that `size` stands for; 0 before the first. */
  materializedAt: number;
  /** Epoch ms: everything received until then is included. */
  watermark: number;
  error?: string;
}

/**
 * What is known of each active audience version, and where it is told: CATALOG for the API, `audience_rows` in
 * LAKE for analysts, the document `audiences` in LOOKUPS for bidders.
 */
export class AudienceStates {
  private readonly states = new Map<number, AudienceState>();
  private readonly archived: AudienceState[] = [];
  /** A size, a status or a rule: of interest to all. */
  private changed = true;
  /** Only the moments that the sizes stand for. */
  private moved = false;
  private toldAt = 0;

  constructor(
    private readonly options: {
      lookups: Pick<Lookups, 'documents'>;
      lake: Pick<Lake, 'insert'>;
      catalog: Pick<Catalog, 'audienceStates'>;
      nextSeq: () => Promise<number>;
      /** Whose traits the rule of a version asks for. */
      providersOf: (number: number) => readonly string[];
    },
  ) {}

  get(number: number): AudienceState | undefined {
    return this.states.get(number);
  }

  all(): AudienceState[] {
    return [...this.states.values()];
  }

  /** Takes up the versions that are active from now on; a version seen before keeps its state. */
  adopt(rules: readonly AudienceRule[], known: ReadonlyMap<number, AudienceState>): void {
    const previous = new Map(this.states);
    this.states.clear();
    for (const { id, number, version, name } of rules) {
      const state = previous.get(number) ?? known.get(number);
      this.states.set(
        number,
        state
          ? { ...state, name }
          : { id, number, version, name, status: 'building', size: 0, materializedAt: 0, watermark: 0 },
      );
    }
    const stillThere = new Set(rules.map((rule) => rule.id));
    for (const state of previous.values()) if (!stillThere.has(state.id)) this.archived.push(state);
    this.changed = true;
  }

  set(number: number, change: Partial<Pick<AudienceState, 'status' | 'size' | 'error'>>): void {
    const state = this.states.get(number);
    if (!state) return;
    Object.assign(state, change);
    this.changed = true;
  }

  /** Counts who entered and left. */
  published({ delta }: Published, at: number): void {
    for (const [audience, change] of delta) {
      const state = this.states.get(audience);
      if (state) state.size += change;
      if (change !== 0) this.changed = true;
    }
    this.evaluated(at);
  }

  /** Moves the moment that the sizes stand for. */
  evaluated(at: number): void {
    for (const state of this.states.values()) state.materializedAt = Math.max(state.materializedAt, at);
    this.moved = true;
  }

  received(watermark: number): void {
    for (const state of this.states.values()) state.watermark = Math.max(state.watermark, watermark);
    this.moved = true;
  }

  /**
   * Tells everybody, when there is something to tell or `force` is set. That a quiet audience is up to date is told
   * to the API alone, and now and then.
   */
  async flush(force: boolean, nowMs: number): Promise<void> {
    const states = this.all();
    if (!this.changed && !force) {
      if (!this.moved || Math.abs(nowMs - this.toldAt) < TELL_MOMENTS_EVERY_MS) return;
      this.toldAt = nowMs;
      this.moved = false;
      return this.options.catalog.audienceStates.put(states);
    }
    this.toldAt = nowMs;
    this.changed = false;
    this.moved = false;
    const gone = this.archived.splice(0);
    const seq = await this.options.nextSeq();
    const row = (state: AudienceState, archived: number): Row => [
      state.id, state.number, state.name, state.version, state.size,
      state.materializedAt, archived, seq,
    ]; // prettier-ignore
    const rows = [...gone.map((state) => row(state, 1)), ...states.map((state) => row(state, 0))];
    if (rows.length > 0) {
      await this.options.lake.insert({
        table: 'audience_rows',
        columns: ['id', 'number', 'name', 'version', 'size', 'materialized_at', 'archived', 'seq'],
        rows,
        token: `audience_rows:${seq}`,
      });
    }
    await this.options.catalog.audienceStates.put(states);
    await this.announce(states, nowMs);
  }

  private async announce(states: readonly AudienceState[], nowMs: number): Promise<void> {
    const document: AudiencesSnapshot = {
      audiences: states.map(({ id, number, version, status }) => {
        const providers = [...this.options.providersOf(number)];
        const ready = status === 'ready';
        return { id, number, version, ready, ...(providers.length === 0 ? {} : { providers }) };
      }),
    };
    const body = Buffer.from(JSON.stringify(document));
    const stored = await this.options.lookups.documents.get(DOCUMENTS.audiences);
    if (stored?.body.equals(body)) return;
    // Where it was lost, bidders have seen revisions that nobody knows any more: the time is above them.
    const revision = Math.max((stored?.revision ?? 0) + 1, nowMs);
    await this.options.lookups.documents.put(DOCUMENTS.audiences, revision, body);
  }
}

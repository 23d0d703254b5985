import { and, eq, inArray, isNull } from 'drizzle-orm';
import type { Database } from './connection';
import { audienceStates, RESOURCE_TABLES } from './schema';
import type { AudienceDefinition } from './definitions';

export interface AudienceState {
  id: string;
  /** Dense number of this version; never reused. */
  number: number;
  version: number;
  name: string;
  status: 'building' | 'ready' | 'failed';
  /** People. */
  size: number;
  /** Epoch ms; 0 before the first build. */
  materializedAt: number;
  /** Epoch ms: everything received until then is included; 0 before the first build. */
  watermark: number;
  error?: string;
}

/** The current version of each audience, and what the builder says of it. */
export class AudienceStateStore {
  constructor(private readonly database: Database) {}

  /** Of audiences that are not archived; of all, or of those asked for. */
  async list(ids?: readonly string[]): Promise<AudienceState[]> {
    if (ids?.length === 0) return [];
    const audiences = RESOURCE_TABLES.audience;
    const rows = await this.database
      .select({ state: audienceStates, definition: audiences.definition })
      .from(audienceStates)
      .innerJoin(audiences, eq(audiences.id, audienceStates.id))
      .where(and(isNull(audiences.archivedAt), ids && inArray(audienceStates.id, [...ids])));
    return rows.map(({ state: { error, ...state }, definition }) => ({
      ...state,
      name: (definition as AudienceDefinition).name,
      ...(error === null ? {} : { error }),
    }));
  }

  /** The builder's word. Of a version that is no longer the current one it is ignored. */
  async put(states: readonly Omit<AudienceState, 'name'>[]): Promise<void> {
    for (const { id, number, status, size, materializedAt, watermark, error } of states) {
      await this.database
        .update(audienceStates)
        .set({ status, size, materializedAt, watermark, error: error ?? null })
        .where(and(eq(audienceStates.id, id), eq(audienceStates.number, number)));
    }
  }

  /** A new version, to be built. */
  async begin(version: { id: string; number: number; version: number }): Promise<void> {
    const fresh = { status: 'building' as const, size: 0, materializedAt: 0, watermark: 0, error: null };
    await this.database
      .insert(audienceStates)
      .values({ ...version, ...fresh })
      .onConflictDoUpdate({ target: audienceStates.id, set: { ...version, ...fresh } });
  }
}

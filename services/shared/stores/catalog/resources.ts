import { and, arrayContains, asc, eq, gt, inArray, isNull, or, sql, type SQL } from 'drizzle-orm';
import type { Database } from './connection';
import type { ResourceTable } from './schema';

/** A resource as it is kept. */
export interface Stored<Definition> {
  id: string;
  /** Place in the order of creation. */
  seq: number;
  /** The advertiser or provider it belongs to; null: the house. */
  ownerId: string | null;
  definition: Definition;
  /** What it refers to, `kind:id`. */
  refs: string[];
  /** Grows by one with every replacement; 1 at first. */
  version: number;
  /** Revision of the catalog at its last change. */
  revision: number;
  createdAt: Date;
  updatedAt: Date;
  archivedAt: Date | null;
}

export interface ListOptions {
  /** At most so many. */
  limit: number;
  /** Only those behind this `seq`. */
  after?: number;
  /** Only those of this owner; with `orHouse` also those of nobody. */
  ownerId?: string;
  orHouse?: boolean;
}

/** Reads one kind of resource. Archived ones are left out unless said otherwise. */
export class ResourceReader<Definition> {
  constructor(
    protected readonly database: Database,
    protected readonly table: ResourceTable,
  ) {}

  async get(id: string): Promise<Stored<Definition> | undefined> {
    const found = await this.getMany([id]);
    return found[0];
  }

  /** Those that exist, in the order of creation. */
  async getMany(ids: readonly string[]): Promise<Stored<Definition>[]> {
    if (ids.length === 0) return [];
    return this.select(and(inArray(this.table.id, [...new Set(ids)]), isNull(this.table.archivedAt)));
  }

  /** Whether the id was ever given, archived ones included: ids are not given twice. */
  async takenIds(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const rows = await this.database
      .select({ id: this.table.id })
      .from(this.table)
      .where(inArray(this.table.id, [...ids]));
    return rows.map((row) => row.id);
  }

  async list(options: ListOptions): Promise<Stored<Definition>[]> {
    const owner = options.ownerId === undefined ? undefined : eq(this.table.ownerId, options.ownerId);
    return this.select(
      and(
        isNull(this.table.archivedAt),
        owner && options.orHouse ? or(owner, isNull(this.table.ownerId)) : owner,
        options.after === undefined ? undefined : gt(this.table.seq, options.after),
      ),
      options.limit,
    );
  }

  /** Ids of those that refer to any of `refs`, at most `limit`. */
  async referringTo(
    refs: readonly string[],
    limit: number,
  ): Promise<{ id: string; ownerId: string | null }[]> {
    if (refs.length === 0) return [];
    return this.database
      .select({ id: this.table.id, ownerId: this.table.ownerId })
      .from(this.table)
      .where(
        and(or(...refs.map((ref) => arrayContains(this.table.refs, [ref]))), isNull(this.table.archivedAt)),
      )
      .orderBy(asc(this.table.seq))
      .limit(limit);
  }

  /** Those whose id begins so, at most `limit`. */
  async startingWith(prefix: string, limit: number): Promise<Stored<Definition>[]> {
    return this.select(
      and(sql`starts_with(${this.table.id}, ${prefix})`, isNull(this.table.archivedAt)),
      limit,
    );
  }

  private async select(where: SQL | undefined, limit?: number): Promise<Stored<Definition>[]> {
    const query = this.database.select().from(this.table).where(where).orderBy(asc(this.table.seq));
    const rows = await (limit === undefined ? query : query.limit(limit));
    return rows as Stored<Definition>[];
  }
}

export interface NewResource<Definition> {
  id: string;
  ownerId: string | null;
  definition: Definition;
  refs: string[];
}

/** Writes one kind of resource, inside one change of the catalog. */
export class ResourceWriter<Definition> extends ResourceReader<Definition> {
  constructor(
    database: Database,
    table: ResourceTable,
    private readonly change: { revision: number; at: Date },
  ) {
    super(database, table);
  }

  /** Fails on the primary key where an id is taken. */
  async create(resources: readonly NewResource<Definition>[]): Promise<Stored<Definition>[]> {
    const { revision, at } = this.change;
    const rows = await this.database
      .insert(this.table)
      .values(
        resources.map((resource) => ({
          ...resource,
          version: 1,
          revision,
          createdAt: at,
          updatedAt: at,
        })),
      )
      .returning();
    return (rows as Stored<Definition>[]).sort((a, b) => a.seq - b.seq);
  }

  /** Undefined when it is no longer there. */
  async replace(
    id: string,
    change: { definition: Definition; refs: string[] },
  ): Promise<Stored<Definition> | undefined> {
    const [row] = await this.database
      .update(this.table)
      .set({ ...change, ...this.touched() })
      .where(and(eq(this.table.id, id), isNull(this.table.archivedAt)))
      .returning();
    return row as Stored<Definition> | undefined;
  }

  /** Makes those that look for what changed look at these again; their version stays. */
  async touch(ids: readonly string[]): Promise<void> {
    await this.database
      .update(this.table)
      .set({ revision: this.change.revision })
      .where(inArray(this.table.id, [...ids]));
  }

  async archive(id: string): Promise<void> {
    await this.database
      .update(this.table)
      .set({ archivedAt: this.change.at, ...this.touched() })
      .where(and(eq(this.table.id, id), isNull(this.table.archivedAt)));
  }

  private touched() {
    return {
      version: sql`${this.table.version} + 1`,
      revision: this.change.revision,
      updatedAt: this.change.at,
    };
  }
}

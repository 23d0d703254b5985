import { and, asc, eq, gt, isNull } from 'drizzle-orm';
import type { Role } from '../../domain/snapshot';
import type { Database } from './connection';
import { apiKeys } from './schema';

export interface ApiKey {
  id: string;
  seq: number;
  /** sha256 of the key, hex. */
  hash: string;
  role: Role;
  name: string | null;
  createdAt: Date;
}

/** Keys in force; a revoked one is not seen any more. */
export class ApiKeyReader {
  constructor(protected readonly database: Database) {}

  async byHash(hash: string): Promise<ApiKey | undefined> {
    const [row] = await this.database
      .select()
      .from(apiKeys)
      .where(and(eq(apiKeys.hash, hash), isNull(apiKeys.revokedAt)));
    return row && toApiKey(row);
  }

  async get(id: string): Promise<ApiKey | undefined> {
    const [row] = await this.database
      .select()
      .from(apiKeys)
      .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)));
    return row && toApiKey(row);
  }

  async list(options: { limit?: number; after?: number } = {}): Promise<ApiKey[]> {
    const query = this.database
      .select()
      .from(apiKeys)
      .where(and(isNull(apiKeys.revokedAt), gt(apiKeys.seq, options.after ?? 0)))
      .orderBy(asc(apiKeys.seq));
    const rows = await (options.limit === undefined ? query : query.limit(options.limit));
    return rows.map(toApiKey);
  }

  /** Keys of one tenant. */
  async ofTenant(kind: Role['kind'], id: string, limit: number): Promise<ApiKey[]> {
    const rows = await this.database
      .select()
      .from(apiKeys)
      .where(and(eq(apiKeys.roleKind, kind), eq(apiKeys.roleId, id), isNull(apiKeys.revokedAt)))
      .orderBy(asc(apiKeys.seq))
      .limit(limit);
    return rows.map(toApiKey);
  }
}

export class ApiKeyWriter extends ApiKeyReader {
  constructor(
    database: Database,
    private readonly change: { revision: number; at: Date },
  ) {
    super(database);
  }

  async create(key: { id: string; hash: string; role: Role; name?: string }): Promise<ApiKey> {
    const { revision, at } = this.change;
    const [row] = await this.database
      .insert(apiKeys)
      .values({
        id: key.id,
        hash: key.hash,
        roleKind: key.role.kind,
        roleId: 'id' in key.role ? key.role.id : null,
        name: key.name ?? null,
        revision,
        createdAt: at,
      })
      .returning();
    if (row === undefined) throw new Error('an inserted key came back without a row');
    return toApiKey(row);
  }

  /** False when there is no such key in force. */
  async revoke(id: string): Promise<boolean> {
    const rows = await this.database
      .update(apiKeys)
      .set({ revokedAt: this.change.at, revision: this.change.revision })
      .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
      .returning({ id: apiKeys.id });
    return rows.length > 0;
  }
}

function toApiKey(row: typeof apiKeys.$inferSelect): ApiKey {
  return {
    id: row.id,
    seq: row.seq,
    hash: row.hash,
    role: toRole(row.roleKind, row.roleId),
    name: row.name,
    createdAt: row.createdAt,
  };
}

function toRole(kind: string, id: string | null): Role {
  if (kind === 'admin' || kind === 'analyst') return { kind };
  if (id !== null && (kind === 'advertiser' || kind === 'publisher' || kind === 'provider')) {
    return { kind, id };
  }
  throw new Error(`a key of an unknown role: ${kind}`);
}

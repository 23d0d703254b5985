import { createHash, timingSafeEqual } from 'node:crypto';
import type { Role } from '../../shared/domain/snapshot';
import type { ApiKeyReader } from '../../shared/stores/catalog/api-keys';

export type TenantKind = 'advertiser' | 'publisher' | 'provider';

/** Who asks. */
export interface Caller {
  /** Id of the key; `admin` for the token of the configuration. */
  keyId: string;
  role: Role;
}

/** Knows callers by their keys; of keys only hashes are kept. */
export class Callers {
  private readonly adminHash: Buffer;

  constructor(
    private readonly options: {
      adminToken: string;
      keys: Pick<ApiKeyReader, 'byHash'>;
    },
  ) {
    this.adminHash = createHash('sha256').update(options.adminToken).digest();
  }

  /** Undefined: no such key is in force. */
  async byKey(key: string): Promise<Caller | undefined> {
    const hash = createHash('sha256').update(key).digest();
    if (timingSafeEqual(hash, this.adminHash)) return { keyId: 'admin', role: { kind: 'admin' } };
    const found = await this.options.keys.byHash(hash.toString('hex'));
    return found && { keyId: found.id, role: found.role };
  }

  /** By `Authorization: Bearer <key>` (RFC 6750 section 2.1). */
  async byAuthorization(header: string | undefined): Promise<Caller | undefined> {
    const match = /^bearer +(\S+)$/i.exec(header?.trim() ?? '');
    return match?.[1] === undefined ? undefined : this.byKey(match[1]);
  }
}

/** The tenant that a caller is bound to; undefined for administrators and analysts. */
export function tenantOf(caller: Caller, kind: TenantKind): string | undefined {
  return caller.role.kind === kind ? caller.role.id : undefined;
}

/** `advertiser:acme` and the like, as the API writes roles. */
export function roleText(role: Role): string {
  return 'id' in role ? `${role.kind}:${role.id}` : role.kind;
}

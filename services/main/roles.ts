import type { Registry } from 'prom-client';
import type { Config } from '../shared/runtime/config';
import type { ConnectionSource } from '../shared/runtime/http-server';
import type { Logger } from '../shared/runtime/logger';
import type { Service } from '../shared/runtime/service';
import type { Secrets } from './secrets';

/**
 * What a child process is there for; the module of the same name beside this one is its entry, so that each
 * loads only what it needs: a bidder carries no ClickHouse and no Postgres. `platform` is ingest, builder and API
 * in one, as the embedded engines want it.
 */
export const ROLES = ['platform', 'collector', 'ingest', 'builder', 'api', 'bidder'] as const;
export type Role = (typeof ROLES)[number];

/** What may follow `muster serve`, and the processes it means, in the order in which they start. */
export const SERVE_TARGETS = {
  all: ['platform', 'collector', 'bidder'],
  collector: ['collector'],
  ingest: ['ingest'],
  builder: ['builder'],
  api: ['api'],
  bidder: ['bidder'],
} as const satisfies Record<string, readonly Role[]>;
export type ServeTarget = keyof typeof SERVE_TARGETS;

export interface RoleContext {
  config: Config & Secrets;
  logger: Logger;
  registry: Registry;
  /** For the role `bidder`: connections come from the supervisor. */
  connections?: ConnectionSource;
  /** Which of how many processes of its role this is; `id` counts from 0. */
  worker: { id: number; count: number };
}

export type StartRole = (context: RoleContext) => Promise<Service>;

/** Whether this role opens an embedded ClickHouse or Postgres, which serve one process per directory. */
export function ownsEmbeddedEngines(
  role: Role,
  { clickhouseUrl, postgresUrl }: Pick<Config, 'clickhouseUrl' | 'postgresUrl'>,
): boolean {
  const opensThem = role !== 'collector' && role !== 'bidder';
  return opensThem && (clickhouseUrl === undefined || postgresUrl === undefined);
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import {
  DOCUMENTS,
  type BiddingSnapshot,
  type EdgeSnapshot,
  type RulesSnapshot,
} from '../../shared/domain/snapshot';
import { createRegistry } from '../../shared/runtime/metrics';
import type { Catalog } from '../../shared/stores/catalog/catalog';
import { openCatalog } from '../../shared/stores/catalog/open-catalog';
import type { Lake } from '../../shared/stores/lake/lake';
import { openLake } from '../../shared/stores/lake/open-lake';
import { openLmdbLookups } from '../../shared/stores/lookups/lmdb/open-lmdb-lookups';
import type { Lookups } from '../../shared/stores/lookups/lookups';
import { startApi } from '../api';

export const ADMIN = 'an-admin-token-of-tests';

export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

export interface ApiUnderTest {
  catalog: Catalog;
  lake: Lake;
  lookups: Lookups;
  port: number;
  /** The API's clock, epoch ms; undefined: the real one. */
  clock: { ms: number | undefined };
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Calls and expects this status. */
  expect(status: number, method: string, path: string, options?: CallOptions): Promise<Answer>;
  document(name: 'edge'): Promise<EdgeSnapshot>;
  document(name: 'bidding'): Promise<BiddingSnapshot>;
  document(name: 'rules'): Promise<RulesSnapshot>;
  /** Makes a key of a role. */
  key(role: string): Promise<string>;
  close(): Promise<void>;
}

export interface CallOptions {
  /** @default the admin token; null: none */
  key?: string | null;
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** The API on its real engines, in a directory of its own. */
export async function startApiUnderTest(
  options: { adminToken?: string; dir?: string } = {},
): Promise<ApiUnderTest> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'muster-api-'));
  const clock: { ms: number | undefined } = { ms: undefined };
  const catalog = await openCatalog({ path: join(dir, 'catalog') });
  const lake = await openLake({ path: join(dir, 'lake') });
  const lookups = await openLmdbLookups({ dir: join(dir, 'lookups') });
  const api = await startApi({
    catalog,
    lake,
    lookups,
    host: '127.0.0.1',
    port: 0,
    adminToken: options.adminToken ?? ADMIN,
    secret: 'a-secret-of-tests',
    registry: createRegistry({ process: 'test' }),
    logger: pino({ level: 'silent' }),
    now: () => clock.ms ?? Date.now(),
  });

  const call = async (method: string, path: string, { key = ADMIN, body, headers }: CallOptions = {}) => {
    const response = await fetch(`http://127.0.0.1:${api.port}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
    return {
      status: response.status,
      headers: response.headers,
      body: (json ? JSON.parse(text) : { text }) as Record<string, unknown>,
    };
  };

  return {
    catalog,
    lake,
    lookups,
    port: api.port,
    clock,
    call,
    expect: async (status, method, path, callOptions) => {
      const answer = await call(method, path, callOptions);
      if (answer.status !== status) {
        throw new Error(
          `${method} ${path}: ${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`,
        );
      }
      return answer;
    },
    document: (async (name: keyof typeof DOCUMENTS) => {
      const stored = await lookups.documents.get(DOCUMENTS[name]);
      if (stored === undefined) throw new Error(`there is no document ${name}`);
      return JSON.parse(stored.body.toString()) as unknown;
    }) as ApiUnderTest['document'],
    key: async (role) => {
      const { status, body } = await call('POST', '/v1/keys', { body: { role } });
      if (status !== 201) throw new Error(JSON.stringify(body));
      return body.key as string;
    },
    close: async () => {
      await api.close();
      await Promise.all([catalog.close(), lake.close(), lookups.close()]);
      if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** `[path, code]` of each fault. */
export function faults(answer: Answer): [string, string][] {
  const errors = (answer.body.errors ?? []) as { path: string; code: string }[];
  return errors.map(({ path, code }) => [path, code]);
}

import { createHash } from 'node:crypto';
import { request, type IncomingHttpHeaders } from 'node:http';
import pino from 'pino';
import { Registry } from 'prom-client';
import { DOCUMENTS, type EdgeSnapshot } from '../../shared/domain/snapshot';
import { startCollector, type CollectorOptions } from '../collector';
import { MemoryDocuments } from '../../shared/stores/lookups/testing/memory-documents';
import { MemoryLog } from './memory-log';

export const NOW = Date.parse('2026-06-15T12:00:00Z');
export const KEYS = {
  admin: 'admin-key-0123456789',
  publisher: 'publisher-key',
  provider: 'provider-key',
  otherProvider: 'other-provider-key',
  analyst: 'analyst-key',
} as const;

const hash = (key: string): string => createHash('sha256').update(key).digest('hex');

export const EDGE: EdgeSnapshot = {
  keys: [
    { id: 'k1', hash: hash(KEYS.admin), role: { kind: 'admin' } },
    { id: 'k2', hash: hash(KEYS.publisher), role: { kind: 'publisher', id: 'news' } },
    { id: 'k3', hash: hash(KEYS.provider), role: { kind: 'provider', id: 'acme' } },
    { id: 'k4', hash: hash(KEYS.otherProvider), role: { kind: 'provider', id: 'other' } },
    { id: 'k5', hash: hash(KEYS.analyst), role: { kind: 'analyst' } },
  ],
  partners: [
    {
      id: 'dsp',
      syncUrl:
        'https://sync.dsp.example/match?id=[UID]&gdpr=${GDPR}&c=${GDPR_CONSENT_7}&next=https%3A%2F%2Fa%2F%3Fu%3D%5BUID%5D',
      uidMacro: '[UID]',
      redirectHosts: ['sync.dsp.example', '127.0.0.1:9999'],
    },
    { id: 'quiet', uidMacro: '$UID', redirectHosts: [] },
  ],
  publishers: [
    { id: 'news', domains: ['news.example'] },
    { id: 'shop', domains: ['shop.example'] },
  ],
  providers: [
    { id: 'acme', tcfVendorId: 42, traits: { 'age/25-34': {}, 'intent/car': { ttlMs: 7 * 86_400_000 } } },
    { id: 'other', traits: {} },
  ],
};

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  text: string;
}

export interface AskOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

export interface TestCollector {
  url: string;
  port: number;
  log: MemoryLog;
  documents: MemoryDocuments;
  registry: Registry;
  ask(path: string, options?: AskOptions): Promise<Answer>;
  missing(): string[] | Promise<string[]>;
  close(): Promise<void>;
}

/** A collector on a port of its own, with a catalog, a log in memory and the clock at NOW. */
export async function startTestCollector(
  overrides: Partial<CollectorOptions> & { edge?: EdgeSnapshot | null } = {},
): Promise<TestCollector> {
  const { edge = EDGE, ...options } = overrides;
  const log = new MemoryLog();
  const documents = new MemoryDocuments();
  const registry = new Registry();
  if (edge !== null) await documents.put(DOCUMENTS.edge, 1, Buffer.from(JSON.stringify(edge)));
  const collector = await startCollector({
    log,
    documents,
    host: '127.0.0.1',
    port: 0,
    publicUrl: 'https://collect.example',
    secret: 'a secret for tests',
    tag: '/* the tag */',
    retentionDays: 400,
    registry,
    logger: pino({ level: 'silent' }),
    now: () => NOW,
    ...options,
  });
  const url = `http://127.0.0.1:${collector.port}`;
  return {
    url,
    port: collector.port,
    log,
    documents,
    registry,
    ask: (path, ask) => send(url + path, ask),
    missing: () => collector.missing(),
    close: () => collector.close(),
  };
}

/** One request over HTTP, redirects not followed. */
export function send(url: string, { method = 'GET', headers = {}, body }: AskOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request(url, { method, headers, agent: false }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () => {
        const whole = Buffer.concat(chunks);
        resolve({
          status: res.statusCode ?? 0,
          headers: res.headers,
          body: whole,
          text: whole.toString('utf8'),
        });
      });
    });
    req.on('error', reject);
    req.end(body);
  });
}

/** The value of our cookie in an answer, if it sets one. */
export function cookieOf(answer: Answer): string | undefined {
  return /^muid=([^;]*)/.exec(answer.headers['set-cookie']?.[0] ?? '')?.[1];
}

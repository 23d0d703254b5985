import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Catalog, CatalogChange } from '../../shared/stores/catalog/catalog';
import { DAY_MS } from '../../shared/domain/time';
import { ApiProblem, conflict, invalid } from './api-problem';
import type { Reply } from './route';
import { sha256Hex } from '../../shared/domain/sha256';

export interface IdempotentRequest {
  /** The Idempotency-Key as given. */
  key: string;
  /** Caller, method and path: the same key elsewhere is another key. */
  scope: string;
  body: unknown;
}

/**
 * Answers a repeated POST as it was answered first, for 24 hours. The answer is stored in the transaction that
 * did the work, so that neither is there without the other; it is sealed under the Idempotency-Key, because
 * the answer to a new API key holds that key.
 */
export class Idempotency {
  private readonly inFlight = new Set<string>();

  constructor(private readonly options: { catalog: Catalog; secret: string; now: () => number }) {}

  /** `work` runs where this was never asked before; it is handed what stores its answer. */
  async once(
    request: IdempotentRequest,
    work: (store: (change: CatalogChange, reply: Reply) => Promise<void>) => Promise<Reply>,
  ): Promise<Reply> {
    const keyHash = sha256Hex(`${request.scope}\n${request.key}`);
    const requestHash = sha256Hex(JSON.stringify(request.body ?? null));
    if (this.inFlight.has(keyHash)) throw stillRunning();
    this.inFlight.add(keyHash);
    try {
      const since = new Date(this.options.now() - DAY_MS);
      const earlier = await this.options.catalog.idempotentAnswers.get(keyHash, since);
      if (earlier !== undefined) return this.repeat(request.key, requestHash, earlier);
      return await work(async (change, reply) => {
        const answer = this.seal(request.key, JSON.stringify(reply));
        await change.idempotentAnswers.put({ keyHash, requestHash, answer }, change.at, since);
      });
    } finally {
      this.inFlight.delete(keyHash);
    }
  }

  private repeat(key: string, requestHash: string, earlier: { requestHash: string; answer: string }): Reply {
    if (earlier.requestHash !== requestHash) {
      throw new ApiProblem({
        status: 422,
        code: 'idempotency_key_reused',
        detail: 'this Idempotency-Key was used with another body',
        errors: [{ path: 'Idempotency-Key', code: 'reused', message: 'was used with another body' }],
      });
    }
    const reply = JSON.parse(this.open(key, earlier.answer)) as Reply;
    return { ...reply, headers: { ...reply.headers, 'idempotent-replayed': 'true' } };
  }

  private seal(key: string, text: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.sealingKey(key), nonce);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
  }

  private open(key: string, answer: string): string {
    const bytes = Buffer.from(answer, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', this.sealingKey(key), bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
  }

  private sealingKey(key: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.options.secret, key, 'muster idempotent answer', 32));
  }
}

/** The header's value, or undefined; 422 where it cannot be one. */
export function idempotencyKeyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(header))
    return header;
  throw invalid([
    { path: 'Idempotency-Key', code: 'invalid_value', message: 'must be 1 to 255 printable characters' },
  ]);
}

function stillRunning(): ApiProblem {
  return conflict('in_flight', 'a request with this Idempotency-Key is being worked on');
}

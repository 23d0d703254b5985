import type { IncomingMessage } from 'node:http';
import type { BiddingIndex } from '../snapshot/bidding-index';
import type { CompiledExchange } from '../snapshot/exchange';
import { sha256Hex } from '../../shared/domain/sha256';

export type AccessProblem = { status: 401 | 403; code: string; detail: string };

const HASHES_MAX = 1_000;

/** Who may send bid requests, and who may look behind them. */
export class Access {
  /** Header → sha256 of the key in it, hex: an exchange sends the same one with every request. */
  readonly #hashes = new Map<string, string>();

  /** What speaks against the caller of an exchange; undefined when nothing does. An admin key opens every one. */
  toExchange(
    req: IncomingMessage,
    exchange: CompiledExchange,
    bidding: BiddingIndex,
  ): AccessProblem | undefined {
    if (!exchange.allows(req.socket.remoteAddress)) {
      return { status: 403, code: 'address', detail: 'the exchange does not call from this address' };
    }
    if (exchange.keyHash === undefined) return undefined;
    const hash = this.#keyHash(req);
    if (hash !== undefined && (hash === exchange.keyHash || bidding.adminKeyHashes.has(hash)))
      return undefined;
    return unauthorized('the exchange has a key, and this is not it');
  }

  toInside(req: IncomingMessage, bidding: BiddingIndex): AccessProblem | undefined {
    const hash = this.#keyHash(req);
    return hash !== undefined && bidding.adminKeyHashes.has(hash)
      ? undefined
      : unauthorized('an admin key is needed');
  }

  /** Hashes are compared, not keys: what the time of a comparison tells says nothing about a key. */
  #keyHash(req: IncomingMessage): string | undefined {
    const header = req.headers.authorization;
    if (header === undefined || header.length > 512) return undefined;
    let hash = this.#hashes.get(header);
    if (hash === undefined) {
      const key = /^Bearer +(\S+) *$/i.exec(header)?.[1];
      if (key === undefined) return undefined;
      hash = sha256Hex(key);
      if (this.#hashes.size >= HASHES_MAX) this.#hashes.clear();
      this.#hashes.set(header, hash);
    }
    return hash;
  }
}

function unauthorized(detail: string): AccessProblem {
  return { status: 401, code: 'key', detail };
}

import { createHash } from 'node:crypto';
import type { ClaimLookups, ClaimPosition } from '../lookups';
import { readUint48, writeUint48 } from '../packing';
import type { Bytes, Writes } from './environment';

/** Longer keys are stored under their digest, with the full text beside the value to tell a collision. */
const MAX_PLAIN_KEY_BYTES = 1_024;
const PLAIN = 0;
const DIGEST = 1;
const WRITE_CHUNK = 1_000;
/** Position (8) and expiry (6); the full key follows where the digest stands in for it. */
const VALUE_BYTES = 14;

interface StoredClaim {
  position: ClaimPosition;
  expiresAt: number;
}

/** `claims` has the positions; `expiries` lists the keys by the second in which they expire, for sweeping. */
export class LmdbClaims implements ClaimLookups {
  constructor(
    private readonly claims: Bytes<Buffer>,
    private readonly expiries: Bytes<Buffer>,
    private readonly writes: Writes,
  ) {}

  async claim(
    space: string,
    claims: readonly { key: string; position: ClaimPosition; expiresAt: number }[],
    nowMs: number,
  ): Promise<ClaimPosition[]> {
    const holders = new Array<ClaimPosition>(claims.length);
    for (let from = 0; from < claims.length; from += WRITE_CHUNK) {
      const chunk = claims
        .slice(from, from + WRITE_CHUNK)
        .map((claim) => ({ ...claim, text: claimText(space, claim.key) }));
      await this.writes.run(
        () => {
          chunk.forEach((claim, index) => (holders[from + index] = this.claimOne(claim, nowMs)));
        },
        { durable: from + WRITE_CHUNK >= claims.length },
      );
    }
    return holders;
  }

  has(space: string, keys: readonly string[], nowMs: number): boolean[] {
    return keys.map((key) => {
      const held = this.read(claimText(space, key));
      return held !== undefined && held.expiresAt > nowMs;
    });
  }

  async sweep(nowMs: number, maxCount: number): Promise<number> {
    const expired: Buffer[] = [];
    const end = expiryKey(nowMs, Buffer.alloc(0));
    for (const key of this.expiries.getKeys({ start: Buffer.from([0]), end, limit: maxCount }))
      expired.push(Buffer.from(key));
    if (expired.length === 0) return 0;
    return this.writes.run(
      () => {
        let forgotten = 0;
        for (const key of expired) {
          void this.expiries.remove(key);
          const claimKey = key.subarray(4);
          const bytes = this.claims.getBinary(claimKey);
          // Claimed anew meanwhile: it has another entry, with its later expiry.
          if (bytes === undefined || decode(bytes).expiresAt >= nowMs) continue;
          void this.claims.remove(claimKey);
          forgotten++;
        }
        return forgotten;
      },
      { durable: false },
    );
  }

  private claimOne(
    claim: { text: Buffer; position: ClaimPosition; expiresAt: number },
    nowMs: number,
  ): ClaimPosition {
    const held = this.read(claim.text);
    if (held !== undefined && held.expiresAt > nowMs) return held.position;
    const key = storedKey(claim.text);
    if (held !== undefined) void this.expiries.remove(expiryKey(held.expiresAt, key));
    void this.claims.put(key, encode(claim, key[0] === DIGEST ? claim.text : undefined));
    void this.expiries.put(expiryKey(claim.expiresAt, key), Buffer.from([0]));
    return claim.position;
  }

  private read(text: Buffer): StoredClaim | undefined {
    const key = storedKey(text);
    const bytes = this.claims.getBinary(key);
    if (bytes === undefined) return undefined;
    if (key[0] === DIGEST && !bytes.subarray(VALUE_BYTES).equals(text)) {
      throw new Error('two claim keys with one sha256 digest');
    }
    return decode(bytes);
  }
}

function claimText(space: string, key: string): Buffer {
  return Buffer.from(`${space}\0${key}`);
}

function storedKey(text: Buffer): Buffer {
  return text.length <= MAX_PLAIN_KEY_BYTES
    ? Buffer.concat([Buffer.from([PLAIN]), text])
    : Buffer.concat([Buffer.from([DIGEST]), createHash('sha256').update(text).digest()]);
}

/** Whole seconds, rounded up, big-endian: the order of the keys is the order of expiry. */
function expiryKey(expiresAt: number, claimKey: Buffer): Buffer {
  const key = Buffer.allocUnsafe(4 + claimKey.length);
  key.writeUInt32BE(Math.ceil(expiresAt / 1000), 0);
  claimKey.copy(key, 4);
  return key;
}

function encode(claim: StoredClaim, fullText: Buffer | undefined): Buffer {
  const bytes = Buffer.alloc(VALUE_BYTES);
  bytes.writeUInt16LE(claim.position.partition, 0);
  writeUint48(bytes, 2, claim.position.offset);
  writeUint48(bytes, 8, claim.expiresAt);
  return fullText === undefined ? bytes : Buffer.concat([bytes, fullText]);
}

function decode(bytes: Buffer): StoredClaim {
  return {
    position: { partition: bytes.readUInt16LE(0), offset: readUint48(bytes, 2) },
    expiresAt: readUint48(bytes, 8),
  };
}

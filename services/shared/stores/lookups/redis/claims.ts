import type { ClaimLookups, ClaimPosition } from '../lookups';
import { readUint48, writeUint48 } from '../packing';
import { inChunks } from './chunks';
import type { NamespaceOptions } from './namespace-options';

/** Position (2 + 6) and expiry (6), little-endian. The script that holds a claim reads the expiry too. */
const VALUE_BYTES = 14;
/** Callers say what time it is, and may be behind this process: Redis forgets a day later than they would. */
const FORGET_MARGIN_MS = 86_400_000;

/** A key for each claim, which Redis forgets by itself. */
export class RedisClaims implements ClaimLookups {
  constructor(private readonly options: NamespaceOptions) {}

  async claim(
    space: string,
    claims: readonly { key: string; position: ClaimPosition; expiresAt: number }[],
    nowMs: number,
  ): Promise<ClaimPosition[]> {
    const { connections, keys, replicas } = this.options;
    // Commands of one key go to one node in this order: of two claims in a call the first wins.
    const holders = await inChunks(claims, async ({ key, position, expiresAt }) => {
      const ttlMs = Math.max(0, expiresAt - Date.now()) + FORGET_MARGIN_MS;
      const value = encode(position, expiresAt);
      return decode(await connections.writes.holdClaimBuffer(keys.claim(space, key), value, nowMs, ttlMs));
    });
    await replicas.settle();
    return holders.map(({ position }) => position);
  }

  async has(space: string, keys: readonly string[], nowMs: number): Promise<boolean[]> {
    const { connections, keys: places } = this.options;
    return inChunks(keys, async (key) => {
      const bytes = await connections.writes.getBuffer(places.claim(space, key));
      return bytes !== null && decode(bytes).expiresAt > nowMs;
    });
  }

  /** Nothing to do: Redis forgets by itself, a day after the expiry. */
  async sweep(): Promise<number> {
    return 0;
  }
}

function encode(position: ClaimPosition, expiresAt: number): Buffer {
  const bytes = Buffer.allocUnsafe(VALUE_BYTES);
  bytes.writeUInt16LE(position.partition, 0);
  writeUint48(bytes, 2, position.offset);
  writeUint48(bytes, 8, expiresAt);
  return bytes;
}

function decode(bytes: Buffer): { position: ClaimPosition; expiresAt: number } {
  return {
    position: { partition: bytes.readUInt16LE(0), offset: readUint48(bytes, 2) },
    expiresAt: readUint48(bytes, 8),
  };
}

import { v3 } from 'murmurhash';

/**
 * The one stable hash: murmur3 x86 32-bit over UTF-8, modulo `buckets`. Decides partitions, hold-outs,
 * sampling and ties; the same for ever, so never change it. Never an identity, never a security matter.
 */
export function bucket(key: string, buckets: number, seed = 0): number {
  // The library would make an encoder for every text.
  return v3(Buffer.from(key), seed) % buckets;
}

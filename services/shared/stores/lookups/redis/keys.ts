/**
 * Where a record lies. Small records share hashes: while a hash is short, Redis keeps it as one packed list without
 * a pointer or a header for each entry. How short is for the server to say, `hash-max-listpack-entries` (512 in Redis 7)
 * and `hash-max-listpack-value` (64 bytes): past either, that one hash becomes a table, which works the same and takes
 * nearly as much as plain keys would. Measured on Redis 7.0, bytes for each: an identity 33 at 64 a hash, 107 in a hash of
 * its own, 141 as a plain key; ten memberships 161 in a list, 210 in a table, 251 as a plain key; four memberships 81.
 *
 * Names under the prefix: `i:` identities, `p:` persons, `u:` uids, `m:` memberships, `c:` and `C:` claims, `n:` counters,
 * `d:` documents, `s:` sizes, `epoch` (on a cluster with copies, see `epoch.ts`). Bucket numbers are in base 36. All of it is the format: what another version
 * wrote must be found again.
 */
import { hash } from 'node:crypto';
import { bucket } from '../../../domain/hash';
import type { IdentityText } from '../../../domain/records';
import { MAX_PACKED_NUMBER } from '../packing';

/**
 * Sixteen identities share a hash at 16 million, 480 at 500 million; beyond, raise `hash-max-listpack-entries`. Below a
 * few million nearly every identity has a hash of its own, which costs what a key costs, and is little.
 */
const IDENTITY_BUCKETS = 2 ** 20;
/** Numbers are dense: neighbours fill a hash. */
const NUMBERS_PER_HASH = 64;
/** Longer texts stand under a digest of the same length, so that no field makes its hash a table. */
const MAX_TEXT_FIELD_BYTES = 17;
/** No UTF-8 text has this byte: a digest is never taken for a text. */
const DIGEST_MARK = Buffer.from([0xff]);
const DIGEST_BYTES = 16;
/** A claim's key beyond this stands under its digest. */
const MAX_CLAIM_TEXT_BYTES = 64;

const NUMBER_FIELDS = Array.from({ length: NUMBERS_PER_HASH }, (_, i) => String(i));

/** A field of a hash. */
export interface Place {
  key: string;
  field: string | Buffer;
}

export class Keys {
  readonly epoch: string;

  constructor(private readonly prefix: string) {
    this.epoch = `${prefix}epoch`;
  }

  identity(identity: IdentityText): Place {
    return {
      key: `${this.prefix}i:${bucket(identity, IDENTITY_BUCKETS).toString(36)}`,
      field:
        Buffer.byteLength(identity) <= MAX_TEXT_FIELD_BYTES
          ? identity
          : Buffer.concat([DIGEST_MARK, hash('sha256', identity, 'buffer').subarray(0, DIGEST_BYTES)]),
    };
  }

  /** @throws RangeError when `number` is no unsigned 48-bit integer. */
  numbered(space: 'p' | 'u' | 'm', number: number): { key: string; field: string } {
    if (!Number.isInteger(number) || number < 0 || number > MAX_PACKED_NUMBER)
      throw new RangeError(`${number} is no unsigned 48-bit integer`);
    return {
      key: `${this.prefix}${space}:${Math.floor(number / NUMBERS_PER_HASH).toString(36)}`,
      field: NUMBER_FIELDS[number % NUMBERS_PER_HASH]!,
    };
  }

  claim(space: string, key: string): string {
    const text = `${space}\0${key}`;
    return Buffer.byteLength(text) <= MAX_CLAIM_TEXT_BYTES
      ? `${this.prefix}c:${text}`
      : `${this.prefix}C:${hash('sha256', text, 'base64url')}`;
  }

  counter(key: string): string {
    return `${this.prefix}n:${key}`;
  }

  document(name: string): string {
    return `${this.prefix}d:${name}`;
  }

  size(namespace: string): string {
    return `${this.prefix}s:${namespace}`;
  }
}

import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';

const ID = /^[A-Za-z0-9_-]{22}$/;
/** Bounds the keys kept; partners come from the catalog, so that this is never met in practice. */
const KEYS_MAX = 10_000;

/**
 * Our cookie id as one partner sees it: one AES-128 block under a key of the partner's own, 22 characters of
 * base64url. Two partners cannot join on it, and the same cookie always gives the same text, so that a
 * partner can store it. It carries no proof: any text of the right shape decrypts to some id, which then is
 * simply unknown.
 */
export class PartnerIdCipher {
  readonly #secret: string;
  readonly #keys = new Map<string, Buffer>();

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** `cookieId` without the `cookie:` in front. */
  encrypt(partnerId: string, cookieId: string): string {
    if (!ID.test(cookieId)) throw new Error('a cookie id is 22 characters of base64url');
    // A single block of random bytes: ECB's weakness, equal blocks in one message, cannot occur.
    const cipher = createCipheriv('aes-128-ecb', this.#key(partnerId), null).setAutoPadding(false);
    return cipher.update(Buffer.from(cookieId, 'base64url')).toString('base64url');
  }

  /** The cookie id behind a partner's text; null when it has not the shape of one. */
  decrypt(partnerId: string, text: string): string | null {
    if (!ID.test(text)) return null;
    const decipher = createDecipheriv('aes-128-ecb', this.#key(partnerId), null).setAutoPadding(false);
    return decipher.update(Buffer.from(text, 'base64url')).toString('base64url');
  }

  #key(partnerId: string): Buffer {
    let key = this.#keys.get(partnerId);
    if (key === undefined) {
      if (this.#keys.size >= KEYS_MAX) this.#keys.clear();
      key = Buffer.from(hkdfSync('sha256', this.#secret, 'muster/partner-id/1', partnerId, 16));
      this.#keys.set(partnerId, key);
    }
    return key;
  }
}

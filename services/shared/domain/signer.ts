import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

const SIGNATURE_BYTES = 16;

/**
 * Signs what goes out in a URL and must come back unchanged: HMAC-SHA-256 cut to 16 bytes (RFC 2104
 * section 5), base64url. Each purpose has a key of its own, so that no signature serves another.
 */
export class UrlSigner {
  readonly #key: Buffer;

  constructor(secret: string, purpose: string) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, 'muster/signer/1', purpose, 32));
  }

  sign(fields: string): string {
    return this.#mac(fields).toString('base64url');
  }

  verify(fields: string, signature: string): boolean {
    if (!/^[A-Za-z0-9_-]{22}$/.test(signature)) return false;
    return timingSafeEqual(this.#mac(fields), Buffer.from(signature, 'base64url'));
  }

  #mac(fields: string): Buffer {
    return createHmac('sha256', this.#key).update(fields).digest().subarray(0, SIGNATURE_BYTES);
  }
}

import { hash, hkdfSync } from 'node:crypto';

const WORD = 2 ** 32;
/** A safe integer has 53 bits: 21 above the lower word. */
const HIGH_BITS = 0x1fffff;

/**
 * Hides a person's number in the URLs of a bid. In clear, any two exchanges, or pages that see the pixel, could
 * join on it what they know of a person. Each bid has a mask of its own, so that not even two bids for one person
 * look alike; whoever signs the URL sees to it that the masked number comes back unchanged.
 */
export class UidMask {
  readonly #key: string;

  constructor(secret: string) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, 'muster/uid-mask/1', 'notices', 32)).toString('hex');
  }

  /** Masks a number, and unmasks a masked one: twice is the number itself. */
  apply(bidId: string, uid: number): number {
    // The key's length is fixed and nobody chooses the id: nothing here is for sale to a length extension.
    const digest = hash('sha256', this.#key + bidId, 'hex');
    const low = parseInt(digest.slice(0, 8), 16);
    const high = parseInt(digest.slice(8, 16), 16) & HIGH_BITS;
    return (Math.floor(uid / WORD) ^ high) * WORD + (((uid % WORD) ^ low) >>> 0);
  }
}

import { hash, hkdfSync } from 'node:crypto';

const WORD = 2 ** 32;
/** A safe integer has 53 bits: 21 above the lower word. */
const HIGH_BITS = 0x1fffff;
/** Masks in one digest of SHA-512, 8 bytes each. */
const MASKS = 8;

/**
 * Hides a person's number in the URLs of a bid. In clear, any two exchanges, or pages that see the pixel, could
 * join on it what they know of a person. Each bid has a mask of its own, so that not even two bids for one person
 * look alike; whoever signs the URL sees to it that the masked number comes back unchanged.
 *
 * A mask is a piece of a keyed digest that serves the eight bids whose sequence numbers follow on each other.
 */
export class UidMask {
  readonly #key: string;
  #block = '';
  #digest = Buffer.alloc(0);

  constructor(secret: string) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, 'muster/uid-mask/1', 'notices', 32)).toString('hex');
  }

  /** Masks a number, and unmasks a masked one: twice is the number itself. `bidId` as `bidId()` makes it. */
  apply(bidId: string, uid: number): number {
    const dash = bidId.lastIndexOf('-');
    const sequence = parseInt(bidId.slice(dash + 1), 36);
    const block = `${bidId.slice(0, dash)}-${Math.floor(sequence / MASKS)}`;
    if (block !== this.#block) {
      // Nobody but us chooses what is digested, and no digest is shown: this is not for sale to a length extension.
      this.#digest = hash('sha512', this.#key + block, 'buffer');
      this.#block = block;
    }
    const at = (sequence % MASKS) * 8;
    const low = this.#digest.readUInt32LE(at);
    const high = this.#digest.readUInt32LE(at + 4) & HIGH_BITS;
    return (Math.floor(uid / WORD) ^ high) * WORD + (((uid % WORD) ^ low) >>> 0);
  }
}

import type { ConsentBits } from '../shared/domain/consent/bits';
import { RecentSet } from './recent-set';

/**
 * What was stated last of each identity, as far as it is remembered: most statements repeat what is known, and
 * only a change must reach the builder.
 */
export class ConsentMemory {
  private readonly stated = new RecentSet();

  isKnown(iid: number, consent: ConsentBits): boolean {
    return this.stated.get(String(iid)) === consent;
  }

  remember(iid: number, consent: ConsentBits): void {
    this.stated.add(String(iid), consent);
  }
}

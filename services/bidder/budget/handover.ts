import type { DocumentLookups } from '../../shared/stores/lookups/lookups';
import type { Reservation } from './reservations';

/** More than this is not worth writing while somebody waits for the process to end; the rest counts as spent. */
const RESERVATIONS_MAX = 200_000;
/** Processes whose reservations may wait at once; what more of them leave counts as spent. */
const PLACES = 64;

export interface HandoverOptions {
  documents: DocumentLookups;
  /** Where a free place is looked for first. Any number of processes may have the same. */
  workerId: number;
}

/**
 * Passes open reservations from processes that are closed to those that start, so that they can still be given back:
 * each leaves them in a place of its own, and whoever comes takes what there is. A process that is killed leaves none, and
 * what it reserved counts as spent.
 */
export class Handover {
  readonly #documents: DocumentLookups;
  readonly #places: readonly string[];

  constructor({ documents, workerId }: HandoverOptions) {
    this.#documents = documents;
    this.#places = Array.from({ length: PLACES }, (_, i) => `bidder-reservations:${(workerId + i) % PLACES}`);
  }

  /** What earlier processes left, oldest first; nobody can take it twice. Of very much the rest stays for others. */
  async take(): Promise<Reservation[]> {
    const taken: Reservation[] = [];
    const found = await Promise.all(
      this.#places.map(async (place) => ({ place, ...(await this.#read(place)) })),
    );
    for (const { place, revision, body } of found) {
      if (taken.length >= RESERVATIONS_MAX) break;
      if (body.length === 0) continue;
      // Emptied first: a crash now loses the reservations, which is safe; giving them back twice is not.
      if (!(await this.#documents.put(place, revision + 1, Buffer.alloc(0)))) continue;
      for (const reservation of JSON.parse(body.toString()) as Reservation[]) taken.push(reservation);
    }
    return taken.sort((a, b) => a.at - b.at);
  }

  /**
   * Answers false where no place is free. Rejects where it is not known whether they were left; to leave them in another
   * place too could give them back twice.
   */
  async leave(reservations: readonly Reservation[]): Promise<boolean> {
    if (reservations.length === 0) return true;
    const mine = Buffer.from(JSON.stringify(reservations.slice(-RESERVATIONS_MAX)));
    for (const place of this.#places) {
      const { revision, body } = await this.#read(place);
      // The next revision and no later one: it is refused where another process wrote meanwhile.
      if (body.length === 0 && (await this.#documents.put(place, revision + 1, mine))) return true;
    }
    return false;
  }

  async #read(place: string): Promise<{ revision: number; body: Buffer }> {
    return (await this.#documents.get(place)) ?? { revision: 0, body: Buffer.alloc(0) };
  }
}

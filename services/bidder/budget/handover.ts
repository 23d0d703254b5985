import type { DocumentLookups } from '../../shared/stores/lookups/lookups';
import type { Reservation } from './reservations';

/** More than this is not worth writing while somebody waits for the process to end; the rest counts as spent. */
const RESERVATIONS_MAX = 200_000;

/**
 * Passes open reservations from a process that is closed to the one that takes its place, so that they can
 * still be given back. A process that is killed leaves none, and what it reserved counts as spent.
 */
export class Handover {
  readonly #documents: DocumentLookups;
  readonly #name: string;
  readonly #now: () => number;

  constructor(options: { documents: DocumentLookups; workerId: number; now: () => number }) {
    this.#documents = options.documents;
    this.#name = `bidder-reservations:${options.workerId}`;
    this.#now = options.now;
  }

  /** What the last process left; nobody can take it twice. */
  async take(): Promise<Reservation[]> {
    const document = await this.#documents.get(this.#name);
    if (document === undefined || document.body.length === 0) return [];
    // Emptied first: a crash now loses the reservations, which is safe; giving them back twice is not.
    if (!(await this.#documents.put(this.#name, document.revision + 1, Buffer.alloc(0)))) return [];
    return JSON.parse(document.body.toString()) as Reservation[];
  }

  async leave(reservations: readonly Reservation[]): Promise<void> {
    if (reservations.length === 0) return;
    const revision = (await this.#documents.revision(this.#name)) + 1;
    const body = Buffer.from(JSON.stringify(reservations.slice(-RESERVATIONS_MAX)));
    await this.#documents.put(this.#name, Math.max(revision, this.#now()), body);
  }
}

import type { DocumentLookups } from '../lookups';

/** Documents that a test can lose. */
export class MemoryDocuments implements DocumentLookups {
  readonly #documents = new Map<string, { revision: number; body: Buffer }>();

  revision(name: string): number {
    return this.#documents.get(name)?.revision ?? 0;
  }

  get(name: string): { revision: number; body: Buffer } | undefined {
    return this.#documents.get(name);
  }

  put(name: string, revision: number, body: Buffer): Promise<boolean> {
    if (revision <= this.revision(name)) return Promise.resolve(false);
    this.#documents.set(name, { revision, body });
    return Promise.resolve(true);
  }

  lose(): void {
    this.#documents.clear();
  }
}

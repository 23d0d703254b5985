import { DOCUMENTS } from '../../shared/domain/snapshot';
import type { Logger } from '../../shared/runtime/logger';
import type { Catalog } from '../../shared/stores/catalog/catalog';
import type { DocumentLookups } from '../../shared/stores/lookups/lookups';
import { CatalogCopy } from './catalog-copy';
import { compileCatalog } from './compile-snapshot';

const RETRY_MS = 500;
/** How often it is made sure that what was published is still there. */
const LOOK_EVERY_MS = 1_000;
const NAMES = ['edge', 'bidding', 'rules'] as const;

export interface CatalogPublisherOptions {
  catalog: Catalog;
  documents: DocumentLookups;
  /** sha256 hex of the admin token. */
  adminHash: string;
  logger: Logger;
}

/**
 * Brings the catalog to the other services: compiles it into documents whenever it changed. One run at a time;
 * changes that come during a run share the next one. A run that fails is repeated until it succeeds, and documents that
 * were lost are published again.
 */
export class CatalogPublisher {
  private readonly copy = new CatalogCopy();
  /** What we know to be stored. */
  private readonly published = new Map<string, { revision: number; body: Buffer }>();
  private running: Promise<void> | undefined;
  private waiting: Promise<void> | undefined;
  private retry: NodeJS.Timeout | undefined;
  private failed = true;
  private closed = false;
  private look: NodeJS.Timeout | undefined;

  constructor(private readonly options: CatalogPublisherOptions) {}

  /** Publishes what the catalog says now, and looks after it from then on. Resolves as `publish` does. */
  async start(): Promise<void> {
    await this.publish();
    this.lookLater();
  }

  /**
   * Resolves when everything committed before the call is in the documents, or when that failed: then it is
   * logged, reported by `missing`, and tried again.
   */
  publish(): Promise<void> {
    if (this.closed) return Promise.resolve();
    if (this.running === undefined) return (this.running = this.run());
    this.waiting ??= this.running.then(() => {
      this.waiting = undefined;
      return (this.running = this.run());
    });
    return this.waiting;
  }

  missing(): string[] {
    return this.failed ? ['catalog: its last change is not published'] : [];
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    clearTimeout(this.look);
    await this.waiting;
    await this.running;
  }

  private async run(): Promise<void> {
    clearTimeout(this.retry);
    try {
      await this.publishNow();
      this.failed = false;
    } catch (error) {
      this.failed = true;
      this.options.logger.error({ err: error }, 'the catalog could not be published; trying again');
      if (!this.closed) {
        this.retry = setTimeout(() => void this.publish(), RETRY_MS);
      }
    } finally {
      if (this.waiting === undefined) this.running = undefined;
    }
  }

  private lookLater(): void {
    if (this.closed) return;
    this.look = setTimeout(() => void this.publishLost().then(() => this.lookLater()), LOOK_EVERY_MS);
    this.look.unref();
  }

  private async publishLost(): Promise<void> {
    const { documents, logger } = this.options;
    try {
      for (const [name, { revision }] of this.published) {
        if ((await documents.revision(name)) >= revision) continue;
        logger.warn({ document: name }, 'what was published of the catalog was lost, publishing it again');
        return await this.publish();
      }
    } catch (error) {
      logger.warn({ err: error }, 'whether the catalog is still published cannot be told');
    }
  }

  private async publishNow(): Promise<void> {
    const { catalog, adminHash } = this.options;
    for (;;) {
      this.copy.apply(await catalog.newsSince(this.copy.revision));
      const compiled = compileCatalog(this.copy, adminHash);
      let done = true;
      for (const name of NAMES) {
        const body = Buffer.from(JSON.stringify(compiled[name]));
        done = (await this.put(DOCUMENTS[name], body)) && done;
      }
      if (done) return;
    }
  }

  /** False when the catalog has to be read again: its revision was not above that of what is stored. */
  private async put(name: string, body: Buffer): Promise<boolean> {
    const { catalog, documents } = this.options;
    const { revision } = this.copy;
    const ours = this.published.get(name);
    const storedRevision = await documents.revision(name);
    if (ours !== undefined && ours.revision === storedRevision && ours.body.equals(body)) return true;
    if (await documents.put(name, revision, body)) {
      this.published.set(name, { revision, body });
      return true;
    }
    const stored = await documents.get(name);
    if (stored?.body.equals(body)) {
      this.published.set(name, stored);
      return true;
    }
    // Either another API was ahead of us, or the stored document is from another life of the catalog (restored
    // from a backup, a changed admin token): then the catalog's revision has to pass it.
    if (stored !== undefined && stored.revision >= (await catalog.revision())) {
      await catalog.raiseRevision(stored.revision + 1);
    }
    return false;
  }
}

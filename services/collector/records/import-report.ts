import type { Logger } from 'pino';
import {
  importDocumentName,
  importRevision,
  IMPORT_TOLD_EVERY_MS,
  type ImportCounts,
  type ImportDocument,
} from '../../shared/domain/import';
import type { DocumentLookups } from '../../shared/stores/lookups/lookups';

export interface ImportReportOptions {
  documents: DocumentLookups;
  logger: Logger;
  /** Epoch ms. */
  now: () => number;
  id: string;
  provider: string;
  /** As they are at the moment. */
  counts: ImportCounts;
  /** @default IMPORT_TOLD_EVERY_MS */
  everyMs?: number;
}

/**
 * Keeps the state of an upload: at its beginning, every few seconds while it runs, at its end. That nothing is told any more
 * is what gives away an upload whose collector was killed.
 */
export class ImportReport {
  readonly #options: ImportReportOptions;
  readonly #startedAt: number;
  /** Never goes back, as the clock may: what was told last has to hold. */
  #toldAt: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ImportReportOptions) {
    this.#options = options;
    this.#startedAt = this.#toldAt = options.now();
  }

  async start(): Promise<void> {
    await this.#tell({ status: 'running' });
    const { logger, id, everyMs = IMPORT_TOLD_EVERY_MS } = this.#options;
    this.#timer = setInterval(() => {
      this.#tell({ status: 'running' }).catch((error: unknown) =>
        logger.warn({ err: error, importId: id }, 'how far an import is could not be told'),
      );
    }, everyMs);
    this.#timer.unref();
  }

  /** Tells no more; safe to call twice. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** `problem`: why it failed. */
  async end(problem?: string): Promise<void> {
    this.stop();
    await this.#tell(problem === undefined ? { status: 'done' } : { status: 'failed', problem });
  }

  async #tell(state: Pick<ImportDocument, 'status' | 'problem'>): Promise<void> {
    const { documents, now, id, provider, counts } = this.#options;
    this.#toldAt = Math.max(this.#toldAt, now());
    const document: ImportDocument = {
      id,
      provider,
      startedAt: this.#startedAt,
      toldAt: this.#toldAt,
      ...(state.status === 'running' ? {} : { finishedAt: this.#toldAt }),
      ...state,
      ...counts,
    };
    const body = Buffer.from(JSON.stringify(document));
    await documents.put(importDocumentName(id), importRevision(document), body);
  }
}

import type { Logger } from 'pino';

/** The part of the lookups' documents that is needed to follow one. */
export interface WatchedDocuments {
  /** 0 when absent. */
  revision(name: string): number | Promise<number>;
  get(
    name: string,
  ): { revision: number; body: Buffer } | undefined | Promise<{ revision: number; body: Buffer } | undefined>;
}

export interface DocumentWatcherOptions<T> {
  documents: WatchedDocuments;
  name: string;
  /** Throws when the body is not what it should be: the last good value then stays in force. */
  parse: (body: Buffer) => T;
  /** Time between two looks at the revision. @default 100 */
  pollMs?: number;
  /** Called after the value was swapped. */
  onChange?: (value: T, revision: number) => void;
  logger: Logger;
}

/** Follows one compiled document: looks at its revision, and swaps the whole value when that has grown. */
export class DocumentWatcher<T> {
  readonly #options: DocumentWatcherOptions<T>;
  #value: T | undefined;
  #revision = 0;
  /** Newest revision that was looked at, good or not, so that a bad one is read and reported once. */
  #seen = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #failing = false;
  #refreshing: Promise<void> | undefined;

  constructor(options: DocumentWatcherOptions<T>) {
    this.#options = options;
  }

  /** Resolves after the first look; the document may still be absent then. Later looks are in the background. */
  async start(): Promise<void> {
    await this.#look();
    this.#schedule();
  }

  /** Looks at once, as somebody asks for what is not in the value (yet). Joins a look under way. */
  refresh(): Promise<void> {
    return (this.#refreshing ??= this.#look().finally(() => (this.#refreshing = undefined)));
  }

  /** Undefined as long as no good document was seen. */
  current(): T | undefined {
    return this.#value;
  }

  /** Revision of the current value, 0 without one. */
  revision(): number {
    return this.#revision;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#closed) return;
    // One look at a time: the next is planned only when the last has ended.
    this.#timer = setTimeout(
      () => void this.#look().then(() => this.#schedule()),
      this.#options.pollMs ?? 100,
    );
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const { documents, name, logger } = this.#options;
    try {
      const revision = await documents.revision(name);
      if (revision > this.#seen) await this.#load();
      if (this.#failing) logger.info({ document: name }, 'document can be read again');
      this.#failing = false;
    } catch (error) {
      if (!this.#failing)
        logger.error({ err: error, document: name }, 'document cannot be read, trying again');
      this.#failing = true;
    }
  }

  async #load(): Promise<void> {
    const { documents, name, parse, onChange, logger } = this.#options;
    const document = await documents.get(name);
    if (document === undefined || document.revision <= this.#seen || this.#closed) return;
    this.#seen = document.revision;
    let value: T;
    try {
      value = parse(document.body);
    } catch (error) {
      logger.error(
        { err: error, document: name, revision: document.revision },
        'document refused, the last good one stays',
      );
      return;
    }
    this.#value = value;
    this.#revision = document.revision;
    onChange?.(value, document.revision);
  }
}

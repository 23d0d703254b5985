import type { Logger } from '../shared/runtime/logger';
import type { Service } from '../shared/runtime/service';

/** Several services and what they stand on, seen as one: closed in the reverse order in which they were added. */
export class Composition implements Service {
  readonly #logger: Logger;
  readonly #services: Service[] = [];
  readonly #closers: { name: string; close: () => void | Promise<void> }[] = [];
  #closing: Promise<void> | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add<S extends Service>(name: string, service: S): S {
    this.#services.push(service);
    return this.addStore(name, service);
  }

  /** Something that is only to be closed. */
  addStore<S extends { close(): void | Promise<void> }>(name: string, store: S): S {
    this.#closers.push({ name, close: () => store.close() });
    return store;
  }

  async missing(): Promise<string[]> {
    return (await Promise.all(this.#services.map((service) => service.missing()))).flat();
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#closeAll());
  }

  async #closeAll(): Promise<void> {
    for (const { name, close } of this.#closers.reverse()) {
      const startedAt = performance.now();
      try {
        await close();
      } catch (error) {
        // What stands below still has to be closed.
        this.#logger.error({ err: error, closing: name }, 'did not close cleanly');
      }
      this.#logger.debug({ closing: name, tookMs: Math.round(performance.now() - startedAt) }, 'closed');
    }
  }
}

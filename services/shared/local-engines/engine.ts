/** A server that was started for tests or a demonstration. */
export interface Engine {
  /** Ends it in order, so that all it holds is on disk. Twice is fine. */
  stop(): Promise<void>;
  /** kill -9. */
  kill(): void;
  /** The same server with the same data on the same port, after `stop` or `kill`. Resolves when it answers. */
  restart(): Promise<void>;
}

export interface EngineAtUrl extends Engine {
  url: string;
}

/** A server that was started for tests or a demonstration. */
export interface Engine {
  /** Ends it in order, so that all it holds is on disk. Twice is fine. */
  stop(): Promise<void>;
  /** kill -9. */
  kill(): void;
  /** Stops it as it stands, all its processes: what it holds open stays open, and nobody is answered. */
  freeze(): void;
  /** Lets it go on after `freeze`. */
  thaw(): void;
  /** The same server with the same data on the same port, after `stop` or `kill`. Resolves when it answers. */
  restart(): Promise<void>;
}

export interface EngineAtUrl extends Engine {
  url: string;
}

import { LakeError } from './lake-error';

/**
 * Who waits for a client. Each lane has its own ceiling below the number of clients, so that none can take
 * them all: a full build never starves the second-by-second queries, nor these the builds.
 */
export type Lane = 'normal' | 'build' | 'analyst';

export interface PoolOptions<C> {
  clients: readonly C[];
  /** Most clients that one lane holds at a time. */
  ceilings: Readonly<Record<Lane, number>>;
  /** Calls that may wait; one more is refused with code 202. */
  maxWaiting: number;
}

interface Waiting<C> {
  lane: Lane;
  start: (client: C) => void;
  refuse: (error: LakeError) => void;
}

/**
 * A fixed set of clients, each running one call at a time. Whoever has waited longest goes first among
 * those whose lane is below its ceiling.
 */
export class Pool<C> {
  private readonly free: C[];
  private readonly waiting: Waiting<C>[] = [];
  private readonly running: Record<Lane, number> = { normal: 0, build: 0, analyst: 0 };
  private idle: (() => void)[] = [];
  private closed = false;

  constructor(private readonly options: PoolOptions<C>) {
    this.free = [...options.clients];
  }

  async run<T>(lane: Lane, work: (client: C) => Promise<T>): Promise<T> {
    const client = await this.take(lane);
    try {
      return await work(client);
    } finally {
      this.running[lane] -= 1;
      this.free.push(client);
      this.next();
    }
  }

  get size(): number {
    return this.options.clients.length;
  }

  /** Calls waiting for a client. */
  get depth(): number {
    return this.waiting.length;
  }

  /**
   * Refuses what waits and whatever comes later, then waits for what runs, at most `graceMs`.
   * Answers the clients that are idle by then: only these may be closed.
   */
  async close(graceMs: number): Promise<C[]> {
    this.closed = true;
    for (const waiting of this.waiting.splice(0)) waiting.refuse(closedError());
    if (this.free.length < this.options.clients.length) {
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([
        new Promise<void>((resolve) => this.idle.push(resolve)),
        new Promise<void>((resolve) => (timer = setTimeout(resolve, graceMs))),
      ]);
      clearTimeout(timer);
    }
    return [...this.free];
  }

  private take(lane: Lane): Promise<C> {
    return new Promise((start, refuse) => {
      if (this.closed) return refuse(closedError());
      if (this.waiting.length >= this.options.maxWaiting) return refuse(fullError(this.waiting.length));
      this.waiting.push({ lane, start, refuse });
      this.next();
    });
  }

  private next(): void {
    while (this.free.length > 0) {
      const index = this.waiting.findIndex(({ lane }) => this.running[lane] < this.options.ceilings[lane]);
      if (index < 0) break;
      const [waiting] = this.waiting.splice(index, 1);
      const client = this.free.pop();
      if (waiting === undefined || client === undefined) break;
      this.running[waiting.lane] += 1;
      waiting.start(client);
    }
    if (this.free.length === this.options.clients.length)
      for (const resolve of this.idle.splice(0)) resolve();
  }
}

function closedError(): LakeError {
  return new LakeError({ code: 'closed', message: 'the lake is closed' });
}

function fullError(waiting: number): LakeError {
  return new LakeError({
    code: '202',
    type: 'TOO_MANY_SIMULTANEOUS_QUERIES',
    message: `${waiting} calls wait for the lake already`,
  });
}

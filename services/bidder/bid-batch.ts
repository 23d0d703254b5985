import type { BidCall } from './bid-call';

/** So many are taken through a stage before the next: enough to warm it, few enough that nobody waits for the rest. */
const BATCH_MAX = 32;

export interface BidStages {
  /** Ends with `prepared` set, unless a lookup takes its time: then it answers the promise of that. */
  first: readonly ((call: BidCall) => Promise<void> | void)[];
  second: readonly ((call: BidCall) => void)[];
  /** A stage threw or rejected; the call goes no further. */
  onError: (call: BidCall, error: unknown) => void;
}

/**
 * Takes the requests that one turn of the event loop brought through the stages together, stage by stage. A
 * request alone pays for cold caches again and again, as the kernel and the HTTP parser run in between: with
 * 32 busy connections this halves the cost of a request (measured), and a request that comes alone waits for
 * nothing, as the batch runs at the end of the very turn that read it.
 */
export class BidBatch {
  readonly #stages: BidStages;
  #incoming: BidCall[] = [];
  /** Their lookups have answered. */
  #prepared: BidCall[] = [];
  #isScheduled = false;

  constructor(stages: BidStages) {
    this.#stages = stages;
  }

  add(call: BidCall): void {
    this.#incoming.push(call);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#run());
  }

  #run(): void {
    this.#isScheduled = false;
    const prepared = this.#prepared;
    const incoming = this.#incoming;
    this.#prepared = [];
    this.#incoming = [];
    for (let from = 0; from < prepared.length; from += BATCH_MAX)
      this.#finish(prepared.slice(from, from + BATCH_MAX));
    for (let from = 0; from < incoming.length; from += BATCH_MAX) {
      const batch = incoming.slice(from, from + BATCH_MAX);
      for (const stage of this.#stages.first) for (const call of batch) this.#start(stage, call);
      this.#finish(batch);
    }
  }

  #start(stage: BidStages['first'][number], call: BidCall): void {
    if (call.isAnswered) return;
    try {
      const pending = stage(call);
      if (pending instanceof Promise) this.#await(call, pending);
    } catch (error) {
      this.#fail(call, error);
    }
  }

  #await(call: BidCall, pending: Promise<void>): void {
    pending.then(
      () => {
        this.#prepared.push(call);
        this.#schedule();
      },
      (error: unknown) => this.#fail(call, error),
    );
  }

  /** Those that still wait for a lookup are left for later. */
  #finish(batch: readonly BidCall[]): void {
    for (const stage of this.#stages.second) {
      for (const call of batch) {
        if (call.isAnswered || call.prepared === undefined) continue;
        try {
          stage(call);
        } catch (error) {
          this.#fail(call, error);
        }
      }
    }
  }

  #fail(call: BidCall, error: unknown): void {
    call.isAnswered = true;
    this.#stages.onError(call, error);
  }
}

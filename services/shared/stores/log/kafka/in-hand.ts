import type { Lane } from './lane';

/** The one batch of a consumer that is being handled. */
export class InHand {
  /** Resolves when the batch is done with. One that was lost is waited for too: nothing else is handled before its end. */
  readonly settled: Promise<void>;
  isLost = false;
  private readonly controller = new AbortController();
  private free: () => void = () => undefined;

  constructor(readonly lane: Lane) {
    this.settled = new Promise((resolve) => (this.free = resolve));
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  abort(reason: Error): void {
    this.controller.abort(reason);
  }

  lose(): void {
    this.isLost = true;
    this.abort(new Error(`log: partition ${this.lane.name} was lost`));
  }

  settle(): void {
    this.free();
  }
}

/**
 * Memberships have one writer. Changes from the log, windows running out, full builds and new rules all take
 * their turn here, in the order they came, so that none ever works on what another is about to replace.
 */
export class SerialTurns {
  private last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work);
    // A failed turn fails its own caller; the next one starts all the same.
    this.last = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }
}

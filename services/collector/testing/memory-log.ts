import type { Topic } from '../../shared/domain/records';
import type { AppendRecord, Log } from '../../shared/stores/log/log';

/** A log in memory for what the collector needs of one. Can be told to fail, or to keep callers waiting. */
export class MemoryLog implements Pick<Log, 'append'> {
  readonly appends: { topic: Topic; records: AppendRecord[] }[] = [];
  failing = false;
  #gate: Promise<void> | undefined;
  #open: (() => void) | undefined;

  async append(topic: Topic, records: AppendRecord[]): Promise<void> {
    await this.#gate;
    if (this.failing) throw new Error('the disk is full');
    this.appends.push({ topic, records });
  }

  /** Appends wait from here until `release`. */
  hold(): void {
    this.#gate = new Promise((resolve) => (this.#open = resolve));
  }

  release(): void {
    this.#open?.();
    this.#gate = undefined;
  }

  records<T>(topic: Topic): T[] {
    return this.appends
      .filter((append) => append.topic === topic)
      .flatMap(({ records }) => records.map(({ value }) => JSON.parse(value.toString('utf8')) as T));
  }
}

import type { LogRecord, Topic } from '../../shared/domain/records';
import type { AppendRecord, Log } from '../../shared/stores/log/log';

/** Keeps what was appended. */
export class FakeLog implements Pick<Log, 'append'> {
  readonly appended: { topic: Topic; key: string; record: LogRecord }[] = [];
  /** Appends reject with it, where set. */
  failure: Error | undefined;

  async append(topic: Topic, records: AppendRecord[]): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    for (const { key, value } of records) {
      this.appended.push({ topic, key, record: JSON.parse(value.toString()) as LogRecord });
    }
  }

  of<T extends LogRecord['type']>(type: T): Extract<LogRecord, { type: T }>[] {
    return this.appended.flatMap(({ record }) =>
      record.type === type ? [record as Extract<LogRecord, { type: T }>] : [],
    );
  }
}

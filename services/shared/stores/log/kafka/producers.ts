import type { Kafka, Message, Producer } from 'kafkajs';
import { CompressionTypes, KafkaJSNonRetriableError } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { AppendRecord } from '../log';
import { isPassing } from './retrying';

/** How long the brokers may take to bring a record to all replicas in sync. */
const ACK_WITHIN_MS = 10_000;
const RETRY_AFTER_MS = 500;

interface Sender {
  producer: Producer;
  connected: Promise<void>;
  /** Sends that have not settled, those given up included. */
  sending: number;
  isRetired: boolean;
}

/**
 * The idempotent producer in use. A send that failed may have been stored; kafkajs then gives its sequence numbers to
 * the next records, which the broker takes for the repetition and acknowledges without storing them. So
 * after any failure the next records go through a new producer, and the old one tries no more.
 */
export class Producers {
  private current: Sender | undefined;

  constructor(
    private readonly kafka: Kafka,
    private readonly logger: Logger | undefined,
  ) {}

  /** Records of one partition, in order. A send must have settled before the next to its partition. */
  async send(topic: string, partition: number, records: AppendRecord[], withinMs: number): Promise<void> {
    const sender = (this.current ??= this.create());
    const messages = records.map(({ key, value }) => ({ key, value, partition }));
    sender.sending++;
    const sent = sendBy(sender, topic, messages).finally(() => {
      sender.sending--;
      if (sender.isRetired) this.disconnectIdle(sender);
    });
    try {
      await settledWithin(sent, withinMs);
    } catch (error) {
      this.retire(sender);
      throw error;
    }
  }

  /** Nothing may be under way any more. */
  async close(): Promise<void> {
    const { current } = this;
    if (!current) return;
    this.current = undefined;
    current.isRetired = true;
    await current.producer.disconnect();
  }

  private create(): Sender {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      // Few: more follow here, as long as the append waits.
      retry: { initialRetryTime: 100, multiplier: 2, maxRetryTime: 1_000, retries: 5 },
      // Asked before every try, the later ones too.
      createPartitioner:
        () =>
        ({ message }) => {
          if (sender.isRetired) throw new KafkaJSNonRetriableError('the append was given up');
          return message.partition ?? 0;
        },
    });
    const sender: Sender = { producer, connected: Promise.resolve(), sending: 0, isRetired: false };
    sender.connected = untilGivenUp(sender, () => producer.connect());
    return sender;
  }

  private retire(sender: Sender): void {
    if (this.current === sender) this.current = undefined;
    sender.isRetired = true;
    this.disconnectIdle(sender);
  }

  /** Before its last send has settled a producer would connect again. */
  private disconnectIdle({ producer, sending }: Sender): void {
    if (sending > 0) return;
    producer
      .disconnect()
      .catch((error: unknown) => this.logger?.warn({ err: error }, 'a Kafka producer was not disconnected'));
  }
}

/** The same records under the same sequence numbers, so that a broker which has them already stores them no second time. */
async function sendBy(sender: Sender, topic: string, messages: Message[]): Promise<void> {
  const { producer } = sender;
  await sender.connected;
  await untilGivenUp(sender, () =>
    producer.send({ topic, messages, acks: -1, timeout: ACK_WITHIN_MS, compression: CompressionTypes.GZIP }),
  );
}

/** The tries of kafkajs end within seconds when no broker is there. */
async function untilGivenUp(sender: Sender, action: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await action();
      return;
    } catch (error) {
      if (sender.isRetired || !isPassing(error)) throw error;
    }
    await sleep(RETRY_AFTER_MS);
  }
}

async function settledWithin(promise: Promise<void>, withinMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not confirmed within ${withinMs} ms`)), withinMs);
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

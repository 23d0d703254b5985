import type { Kafka, Message, Producer } from 'kafkajs';
import { CompressionTypes, KafkaJSNonRetriableError } from 'kafkajs';

/** How long the brokers may take to bring a record to all replicas in sync. */
const ACK_WITHIN_MS = 10_000;

interface Sender {
  producer: Producer;
  connected: Promise<void>;
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

  constructor(private readonly kafka: Kafka) {}

  /** Records of one partition, in order. A send must have settled before the next to its partition. */
  async send(topic: string, partition: number, messages: Message[], withinMs: number): Promise<void> {
    const sender = (this.current ??= this.create());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not confirmed within ${withinMs} ms`)), withinMs);
    });
    sender.sending++;
    try {
      await Promise.race([this.sendBy(sender, topic, partition, messages), late]);
    } catch (error) {
      sender.isRetired = true;
      if (this.current === sender) this.current = undefined;
      throw error;
    } finally {
      clearTimeout(timer);
      sender.sending--;
      if (sender.isRetired && sender.sending === 0) await disconnect(sender);
    }
  }

  /** Nothing may be under way any more. */
  async close(): Promise<void> {
    if (this.current) await disconnect(this.current);
    this.current = undefined;
  }

  private async sendBy(sender: Sender, topic: string, partition: number, messages: Message[]): Promise<void> {
    await sender.connected;
    await sender.producer.send({
      topic,
      messages: messages.map((message) => ({ ...message, partition })),
      acks: -1,
      timeout: ACK_WITHIN_MS,
      compression: CompressionTypes.GZIP,
    });
  }

  private create(): Sender {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      // Longer together than any append waits, and finite, so that one that was given up comes to an end.
      retry: { initialRetryTime: 100, multiplier: 2, maxRetryTime: 1_000, retries: 60 },
      // Asked before every try, the later ones too.
      createPartitioner:
        () =>
        ({ message }) => {
          if (sender.isRetired) throw new KafkaJSNonRetriableError('the append was given up');
          return message.partition ?? 0;
        },
    });
    const sender: Sender = { producer, connected: producer.connect(), sending: 0, isRetired: false };
    // Whoever sends awaits it too and is told.
    sender.connected.catch(() => (sender.isRetired = true));
    return sender;
  }
}

async function disconnect({ producer }: Sender): Promise<void> {
  await producer.disconnect();
}

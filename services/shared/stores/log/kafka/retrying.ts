import { KafkaJSNonRetriableError } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';

const TRIES = 8;
const DELAY_MIN_MS = 100;
const DELAY_MAX_MS = 2_000;

/** For reading requests: asks again, with growing pauses, while brokers restart or partitions move. */
export async function retrying<T>(request: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await request();
    } catch (error) {
      if (tries === TRIES || !isPassing(error)) throw error;
      await sleep(Math.min(DELAY_MIN_MS * 2 ** (tries - 1), DELAY_MAX_MS));
    }
  }
}

/** kafkajs hides errors that pass behind "retries exceeded", which says of itself that it does not. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'KafkaJSNumberOfRetriesExceeded') return true;
  return (
    !(error instanceof KafkaJSNonRetriableError) && (error as { retriable?: boolean }).retriable !== false
  );
}

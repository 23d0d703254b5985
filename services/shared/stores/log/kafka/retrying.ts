import { KafkaJSError } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';

const TRIES = 8;
const DELAY_MIN_MS = 100;
const DELAY_MAX_MS = 2_000;

/**
 * For reading requests: asks again, with growing pauses, while brokers restart or partitions move, as long as
 * somebody wants to know.
 */
export async function retrying<T>(request: () => Promise<T>, isWanted = () => true): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await request();
    } catch (error) {
      if (tries === TRIES || !isWanted() || !isPassing(error)) throw error;
      await sleep(Math.min(DELAY_MIN_MS * 2 ** (tries - 1), DELAY_MAX_MS));
    }
  }
}

/**
 * Whether the same may succeed later. After its own tries kafkajs wraps an error, a lost connection too, in one that
 * says it does not pass: what counts is the first cause.
 */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof KafkaJSError)) return false;
  return error.cause instanceof KafkaJSError ? isPassing(error.cause) : error.retriable;
}

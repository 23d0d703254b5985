import { setTimeout as sleep } from 'node:timers/promises';

export function pause(seconds: number): Promise<void> {
  return sleep(seconds * 1_000);
}

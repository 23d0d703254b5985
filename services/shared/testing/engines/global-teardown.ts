import { rm } from 'node:fs/promises';
import { running } from './running';

export default async function globalTeardown(): Promise<void> {
  for (const { dir, engines } of running) {
    await engines.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

import { rm } from 'node:fs/promises';
import { running } from './running';

export default async function globalTeardown(): Promise<void> {
  await Promise.all(running.engines.map((engine) => engine.stop()));
  await rm(running.dir, { recursive: true, force: true });
}

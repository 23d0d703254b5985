import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalEngines, type LocalEngines } from '../local-engines/start-local-engines';
import { exactlyOnceGuarantee } from '../testing/exactly-once-guarantee';

/** `npx jest --config jest.engines.config.cjs exactly-once --globals '{"kills":300}'` for a longer run. */
declare const kills: number | undefined;

// Engines of its own: the platform's names in them are fixed.
let dir: string;
let engines: LocalEngines;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'muster-exactly-once-'));
  engines = await startLocalEngines(dir);
});
afterAll(async () => {
  await engines.stop();
  await rm(dir, { recursive: true, force: true });
});

exactlyOnceGuarantee(typeof kills === 'number' ? kills : 12, () => engines.environment);

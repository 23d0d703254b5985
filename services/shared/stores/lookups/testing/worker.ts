/**
 * A process of its own in the contract's races: opens the same LOOKUPS, waits for the word to start, does one job
 * and sends what it got. Started by `startWorker`.
 */
import type { ClaimPosition, Lookups } from '../lookups';

export type Job =
  | { kind: 'assign'; identities: string[]; firstIid: number }
  | { kind: 'lease'; key: string; want: number; limit: number; times: number }
  | { kind: 'put'; name: string; revisions: number[] }
  | {
      kind: 'claim';
      space: string;
      keys: string[];
      position: ClaimPosition;
      expiresAt: number;
      nowMs: number;
    }
  | { kind: 'watch'; identity: string; busyMs: number };

export type JobResult =
  | { iids: number[] }
  | { granted: number[] }
  | { written: number[] }
  | { holders: ClaimPosition[] }
  | { seen: true };

interface Opener {
  open: (options: unknown) => Promise<Lookups>;
}

async function main(modulePath: string, options: unknown): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the engine under test is named at run time
  const { open } = require(modulePath) as Opener;
  const lookups = await open(options);
  process.on('message', (job: Job) => {
    run(lookups, job)
      .then((result) => process.send?.({ result }))
      .catch((error: unknown) => process.send?.({ error: String(error) }));
  });
  process.on('disconnect', () => void lookups.close().then(() => process.exit(0)));
  process.send?.({ ready: true });
}

async function run(lookups: Lookups, job: Job): Promise<JobResult> {
  switch (job.kind) {
    case 'assign': {
      let next = job.firstIid;
      const entries = await lookups.identities.assign(job.identities, () => next++);
      return { iids: entries.map((entry) => entry.iid) };
    }
    case 'lease': {
      const granted: number[] = [];
      for (let i = 0; i < job.times; i++)
        granted.push(await lookups.counters.lease(job.key, job.want, job.limit));
      return { granted };
    }
    case 'put': {
      const written: number[] = [];
      for (const revision of job.revisions) {
        if (await lookups.documents.put(job.name, revision, Buffer.from(`body ${revision}`)))
          written.push(revision);
      }
      return { written };
    }
    case 'claim': {
      const claims = job.keys.map((key) => ({ key, position: job.position, expiresAt: job.expiresAt }));
      return { holders: await lookups.claims.claim(job.space, claims, job.nowMs) };
    }
    case 'watch':
      return watch(lookups, job);
  }
}

/** Reads all the time, busy in every turn, until the identity that another process assigns is seen. */
async function watch(
  lookups: Lookups,
  { identity, busyMs }: { identity: string; busyMs: number },
): Promise<{ seen: true }> {
  for (;;) {
    const [entry] = await lookups.identities.resolve([identity]);
    if (entry !== undefined) return { seen: true };
    const until = Date.now() + busyMs;
    while (Date.now() < until) await lookups.identities.resolve([identity]);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const [modulePath, options] = process.argv.slice(2);
void main(modulePath!, JSON.parse(options!));

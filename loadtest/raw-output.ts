import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { cpus, loadavg, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from './package-root';

const round = z.object({
  metrics: z.array(
    z.object({
      name: z.string(),
      unit: z.string(),
      better: z.enum(['more', 'less']),
      // JSON knows no NaN: what could not be measured is null.
      value: z.number().nullable(),
    }),
  ),
  detail: z.unknown(),
});

/** A file of raw results, as `--out` writes it and `report` reads it. */
export const rawOutputSchema = z.object({
  format: z.literal(1),
  scenario: z.string(),
  startedAt: z.string(),
  finishedAt: z.string().optional(),
  machine: z.object({
    cpu: z.string(),
    cores: z.number(),
    memoryBytes: z.number(),
    system: z.string(),
    loadAverageAtStart: z.array(z.number()),
  }),
  versions: z.record(z.string(), z.string()),
  commit: z.object({ revision: z.string(), isDirty: z.boolean() }).nullable(),
  options: z.record(z.string(), z.unknown()),
  rounds: z.array(round).optional(),
  comparison: z
    .object({
      reference: z.object({ name: z.string(), revision: z.string() }),
      rounds: z.array(z.object({ reference: round, subject: round })),
    })
    .optional(),
  /** Of scenarios that have no rounds. */
  result: z.unknown().optional(),
  /** What was printed at the end. */
  summary: z.array(z.string()),
});
export type RawOutput = z.infer<typeof rawOutputSchema>;

/** Who measured what where, before anything was measured. */
export function beginRawOutput(scenario: string, options: Record<string, unknown>): RawOutput {
  return {
    format: 1,
    scenario,
    startedAt: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryBytes: totalmem(),
      system: `${platform()} ${release()}`,
      loadAverageAtStart: loadavg(),
    },
    versions: { muster: musterVersion(), ...nodeVersions() },
    commit: commit(),
    options,
    summary: [],
  };
}

/** Written whole beside the old one and then put in its place: an interrupted run keeps the rounds it had. */
export async function writeRawOutput(path: string, output: RawOutput): Promise<void> {
  const partial = `${path}.partial`;
  await writeFile(partial, `${JSON.stringify(output, null, 1)}\n`);
  await rename(partial, path);
}

function musterVersion(): string {
  return (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string })
    .version;
}

function nodeVersions(): Record<string, string> {
  return { node: process.versions.node, v8: process.versions.v8 };
}

/** Null outside of a checkout, as in an image. */
function commit(): RawOutput['commit'] {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: packageRoot(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    return { revision: git('rev-parse', 'HEAD').trim(), isDirty: git('status', '--porcelain').trim() !== '' };
  } catch (error) {
    sayNoCommit(error);
    return null;
  }
}

function sayNoCommit(error: unknown): void {
  const why = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
  process.stderr.write(`results will name no commit: ${why}\n`);
}

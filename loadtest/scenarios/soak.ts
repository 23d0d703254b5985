import type { Command } from 'commander';
import { sayToStderr } from '../bench';
import { beginRawOutput, writeRawOutput } from '../raw-output';
import { soak } from '../soak/soak';
import { numberOption, parseDuration, scenarioCommand } from './options';

interface SoakFlags {
  quick: boolean;
  out?: string;
  duration?: number;
  rate: number;
  people: number;
  seed: number;
}

export function soakCommand(): Command {
  return scenarioCommand(
    'soak',
    'mixed traffic for a long time: does anything grow, fall behind, or get lost?',
  )
    .option('--duration <time>', 'how long: 90s, 10m, 8h (default: 10m, with --quick 30s)', parseDuration)
    .addOption(numberOption('--rate <n>', 'requests a second of all kinds', { max: 100_000 }).default(300))
    .addOption(numberOption('--people <n>', 'people who come back', { max: 10_000_000 }).default(5_000))
    .addOption(
      numberOption('--seed <n>', 'the same seed sends the same requests', { max: 2 ** 31 - 1 }).default(1),
    )
    .addHelpText(
      'after',
      `
Starts a fresh platform on embedded engines and sends bid requests whose winners are told, pixels, server events and syncs,
each when it is due. Memory, what waits, restarts and latency are sampled all the time. At the end every acknowledged event
and every bid is looked for in the lake. Ends with status 1 when one of its findings is bad: a request failed, a process was
started again, a record was dropped, lost or doubled, or memory or a backlog still grew in the last third.`,
    )
    .action(async ({ quick, out, duration, rate, people, seed }: SoakFlags) => {
      const seconds = duration ?? (quick ? 30 : 600);
      const raw = beginRawOutput('soak', { seconds, perSecond: rate, people, seed, quick });
      const keep = async (result: unknown): Promise<void> => {
        raw.result = result;
        if (out !== undefined) await writeRawOutput(out, raw);
      };
      const result = await soak({
        perSecond: rate,
        seconds,
        people,
        seed,
        say: sayToStderr,
        keep: (samples) => keep({ samples }),
      });
      raw.summary = result.findings.map(
        ({ what, isGood, detail }) => `${isGood ? 'ok ' : 'BAD'}  ${what}  (${detail})`,
      );
      raw.finishedAt = new Date().toISOString();
      await keep(result);
      process.stdout.write(`${raw.summary.join('\n')}\n`);
      if (result.findings.some(({ isGood }) => !isGood)) process.exitCode = 1;
    });
}

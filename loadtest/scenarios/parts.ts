import { Option, type Command } from 'commander';
import { sayToStderr, type Say } from '../bench';
import { beginRawOutput, writeRawOutput } from '../raw-output';
import { scenarioCommand } from './options';

interface PartsFlags<Part extends string> {
  quick: boolean;
  only?: Part;
  out?: string;
}

/** What a scenario of several parts works with. */
export interface PartsRun<Part extends string> {
  quick: boolean;
  say: Say;
  wanted: (part: Part) => boolean;
  /** Keeps what a part measured, and the lines that say it. */
  add: (part: Part, result: unknown, ...rows: string[]) => void;
}

/** A command that runs the wanted parts, each alone on the machine, and prints one table of ratios. */
export function partsCommand<const Part extends string>(
  name: string,
  description: string,
  parts: readonly Part[],
  measure: (run: PartsRun<Part>) => Promise<void>,
): Command {
  return scenarioCommand(name, description)
    .addOption(new Option('--only <part>', 'one part').choices(parts))
    .action(async ({ quick, only, out }: PartsFlags<Part>) => {
      const output = beginRawOutput(name, { quick, only });
      const result: Partial<Record<Part, unknown>> = {};
      const summary: string[] = [];
      await measure({
        quick,
        say: sayToStderr,
        wanted: (part) => only === undefined || only === part,
        add: (part, measured, ...rows) => {
          result[part] = measured;
          summary.push(...rows);
        },
      });
      process.stdout.write(`${summary.join('\n')}\n`);
      if (out !== undefined)
        await writeRawOutput(out, { ...output, finishedAt: new Date().toISOString(), result, summary });
    });
}

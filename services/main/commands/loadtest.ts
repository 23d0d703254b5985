import { Argument, Command } from 'commander';
import { baseline, BASELINE_PARTS } from '../../../loadtest/baseline';
import { ENGINE_PARTS, engines } from '../../../loadtest/engines/engines';

interface LoadtestOptions {
  quick: boolean;
  only?: string;
  out?: string;
}

const SCENARIOS: Record<
  string,
  { parts: readonly string[]; run: (options: LoadtestOptions) => Promise<void> }
> = {
  baseline: { parts: BASELINE_PARTS, run: baseline },
  engines: { parts: ENGINE_PARTS, run: engines },
};

export function loadtestCommand(): Command {
  const parts = Object.entries(SCENARIOS).map(([name, { parts }]) => `${name}: ${parts.join(', ')}`);
  return new Command('loadtest')
    .description('measure this machine: every stage beside the simplest program that could do its work')
    .addArgument(
      new Argument('<scenario>', 'on embedded engines, or on servers started for it').choices(
        Object.keys(SCENARIOS),
      ),
    )
    .option('--quick', 'fewer rounds and people: a look, not a result', false)
    .option('--only <part>', `one part (${parts.join('; ')})`)
    .option('--out <file>', 'write the raw results there, as JSON')
    .action(async (name: string, options: LoadtestOptions, command: Command) => {
      const scenario = SCENARIOS[name]!;
      if (options.only !== undefined && !scenario.parts.includes(options.only))
        command.error(`error: --only of ${name} is one of ${scenario.parts.join(', ')}`, { exitCode: 2 });
      await scenario.run(options);
    });
}

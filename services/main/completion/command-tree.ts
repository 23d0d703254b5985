import type { Argument, Command, Option } from 'commander';

/** What may stand in a place of the command line. */
export type Value = { kind: 'words'; words: readonly string[] } | { kind: 'file' } | { kind: 'free' };

export interface OfferedOption {
  /** `--format`, `-f` */
  flags: string[];
  description: string;
  /** Undefined for one that takes no value. */
  value?: Value;
}

/** One command as a shell has to know it. */
export interface CommandNode {
  /** `muster explain person` */
  path: string;
  options: OfferedOption[];
  commands: { name: string; description: string }[];
  /** What its arguments may be, in their order. */
  arguments: Value[];
}

/** The tree under `root`, parents first. */
export function commandTree(root: Command, above = ''): CommandNode[] {
  const path = `${above}${root.name()}`;
  const help = root.createHelp();
  const node: CommandNode = {
    path,
    options: help.visibleOptions(root).map((option) => ({
      flags: [option.long, option.short].filter((flag) => flag !== undefined && flag !== null),
      description: option.description,
      ...(option.required || option.optional ? { value: valueOf(option, option.flags) } : {}),
    })),
    commands: help
      .visibleCommands(root)
      .map((command) => ({ name: command.name(), description: command.description() })),
    arguments: root.registeredArguments.map((argument) => valueOf(argument, argument.name())),
  };
  return [node, ...root.commands.flatMap((command) => commandTree(command, `${path} `))];
}

/** A place that is called `file` takes the name of one. */
function valueOf({ argChoices }: Pick<Option | Argument, 'argChoices'>, name: string): Value {
  if (argChoices !== undefined) return { kind: 'words', words: argChoices };
  return /\bfile\b/.test(name.replace(/^.*?[<[]/, '')) ? { kind: 'file' } : { kind: 'free' };
}

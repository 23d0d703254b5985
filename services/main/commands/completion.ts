import { Argument, Command } from 'commander';
import { commandTree } from '../completion/command-tree';
import { completionScript, SHELLS, type Shell } from '../completion/shell-scripts';

export function completionCommand(root: Command): Command {
  return new Command('completion')
    .description('print the script that makes a shell complete commands, options and their values')
    .addArgument(new Argument('<shell>', 'which one').choices(SHELLS))
    .addHelpText(
      'after',
      `
bash: muster completion bash > ~/.local/share/bash-completion/completions/muster
zsh:  muster completion zsh > ~/.zfunc/_muster      (with fpath+=~/.zfunc before compinit in ~/.zshrc)
fish: muster completion fish > ~/.config/fish/completions/muster.fish
`,
    )
    .action((shell: Shell) => {
      process.stdout.write(completionScript(shell, commandTree(root)));
    });
}

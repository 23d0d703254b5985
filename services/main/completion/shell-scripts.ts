import type { CommandNode, Value } from './command-tree';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A script that the shell reads once: nothing of Muster runs while somebody types. */
export function completionScript(shell: Shell, tree: readonly CommandNode[]): string {
  return { bash, zsh, fish }[shell](tree);
}

function bash(tree: readonly CommandNode[]): string {
  const values = valuedOptions(tree).map(
    ({ keys, value }) => `    ${keys.map(quoted).join('|')}) ${bashValue(value)} return ;;`,
  );
  const places = tree.map(
    (node) => `    ${quoted(node.path)})
      if [[ $cur == -* ]]; then words=${quoted(flagsOf(node).join(' '))}
      else words=${quoted(wordsOf(node).join(' '))}${takesFile(node) ? '; files=yes' : ''}; fi ;;`,
  );
  return `# bash completion for muster; made by: muster completion bash
_muster() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at=muster words='' files='' i
  local IFS=$' \\t\\n'
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${pathsBelowRoot(tree).map(quoted).join('|')}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at $prev" in
${values.join('\n')}
  esac
  case "$at" in
${places.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [[ -n $files ]]; then IFS=$'\\n'; COMPREPLY+=($(compgen -f -- "$cur")); compopt -o filenames 2>/dev/null; fi
  return 0
}
complete -F _muster muster
`;
}

function bashValue(value: Value): string {
  if (value.kind === 'free') return '';
  if (value.kind === 'file')
    return 'IFS=$\'\\n\'; COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames 2>/dev/null;';
  return `COMPREPLY=($(compgen -W ${quoted(value.words.join(' '))} -- "$cur"));`;
}

function zsh(tree: readonly CommandNode[]): string {
  const values = valuedOptions(tree).map(
    ({ keys, value }) => `    (${keys.map(quoted).join('|')}) ${zshValue(value)} return ;;`,
  );
  const places = tree.map((node) => {
    const flags = node.options.flatMap(({ flags, description }) =>
      flags.map((flag) => described(flag, description)),
    );
    const commands = node.commands.map(({ name, description }) => described(name, description));
    const words = node.arguments.flatMap((value) =>
      value.kind === 'words' ? value.words.map((word) => described(word)) : [],
    );
    return `    (${quoted(node.path)})
      if [[ $cur == -* ]]; then offered=(${flags.join(' ')})
      else offered=(${[...commands, ...words].join(' ')})${takesFile(node) ? '; files=yes' : ''}; fi ;;`;
  });
  return `#compdef muster
# zsh completion for muster; made by: muster completion zsh
_muster() {
  local cur=$words[CURRENT] prev=$words[CURRENT-1] at=muster files='' i
  local -a offered
  for ((i = 2; i < CURRENT; i++)); do
    case "$at $words[i]" in
      (${pathsBelowRoot(tree).map(quoted).join('|')}) at="$at $words[i]" ;;
    esac
  done
  case "$at $prev" in
${values.join('\n')}
  esac
  case "$at" in
${places.join('\n')}
  esac
  (( $#offered )) && _describe muster offered
  [[ -n $files ]] && _files
  return 0
}
if [[ $funcstack[1] == _muster ]]; then _muster "$@"; else compdef _muster muster; fi
`;
}

function zshValue(value: Value): string {
  if (value.kind === 'free') return '';
  if (value.kind === 'file') return '_files;';
  return `offered=(${value.words.map((word) => described(word)).join(' ')}); _describe value offered;`;
}

/** For `_describe`: a colon separates the word from what it means. */
function described(word: string, description = ''): string {
  const name = word.replaceAll(':', '\\:');
  return quoted(description === '' ? name : `${name}:${description}`);
}

function fish(tree: readonly CommandNode[]): string {
  const lines = tree.flatMap((node) => {
    const here = `complete -c muster -n ${quoted(`__muster_at ${quoted(node.path)}`)}`;
    const words = node.arguments.flatMap((value) => (value.kind === 'words' ? value.words : []));
    return [
      ...(takesFile(node) ? [`${here} -F`] : []),
      ...node.commands.map(({ name, description }) => `${here} -a ${quoted(name)} -d ${quoted(description)}`),
      ...(words.length > 0 ? [`${here} -a ${quoted(words.join(' '))}`] : []),
      ...node.options.map(({ flags, description, value }) => {
        const names = flags.map((flag) =>
          flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
        );
        return `${here} ${names.join(' ')}${fishValue(value)} -d ${quoted(description)}`;
      }),
    ];
  });
  return `# fish completion for muster; made by: muster completion fish
function __muster_at
  set -l at muster
  for word in (commandline -opc)[2..-1]
    switch "$at $word"
      case ${pathsBelowRoot(tree).map(quoted).join(' ')}
        set at "$at $word"
    end
  end
  test "$at" = "$argv[1]"
end
complete -c muster -f
${lines.join('\n')}
`;
}

function fishValue(value: Value | undefined): string {
  if (value === undefined) return '';
  if (value.kind === 'words') return ` -x -a ${quoted(value.words.join(' '))}`;
  return value.kind === 'file' ? ' -r -F' : ' -x';
}

function pathsBelowRoot(tree: readonly CommandNode[]): string[] {
  return tree.slice(1).map(({ path }) => path);
}

/** `muster import --rejects` and what may follow it. */
function valuedOptions(tree: readonly CommandNode[]): { keys: string[]; value: Value }[] {
  return tree.flatMap(({ path, options }) =>
    options.flatMap(({ flags, value }) =>
      value === undefined ? [] : [{ keys: flags.map((flag) => `${path} ${flag}`), value }],
    ),
  );
}

function flagsOf({ options }: CommandNode): string[] {
  return options.flatMap(({ flags }) => flags);
}

function wordsOf(node: CommandNode): string[] {
  const choices = node.arguments.flatMap((value) => (value.kind === 'words' ? value.words : []));
  return [...node.commands.map(({ name }) => name), ...choices];
}

function takesFile(node: CommandNode): boolean {
  return node.arguments.some(({ kind }) => kind === 'file');
}

/** Single quotes, inside which a POSIX shell and fish take everything as it is. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

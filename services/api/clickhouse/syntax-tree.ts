/** A node of the engine's syntax tree as `EXPLAIN AST` prints it: `Function count (alias n) (children 1)`. */
export interface SyntaxNode {
  /** First word of the line: `SelectQuery`, `Function`, `Literal` … */
  kind: string;
  /** What follows the kind, without alias and number of children: a name or a literal. */
  detail: string;
  children: SyntaxNode[];
}

/**
 * Puts the printed lines together again. Undefined when they do not add up (a depth that jumps, a number of
 * children that is not met): then something in the query imitated the output, and nothing can be said about it.
 */
export function parseSyntaxTree(lines: readonly string[]): SyntaxNode | undefined {
  const path: { node: SyntaxNode; expected: number }[] = [];
  let root: SyntaxNode | undefined;
  for (const line of lines) {
    const depth = line.length - line.trimStart().length;
    const { node, expected } = parseLine(line.trimStart());
    if (depth > path.length || (depth === 0 && root !== undefined)) return undefined;
    if (path.splice(depth).some((done) => done.node.children.length !== done.expected)) return undefined;
    path.at(-1)?.node.children.push(node);
    path.push({ node, expected });
    root ??= node;
  }
  return path.every((open) => open.node.children.length === open.expected) ? root : undefined;
}

function parseLine(line: string): { node: SyntaxNode; expected: number } {
  const children = / \(children (\d+)\)$/.exec(line);
  const text = children === null ? line : line.slice(0, children.index);
  const space = text.indexOf(' ');
  const kind = space < 0 ? text : text.slice(0, space);
  const rest = space < 0 ? '' : text.slice(space + 1);
  // A literal's text may hold anything, also ` (alias `: only names are cut there.
  const alias = kind === 'Literal' ? -1 : rest.indexOf(' (alias ');
  return {
    node: { kind, detail: alias < 0 ? rest : rest.slice(0, alias), children: [] },
    expected: Number(children?.[1] ?? 0),
  };
}

import { isAllowedFunction } from './allowed-functions';
import { isAllowedTable, isAllowedTableFunction } from './allowed-sources';
import { denied, unreadable, type Refusal } from './refusal';
import type { SyntaxNode } from './syntax-tree';

export interface TreeContext {
  database: string;
  /** Names that the query defines itself: `WITH name AS (…)`. */
  ownNames: ReadonlySet<string>;
  /** Every table, view and dictionary of the database. */
  tables: ReadonlySet<string>;
  /** Every database. */
  databases: ReadonlySet<string>;
  /** Every function that is no table function, lower case. */
  functions: ReadonlySet<string>;
}

/** Nodes that say nothing by themselves; their children are looked at. */
const STRUCTURE: ReadonlySet<string> = new Set([
  'ExpressionList',
  'SelectQuery',
  'SelectIntersectExceptQuery',
  'Subquery',
  'WithElement',
  'TablesInSelectQuery',
  'TablesInSelectQueryElement',
  'TableExpression',
  'TableJoin',
  'ArrayJoin',
  'SampleRatio',
  'OrderByElement',
  'InterpolateElement',
  'WindowListElement',
  'WindowDefinition',
  'Asterisk',
  'QualifiedAsterisk',
  'ColumnsRegexpMatcher',
  'ColumnsListMatcher',
  'QualifiedColumnsRegexpMatcher',
  'QualifiedColumnsListMatcher',
  'ColumnsTransformerList',
  'ColumnsExceptTransformer',
  'ColumnsReplaceTransformer',
  'ColumnsReplaceTransformer::Replacement',
]);

const EXPLAINS: ReadonlySet<string> = new Set([
  'EXPLAIN',
  'EXPLAIN AST',
  'EXPLAIN SYNTAX',
  'EXPLAIN QUERY TREE',
  'EXPLAIN PIPELINE',
  'EXPLAIN ESTIMATE',
]);

/** They only list names. */
const LISTS: ReadonlySet<string> = new Set(['ShowTables', 'ShowColumns', 'ShowFunctions']);

/** Their second argument names a type. */
const CASTS: ReadonlySet<string> = new Set([
  'cast',
  '_cast',
  'accuratecast',
  'accuratecastornull',
  'accuratecastordefault',
  'reinterpret',
]);

/** The first thing in the tree that is not on an allow-list, or undefined when everything is. */
export function checkTree(root: SyntaxNode, context: TreeContext): Refusal | undefined {
  const { kind, detail, children } = root;
  if (kind === 'SelectWithUnionQuery') return checkNode(root, undefined, context);
  if (kind === 'Explain') {
    if (!EXPLAINS.has(detail)) return denied(detail);
    return checkChildren(children, root, context);
  }
  if (kind === 'DescribeQuery') return checkChildren(children, root, context);
  if (LISTS.has(kind))
    return children.every((child) => child.kind === 'Identifier')
      ? undefined
      : denied(`this form of ${kind}`);
  const name = children.map((child) => child.detail).join('.');
  if (/^Exists(Table|View|Database)Query/.test(kind)) return undefined;
  if (/^ShowCreate(Table|View)Query/.test(kind)) {
    return isAllowedTable(context.database, name) ? undefined : denied(`SHOW CREATE of ${name}`);
  }
  return denied(
    `the statement ${`${kind} ${detail.trim()}`.trim()}`,
    'only SELECT, EXPLAIN, DESCRIBE, SHOW and EXISTS',
  );
}

function checkNode(
  node: SyntaxNode,
  parent: SyntaxNode | undefined,
  context: TreeContext,
): Refusal | undefined {
  const { kind, detail, children } = node;
  const own = checkOwn(node, parent, context);
  if (own !== undefined) return own;
  if (kind === 'SelectWithUnionQuery') {
    // Beside its list of queries stand only output clauses, which belong to the endpoint.
    const clause = children.find(
      (child) => child.kind !== 'ExpressionList' && child.kind !== 'SelectIntersectExceptQuery',
    );
    if (clause !== undefined) return denied(outputClause(clause));
  }
  if (kind === 'Function' && CASTS.has(detail.toLowerCase())) {
    const type = children[0]?.children[1];
    if (type !== undefined && type.kind !== 'Literal') return denied('a computed type name');
  }
  return checkChildren(children, node, context);
}

function checkChildren(
  children: readonly SyntaxNode[],
  parent: SyntaxNode,
  context: TreeContext,
): Refusal | undefined {
  for (const child of children) {
    const refusal = checkNode(child, parent, context);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function checkOwn(
  node: SyntaxNode,
  parent: SyntaxNode | undefined,
  context: TreeContext,
): Refusal | undefined {
  const { kind, detail } = node;
  switch (kind) {
    case 'SelectWithUnionQuery':
      return undefined;
    case 'Function':
      return checkFunction(node, parent, context);
    case 'TableIdentifier':
      return checkTable(detail, context);
    case 'Identifier':
      return checkIdentifier(detail, context);
    case 'Literal':
      // A state of an aggregate function is read by the engine as it is: never from text of a query.
      return /aggregatefunction/i.test(detail) ? denied('the type AggregateFunction') : undefined;
    case 'Set':
      return denied('a SETTINGS clause');
    case 'ColumnsApplyTransformer':
      return denied('APPLY');
    default:
      return STRUCTURE.has(kind) ? undefined : denied(`the syntax ${kind}`);
  }
}

function checkFunction(
  node: SyntaxNode,
  parent: SyntaxNode | undefined,
  context: TreeContext,
): Refusal | undefined {
  const name = node.detail;
  if (!/^\w+$/.test(name)) return unreadable(`the function name ${JSON.stringify(name)}`);
  if (parent?.kind === 'TableExpression') {
    if (!isAllowedTableFunction(name)) return denied(`the table function ${name}`);
    const first = node.children[0]?.children[0];
    return name.toLowerCase() === 'values' && first?.kind !== 'Literal'
      ? denied('a computed structure of values()')
      : undefined;
  }
  if (!isAllowedFunction(name)) return denied(`the function ${name}`);
  // `x IN name` reads the table of that name.
  const set = /in(ignoreset)?$/i.test(name) ? node.children[0]?.children[1] : undefined;
  if (set?.kind === 'Identifier' && context.tables.has(set.detail)) return checkTable(set.detail, context);
  return undefined;
}

function checkTable(name: string, context: TreeContext): Refusal | undefined {
  if (isAllowedTable(context.database, name)) return undefined;
  const own = context.ownNames.has(name) && !context.tables.has(name);
  return own ? undefined : denied(`the table ${name}`);
}

/**
 * A column, `alias.column`, or `database.table.column`: the last only for tables that may be read. A function's bare
 * name is a value to functions that take functions: `arrayMap(file, ['/etc/passwd'])` reads the file.
 */
function checkIdentifier(name: string, context: TreeContext): Refusal | undefined {
  if (context.functions.has(name.toLowerCase()) && !isAllowedFunction(name))
    return denied(`the function ${name}`);
  const [first = '', second, ...rest] = name.split('.');
  if (second === undefined || !context.databases.has(first)) return undefined;
  if (isAllowedTable(context.database, name)) return undefined;
  return rest.length > 0 && isAllowedTable(context.database, `${first}.${second}`)
    ? undefined
    : denied(`the source ${name}`);
}

function outputClause(clause: SyntaxNode): string {
  if (clause.kind === 'Set') return 'a SETTINGS clause';
  return clause.kind === 'Literal' ? 'INTO OUTFILE' : `the clause ${clause.kind} ${clause.detail}`;
}

import { quoteText } from '../../shared/stores/lake/bind';
import type { Lake } from '../../shared/stores/lake/lake';
import { LakeError } from '../../shared/stores/lake/lake-error';
import type { SqlToken } from '../../shared/stores/lake/sql-tokens';
import { isAllowedFunction } from './allowed-functions';
import { isAllowedTable, isAllowedTableFunction } from './allowed-sources';
import { checkTree, type TreeContext } from './check-tree';
import { denied, unreadable, type Refusal } from './refusal';
import { readStatement, type Statement } from './statement';
import { parseSyntaxTree, type SyntaxNode } from './syntax-tree';

export interface AllowedQuery {
  ok: true;
  /** Exactly the text that was checked; run this and nothing else. */
  sql: string;
  format: string | undefined;
  /** EXPLAIN takes output clauses into the query it explains. */
  explain: boolean;
}

const TABLE_FOLLOWS: ReadonlySet<string> = new Set(['FROM', 'JOIN', 'IN', 'TABLE', 'DESC', 'DESCRIBE', '.']);

interface EngineNames {
  tables: string[];
  databases: string[];
  functions: string[];
  table_functions: string[];
}

/**
 * Lets through what only reads documented data: the engine parses the text (so nothing is guessed about its
 * grammar), and each node of its syntax tree must be on an allow-list.
 */
export class Guard {
  constructor(private readonly lake: Lake) {}

  async check(text: string): Promise<AllowedQuery | Refusal> {
    const statement = readStatement(text);
    if (!statement.ok) return statement;
    try {
      return await this.checkStatement(statement);
    } catch (error) {
      // The engine's parser refuses it: its message says where.
      if (error instanceof LakeError && !error.retryable && error.code !== 'closed') {
        return {
          ...unreadable(error.message),
          code: Number(error.code) || 62,
          type: error.type ?? 'SYNTAX_ERROR',
        };
      }
      throw error;
    }
  }

  private async checkStatement(statement: Statement): Promise<AllowedQuery | Refusal> {
    const { sql, format, tokens } = statement;
    // The engine reads the text as text first: more than one statement is an error there, while behind
    // EXPLAIN AST chDB would run the second one.
    const [names] = await this.lake.query<EngineNames & { one: string }>(
      `SELECT formatQuerySingleLine(${quoteText(sql)}) AS one,
        (SELECT groupArray(name) FROM system.tables WHERE database = ${quoteText(this.lake.database)}) AS tables,
        (SELECT groupArray(name) FROM system.databases) AS databases,
        (SELECT groupArray(lower(name)) FROM system.functions) AS functions,
        (SELECT groupArray(lower(name)) FROM system.table_functions) AS table_functions`,
      { maxExecutionSeconds: 10 },
    );
    if (names === undefined) return unreadable('the engine gave no answer');
    const root = parseSyntaxTree(await this.lake.syntaxTree(sql));
    if (root === undefined) return unreadable('a syntax tree that does not add up');
    const context: TreeContext = {
      database: this.lake.database,
      ownNames: ownNames(tokens),
      tables: new Set(names.tables),
      databases: new Set(names.databases),
      functions: new Set(names.functions),
    };
    const refusal =
      checkTree(root, context) ??
      checkConditions(root, tokens) ??
      checkWords(tokens, context, new Set([...names.functions, ...names.table_functions]));
    return refusal ?? { ok: true, sql, format, explain: root.kind === 'Explain' };
  }
}

/** The tree of SHOW does not print its conditions, which may hold any query. */
function checkConditions(root: SyntaxNode, tokens: readonly SqlToken[]): Refusal | undefined {
  if (!/^(Show|Exists)/.test(root.kind)) return undefined;
  const condition = tokens.some(
    ({ kind, text }) => text === '(' || (kind === 'word' && text.toUpperCase() === 'WHERE'),
  );
  return condition
    ? denied('SHOW with a condition', 'LIKE, or SELECT from system.tables and system.columns')
    : undefined;
}

/** Names before `AS (`, as in `WITH name AS (SELECT …)`: the tree does not print them. */
function ownNames(tokens: readonly SqlToken[]): Set<string> {
  const names = new Set<string>();
  for (const [i, token] of tokens.entries()) {
    if (tokens[i + 1]?.text.toUpperCase() !== 'AS' || tokens[i + 2]?.text !== '(') continue;
    if (token.kind === 'word') names.add(token.text);
    if (token.kind === 'name') names.add(token.text.slice(1, -1));
  }
  return names;
}

/**
 * A second net, in case the printed tree leaves something out: no known function or table may stand anywhere
 * in the text unless it is allowed.
 */
function checkWords(
  tokens: readonly SqlToken[],
  context: TreeContext,
  functions: ReadonlySet<string>,
): Refusal | undefined {
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== 'word' && token.kind !== 'name') continue;
    const name = token.kind === 'name' ? token.text.slice(1, -1) : token.text;
    const called = tokens[i + 1]?.text === '(' && functions.has(name.toLowerCase());
    if (called && !isAllowedFunction(name) && !isAllowedTableFunction(name))
      return denied(`the function ${name}`);
    // A table's name may serve as an alias elsewhere (`count() AS persons`).
    const source = name.endsWith('_rows') || TABLE_FOLLOWS.has(tokens[i - 1]?.text.toUpperCase() ?? '');
    if (source && context.tables.has(name) && !isAllowedTable(context.database, name))
      return denied(`the table ${name}`);
    const second = tokens[i + 1]?.text === '.' ? tokens[i + 2] : undefined;
    if (second !== undefined && /^(system|information_schema)$/i.test(name)) {
      const table = `${name}.${second.kind === 'name' ? second.text.slice(1, -1) : second.text}`;
      if (!isAllowedTable(context.database, table)) return denied(`the table ${table}`);
    }
  }
  return undefined;
}

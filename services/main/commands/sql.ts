import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { withPlaceMarked } from '../sql/error-place';
import { RefusedError, send } from './http-client';
import { positiveInteger } from './option-parsers';
import { adminKey, CommandError, environmentHelp, EXIT_USAGE, settingsOrExit } from './settings';

/** Short names; any other name is passed on as one of ClickHouse's. */
const FORMATS: Record<string, string> = {
  table: 'PrettyCompactNoEscapes',
  vertical: 'Vertical',
  tsv: 'TabSeparatedWithNames',
  csv: 'CSVWithNames',
  json: 'JSON',
  ndjson: 'JSONEachRow',
  markdown: 'Markdown',
};

const ROWS_ON_A_TERMINAL = 1_000;

interface SqlOptions {
  file?: string;
  format?: string;
  json?: true;
  rows?: number;
}

export function sqlCommand(): Command {
  return new Command('sql')
    .description('ask the lake of the running platform, read-only')
    .argument('[query]', 'one statement; without it, or with -, standard input is read')
    .option('-f, --file <file>', 'read the statement from a file')
    .option(
      '--format <name>',
      `${Object.keys(FORMATS).join(', ')}, or one of ClickHouse's formats (a table on a terminal, else values separated by tabs)`,
    )
    .option('--json', 'the same as --format json')
    .option(
      '--rows <n>',
      `rows to show at most (on a terminal ${ROWS_ON_A_TERMINAL}, else all)`,
      positiveInteger,
    )
    .addHelpText(
      'after',
      `
Example: muster sql "SELECT type, count() FROM events GROUP BY type"
What there is: muster sql "SHOW TABLES", muster sql "DESCRIBE events"
Exit status: 0 when the statement ran, 1 when it was refused or failed, 2 when the command was not understood.
${environmentHelp()}`,
    )
    .action(runSql);
}

async function runSql(query: string | undefined, options: SqlOptions): Promise<void> {
  const isTerminal = process.stdout.isTTY;
  const format = formatOf(options, isTerminal);
  const config = settingsOrExit();
  const statement = await statementOf(query, options.file);
  const rows = options.rows ?? (isTerminal ? ROWS_ON_A_TERMINAL : undefined);
  const parameters = new URLSearchParams({ default_format: format });
  if (rows !== undefined) {
    parameters.set('limit', String(rows));
    // By itself a table shows the first and the last rows of many.
    if (isTable(format)) parameters.set('output_format_pretty_max_rows', String(rows));
  }
  try {
    const { body } = await send({
      host: config.host,
      port: config.port,
      path: `/clickhouse/?${parameters.toString()}`,
      method: 'POST',
      key: adminKey(config),
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: statement,
      // Bounded rows are few enough to be looked at first.
      sink: rows === undefined ? process.stdout : undefined,
    });
    process.stdout.write(body);
    if (rows !== undefined && isTable(format) && new RegExp(`^ *${rows}\\. `, 'm').test(body))
      process.stderr.write(`the first ${rows} rows; --rows shows more, --format tsv all of them\n`);
  } catch (error) {
    if (error instanceof RefusedError && error.body.startsWith('Code: '))
      throw new CommandError(withPlaceMarked(error.message, statement) + nextOf(error.body));
    throw error;
  }
}

function isTable(format: string): boolean {
  return format.startsWith('Pretty');
}

/** The tables are few, and their names are what is mistaken most. */
function nextOf(body: string): string {
  return /the table \S+ is not allowed|UNKNOWN_TABLE|UNKNOWN_IDENTIFIER/.test(body)
    ? '\n  what there is: muster sql "SHOW TABLES", muster sql "DESCRIBE events"'
    : '';
}

function formatOf({ format, json }: SqlOptions, isTerminal: boolean): string {
  if (json && format !== undefined && format !== 'json')
    throw new CommandError('--json and --format contradict each other; give one of them', EXIT_USAGE);
  const name = json ? 'json' : (format ?? (isTerminal ? 'table' : 'TabSeparated'));
  return Object.hasOwn(FORMATS, name) ? FORMATS[name]! : name;
}

async function statementOf(query: string | undefined, file: string | undefined): Promise<string> {
  if (query !== undefined && file !== undefined)
    throw new CommandError('a statement and --file contradict each other; give one of them', EXIT_USAGE);
  const statement = file === undefined ? await given(query) : readStatement(file);
  if (statement.trim() === '')
    throw new CommandError('there is no statement; try: muster sql "SHOW TABLES"', EXIT_USAGE);
  return statement;
}

async function given(query: string | undefined): Promise<string> {
  if (query !== undefined && query !== '-') return query;
  if (process.stdin.isTTY) process.stderr.write('one statement, then Ctrl-D:\n');
  return text(process.stdin);
}

function readStatement(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(`--file: ${(error as Error).message}`, EXIT_USAGE);
  }
}

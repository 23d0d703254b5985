import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import { bindParams, sqlLiteral, type SqlParams } from './bind';
import { execute, type ExecSummary } from './clients';
import { insertStatements, type InsertOptions, type Row } from './insert-statements';
import { LARGE_STATEMENTS } from './large-statements';
import type { Layout } from './layout';
import { LakeError, toLakeError } from './lake-error';
import { missingRows, presentKeysSql } from './missing-rows';
import { parseJsonRows, parseNumbers } from './results';
import type { Lane, Pool } from './pool';

export interface QueryOptions {
  /** Values of `{name:Type}` in the SQL. */
  params?: SqlParams;
  /** Which queue it waits in; full builds use `build`. Default `normal`. */
  lane?: Lane;
  /** The engine stops the query after this. Default 60. */
  maxExecutionSeconds?: number;
}

export interface RawQuery {
  /** One statement without FORMAT; parameters already bound. */
  sql: string;
  /** Name of one of the engine's output formats. */
  format: string;
  lane?: Lane;
  maxExecutionSeconds?: number;
  /** More settings for this statement alone; they are written into its text. */
  settings?: Readonly<Record<string, string | number>>;
}

export interface RawResult extends ExecSummary {
  body: Buffer;
}

const DEFAULT_SECONDS = 60;
/** A server that answers so much later than its own limit allows is not there any more, though nobody said so. */
const SLACK_MS = 30_000;
const INSERT_MS = 120_000;
const COMMAND_MS = 900_000;
/** How long `close` waits for running queries, and then for those it ended; together below 10 s. */
const DRAIN_MS = 4_000;
const KILL_MS = 3_000;
/** How long a replay waits for the insert of a process that died; after it the batch comes again. */
const STRAGGLER_MS = 60_000;
const STRAGGLER_POLL_MS = 100;
/** A repair fails only by a crash of the server between two of its steps; so often it does not crash in a row. */
const REPAIRS_MAX = 5;

/**
 * LAKE: ClickHouse, in this process or over HTTP. Unqualified names mean its database.
 * Every call rejects with LakeError. Settings live in the text of the statement they are for, never in the
 * client: chDB would keep them for every later call.
 */
export class Lake {
  private closing = false;
  private reload: { running: Promise<void>; next: Promise<void> | undefined } | undefined;

  constructor(
    readonly database: string,
    private readonly layout: Layout,
    private readonly pool: Pool<ClickHouseClient>,
    private readonly killRunning: () => Promise<void> = async () => {},
    /** Over a network, where an answer may never come: a call is given up after a while. */
    private readonly isRemote = false,
  ) {}

  /**
   * Rows of one statement, which must carry neither FORMAT nor an end semicolon. 64-bit integers and decimals come as text
   * (a JavaScript number would lose digits): convert with `Number` where they are known to be small.
   */
  async query<T>(sql: string, options: QueryOptions = {}): Promise<T[]> {
    const { body } = await this.rawQuery({
      ...options,
      sql: bindParams(sql, options.params ?? {}),
      format: 'JSONEachRow',
      settings: {
        ...LARGE_STATEMENTS,
        output_format_json_quote_64bit_integers: 1,
        output_format_json_quote_decimals: 1,
      },
    });
    return parseJsonRows<T>(body);
  }

  /** The only column, UInt64 (cast it with `toUInt64`), as numbers. Rejects beyond 2^53. */
  async numbers(sql: string, options: QueryOptions = {}): Promise<number[]> {
    const { body } = await this.rawQuery({
      ...options,
      sql: bindParams(sql, options.params ?? {}),
      format: 'RowBinaryWithNamesAndTypes',
      settings: LARGE_STATEMENTS,
    });
    return parseNumbers(body);
  }

  /** One statement in a format of the engine, whole in memory: bound what it can return. */
  async rawQuery(query: RawQuery): Promise<RawResult> {
    const settings = Object.entries({
      max_execution_time: query.maxExecutionSeconds ?? DEFAULT_SECONDS,
      ...query.settings,
    }).map(([name, value]) => `${name} = ${sqlLiteral(value)}`);
    const sql = `${query.sql}\nFORMAT ${query.format}\nSETTINGS ${settings.join(', ')}`;
    const withinMs = (query.maxExecutionSeconds ?? DEFAULT_SECONDS) * 1_000 + SLACK_MS;
    const { body, summary } = await this.execute(query.lane ?? 'normal', sql, withinMs);
    return { body, ...summary };
  }

  /**
   * Lines of the engine's own syntax tree of one statement; the statement is parsed, not run. The caller makes
   * sure that it is one: chDB would run a second one behind a semicolon.
   */
  async syntaxTree(sql: string): Promise<string[]> {
    const withinMs = DEFAULT_SECONDS * 1_000;
    const { body } = await this.execute('normal', `EXPLAIN AST ${sql}`, withinMs, 'TabSeparatedRaw');
    return body.toString('utf8').trimEnd().split('\n');
  }

  /** A statement without a result. */
  async command(sql: string, options: { params?: SqlParams; lane?: Lane } = {}): Promise<void> {
    await this.execute(options.lane ?? 'normal', bindParams(sql, options.params ?? {}), COMMAND_MS);
  }

  /**
   * Inserts rows once per token: a repeat with the same token and rows changes nothing, also when the first
   * was cut off half-way. Resolves when they can be queried.
   */
  async insert(options: InsertOptions): Promise<void> {
    const { replayKey: key, ...plain } = options;
    if (key === undefined || options.rows.length === 0) return this.insertRows(plain);
    for (let repair = 0; repair <= REPAIRS_MAX; repair++) {
      const rows = await this.missing({ ...plain, key });
      if (rows.length === 0) return;
      // Under its own token as long as nothing is there: the first try may still be on its way, and must then find the
      // token used. Where that changes nothing, or rows are there in part, a token was written down without its rows:
      // they go in under a next one, the same for everybody who repairs.
      if (repair === 0 && rows.length < options.rows.length) continue;
      await this.insertRows({
        ...plain,
        rows,
        token: repair === 0 ? options.token : `${options.token}~${repair}`,
      });
    }
    const rows = await this.missing({ ...plain, key });
    if (rows.length === 0) return;
    throw new LakeError({
      code: 'unsettled',
      message: `${rows.length} rows of ${options.token} do not come to stay`,
      retryable: true,
    });
  }

  /** Rows that are not there, once whatever inserts them has come to its end. */
  private async missing(options: InsertOptions & { key: readonly string[] }): Promise<Row[]> {
    await this.noneRunsUnder(options.token);
    const present = await this.query<{ key: string[] }>(presentKeysSql(options), {
      maxExecutionSeconds: 600,
    });
    return missingRows(options, present);
  }

  /** A server goes on with an insert whose sender has died: what it stores must be there before anybody looks. */
  private async noneRunsUnder(token: string): Promise<void> {
    const deadline = Date.now() + STRAGGLER_MS;
    const { source, settings } = this.layout.system('processes');
    const sql = bindParams(
      `SELECT toUInt64(count()) FROM ${source} WHERE startsWith(query, 'INSERT')
          AND (position(query, {text:String}) > 0 OR startsWith(Settings['insert_deduplication_token'], {token:String}))`,
      { text: `'${token}`, token },
    );
    for (;;) {
      const { body } = await this.rawQuery({ sql, format: 'RowBinaryWithNamesAndTypes', settings });
      if (parseNumbers(body)[0] === 0) return;
      if (Date.now() > deadline) {
        throw new LakeError({ code: '159', message: `an insert under ${token} still runs`, retryable: true });
      }
      await new Promise((resolve) => setTimeout(resolve, STRAGGLER_POLL_MS));
    }
  }

  private async insertRows(options: InsertOptions): Promise<void> {
    for (const statement of insertStatements(options)) await this.execute('normal', statement, INSERT_MS);
  }

  /**
   * Makes new rows of `person_rows` count in `uid` from now on. Calls that come while a reload runs share one
   * more that begins after it.
   */
  reloadPersons(): Promise<void> {
    if (this.reload === undefined) {
      const running = this.reloadNow();
      this.reload = { running, next: undefined };
      return running;
    }
    const reload = this.reload;
    reload.next ??= reload.running.then(
      () => this.reloadNext(),
      () => this.reloadNext(),
    );
    return reload.next;
  }

  /** The partitions that tables have, by the engine's ids: a month as `202509`, a number as it is. */
  async partitions(tables: readonly string[]): Promise<{ table: string; partition: string }[]> {
    const names = new Map(tables.map((table) => [this.layout.storedIn(table), table]));
    const { source, settings } = this.layout.system('parts');
    const { body } = await this.rawQuery({
      sql: bindParams(
        `SELECT DISTINCT table, partition_id AS \`partition\` FROM ${source}
          WHERE active AND database = {database:String} AND table IN {tables:Array(String)}`,
        { database: this.database, tables: [...names.keys()] },
      ),
      format: 'JSONEachRow',
      settings,
    });
    return parseJsonRows<{ table: string; partition: string }>(body).map(({ table, partition }) => ({
      table: names.get(table) ?? table,
      partition,
    }));
  }

  /** Takes all rows of a partition away, at once and whole; one that is not there is no fault. */
  dropPartition(table: string, partitionId: string): Promise<void> {
    return this.layout.dropPartition(this.engine, table, partitionId);
  }

  /** Rejects (LakeError `migration`) when the servers are not set up for the tables. */
  check(): Promise<void> {
    return this.layout.check(this.engine);
  }

  async ping(): Promise<boolean> {
    try {
      await this.query('SELECT 1', { maxExecutionSeconds: 5 });
      return true;
    } catch (error) {
      if (error instanceof LakeError) return false;
      throw error;
    }
  }

  /** Calls waiting for a client. */
  get queueDepth(): number {
    return this.pool.depth;
  }

  /** Refuses what waits, lets what runs end for some seconds, ends what still runs, closes. */
  async close(): Promise<void> {
    this.closing = true;
    let idle = await this.pool.close(DRAIN_MS);
    if (idle.length < this.pool.size) {
      await this.killRunning();
      idle = await this.pool.close(KILL_MS);
    }
    await Promise.all(idle.map((client) => client.close()));
  }

  private reloadNext(): Promise<void> {
    this.reload = undefined;
    return this.reloadPersons();
  }

  private async reloadNow(): Promise<void> {
    try {
      await this.layout.reloadPersons(this.engine);
    } finally {
      if (this.reload?.next === undefined) this.reload = undefined;
    }
  }

  private readonly engine = {
    query: <T>(sql: string): Promise<T[]> => this.query<T>(sql),
    run: async (sql: string, settings?: ClickHouseSettings): Promise<string> =>
      (await this.execute('normal', sql, COMMAND_MS, 'TabSeparatedRaw', settings)).body.toString('utf8'),
  };

  private execute(
    lane: Lane,
    sql: string,
    withinMs: number,
    defaultFormat?: 'TabSeparatedRaw',
    settings?: ClickHouseSettings,
  ): Promise<{ body: Buffer; summary: ExecSummary }> {
    return this.pool.run(lane, async (client) => {
      const signal = this.isRemote ? AbortSignal.timeout(withinMs) : undefined;
      try {
        return await execute(client, sql, { defaultFormat, signal, settings });
      } catch (error) {
        if (signal?.aborted === true)
          throw new LakeError({
            code: 'no_answer',
            message: `no answer within ${withinMs} ms`,
            cause: error,
          });
        const fault = toLakeError(error);
        // 394: cancelled, by `close` itself.
        if (!this.closing || fault.code !== '394') throw fault;
        throw new LakeError({ code: 'closed', message: 'the lake was closed meanwhile', cause: error });
      }
    });
  }
}

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { compileRules, type CompiledRules } from '../compile';
import type { Rule } from '../language';
import { StateTable, type StatesRow } from '../states-sql';
import { uidOf, type World } from './world';
import { worldSql } from './world-sql';

export const DATABASE = 'muster';

/** The real engine with the lake's tables, asked in the way the lake asks it. */
export class RuleEngine {
  /** `run` answers one statement in the format that it names. */
  constructor(private readonly run: (sql: string) => string) {
    run(`CREATE DATABASE ${DATABASE}`);
    run(`USE ${DATABASE}`);
    const file = path.join(__dirname, '../../../../../schemas/clickhouse/0001_tables.sql');
    const schema = readFileSync(file, 'utf8').replaceAll('{database}', DATABASE);
    for (const statement of schema.split(/;\s*\n/)) if (statement.trim() !== '') run(statement);
  }

  command(sql: string): void {
    this.run(sql);
  }

  /** 64-bit numbers come quoted, as from the lake. */
  rows<T>(sql: string): T[] {
    const settings = 'output_format_json_quote_64bit_integers = 1, output_format_json_quote_decimals = 1';
    return this.run(`${sql}\nFORMAT JSONEachRow\nSETTINGS ${settings}`)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T);
  }

  load(world: World): void {
    for (const sql of worldSql(world)) this.run(sql);
  }

  /** Who is in, by the full build. */
  members(rule: Rule, at: number): number[] {
    const [compiled] = compileRules([rule], { database: DATABASE }).rules;
    const sql = `SELECT arraySort(bitmapToArray(members)) AS uids FROM (${compiled?.membersSql({ at })})`;
    return (this.rows<{ uids: string[] }>(sql)[0]?.uids ?? []).map(Number);
  }

  /** The states of everybody, by the queries for a few people. */
  states(compiled: CompiledRules, world: World, at: number): StateTable {
    const people = world.people.flatMap((person) =>
      person.identities.map(({ iid }) => ({ iid, uid: uidOf(person) })),
    );
    const table = new StateTable(compiled.leaves);
    for (const query of compiled.statesQueries({ at, people })) {
      table.add(query, this.rows<StatesRow>(query.sql));
    }
    return table;
  }
}

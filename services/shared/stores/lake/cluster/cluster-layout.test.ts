import type { LayoutEngine } from '../layout';
import { clusterLayout, shardsWithoutAnswer } from './cluster-layout';

const MEMBERS = [
  { shard: 1, host: 'a1', port: 9000 },
  { shard: 1, host: 'a2', port: 9000 },
  { shard: 2, host: 'b1', port: 9000 },
  { shard: 2, host: 'b2', port: 9000 },
];
const layout = clusterLayout({ name: 'c', database: 'muster' });

function engine({ answer = '', rows }: { answer?: string; rows: (sql: string) => unknown[] }) {
  const ran: { sql: string; settings: unknown }[] = [];
  const one: LayoutEngine = {
    run: (sql, settings) => {
      ran.push({ sql, settings });
      return Promise.resolve(answer);
    },
    query: <T>(sql: string) => Promise.resolve(rows(sql) as T[]),
  };
  return { ran, engine: one };
}

describe('a statement for every server', () => {
  const answered = (...servers: [host: string, status: string][]): string =>
    servers.map(([host, status]) => `${host}\t9000\t${status}\t\\N\t0\t0\n`).join('');
  const everyShard = answered(['a1', '0'], ['a2', '\\N'], ['b1', '\\N'], ['b2', '0']);

  it('counts once every shard has done it, although a replica of each is away', async () => {
    const { ran, engine: one } = engine({ answer: everyShard, rows: () => MEMBERS });
    await layout.dropPartition(one, 'build_rows', '7');
    await layout.reloadPersons(one);
    const settings = {
      distributed_ddl_task_timeout: '5',
      distributed_ddl_output_mode: 'null_status_on_timeout',
    };
    expect(ran).toEqual([
      { sql: "ALTER TABLE `muster`.`build_rows_local` ON CLUSTER 'c' DROP PARTITION ID '7'", settings },
      { sql: "SYSTEM RELOAD DICTIONARY `muster`.persons ON CLUSTER 'c'", settings },
    ]);
  });

  it('is to come again when a shard has not: it would be done later, to rows that are newer', async () => {
    const { engine: one } = engine({
      answer: answered(['a1', '0'], ['b1', '\\N'], ['b2', '\\N']),
      rows: () => MEMBERS,
    });
    await expect(layout.dropPartition(one, 'build_rows', '7')).rejects.toMatchObject({
      retryable: true,
      message: expect.stringContaining('shard 2') as string,
    });
  });

  it('a failure is no answer, nor is one of a server of another cluster', () => {
    expect(shardsWithoutAnswer(answered(['a1', '60'], ['other', '0']), MEMBERS)).toEqual([1, 2]);
    expect(shardsWithoutAnswer('', MEMBERS)).toEqual([1, 2]);
    expect(shardsWithoutAnswer(everyShard, MEMBERS)).toEqual([]);
  });
});

describe('what the servers must be set up for', () => {
  const faults = async (clusters: object, macros: object): Promise<string | undefined> => {
    const { engine: one } = engine({ rows: (sql) => [sql.includes('system.macros') ? macros : clusters] });
    return layout.check(one).then(
      () => undefined,
      (error: Error) => error.message,
    );
  };

  it('is asked for by name, every fault at once', async () => {
    expect(await faults({ servers: '4', double: '0' }, { set: '2' })).toBeUndefined();
    expect(await faults({ servers: '0', double: '0' }, { set: '2' })).toContain('CLICKHOUSE_CLUSTER');
    const both = await faults({ servers: '4', double: '2' }, { set: '1' });
    expect(both).toContain('internal_replication');
    expect(both).toContain('macros');
  });
});

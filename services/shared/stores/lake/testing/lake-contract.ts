import type { Lake } from '../lake';
import { LakeError } from '../lake-error';

export interface LakeContractOptions {
  name: string;
  /** Opens the same lake again and again: a second open sees what the first wrote. */
  open: () => Promise<Lake>;
  /** What a statement on a table means where the lake is. */
  expand?: (statement: string) => string[];
}

/** What every lake holds to, whatever its connection. */
export function describeLakeContract({
  name,
  open,
  expand = (statement) => [statement],
}: LakeContractOptions): void {
  describe(`lake contract: ${name}`, () => {
    let lake: Lake;

    beforeAll(async () => {
      lake = await open();
      await define(`CREATE TABLE contract (id UInt64, at DateTime64(3, 'UTC'), text String, tags Array(String), value Nullable(Decimal(18, 6)))
        ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY id SETTINGS non_replicated_deduplication_window = 10000`);
    });
    afterAll(async () => {
      await define('DROP TABLE contract');
      await lake.close();
    });
    beforeEach(() => define('TRUNCATE TABLE contract'));
    const define = async (statement: string): Promise<void> => {
      for (const each of expand(statement)) await lake.command(each);
    };

    const columns = ['id', 'at', 'text', 'tags', 'value'];
    const row = (id: number, at = 1_760_000_000_000): [number, number, string, string[], string | null] => [
      id,
      at,
      'x',
      [],
      null,
    ];
    const insert = (token: string, rows: ReturnType<typeof row>[]) =>
      lake.insert({ table: 'contract', columns, rows, token });
    const count = async () =>
      Number((await lake.query<{ n: string }>('SELECT count() AS n FROM contract'))[0]?.n);

    it('a setting of one insert does not reach the next: rows inserted after a token are not lost', async () => {
      await insert('leak:a', [row(1)]);
      await insert('leak:b', [row(2)]);
      await lake.command("INSERT INTO contract (id, at) VALUES (3, '2025-10-01 00:00:00')");
      await lake.command("INSERT INTO contract (id, at) VALUES (4, '2025-10-01 00:00:00')");
      expect(await count()).toBe(4);
    });

    it('a setting of one query does not reach the next, on any client', async () => {
      const seconds = () => lake.query<{ s: string }>("SELECT toString(getSetting('max_result_rows')) AS s");
      const before = await seconds();
      await Promise.all(
        [1, 2, 3, 4].map((n) =>
          lake.rawQuery({ sql: `SELECT ${n}`, format: 'CSV', settings: { max_result_rows: 7 } }),
        ),
      );
      expect(await Promise.all([seconds(), seconds(), seconds(), seconds()])).toEqual([
        before,
        before,
        before,
        before,
      ]);
    });

    it('the same token twice inserts once; another token inserts equal rows again', async () => {
      await insert('token:1', [row(1), row(2)]);
      await insert('token:1', [row(1), row(2)]);
      expect(await count()).toBe(2);
      await insert('token:2', [row(1), row(2)]);
      expect(await count()).toBe(4);
    });

    it('refuses an insert without a token: equal content without one would be dropped silently', async () => {
      await expect(insert('', [row(1)])).rejects.toMatchObject({ code: 'invalid', retryable: false });
      const same = "INSERT INTO contract (id, at) VALUES (9, '2025-10-01 00:00:00')";
      await lake.command(same);
      await lake.command(same);
      expect(await count()).toBe(1);
    });

    it('one insert may span months, and more than 100 of them, once', async () => {
      const month = 31 * 86_400_000;
      const rows = Array.from({ length: 130 }, (_, i) => row(i, 1_400_000_000_000 + i * month));
      await insert('months', rows);
      await insert('months', rows);
      expect(await count()).toBe(130);
    });

    it('an insert of more rows than one statement takes is one insert under its token', async () => {
      const rows = Array.from({ length: 120_000 }, (_, i) => row(i));
      await insert('large', rows);
      await insert('large', rows);
      expect(await count()).toBe(120_000);
    });

    it('a replay by key inserts what is missing and nothing else, whatever became of the token', async () => {
      const replay = (rows: ReturnType<typeof row>[]) =>
        lake.insert({ table: 'contract', columns, rows, token: 'replay', replayKey: ['id', 'text'] });
      // Rows are there, the token is not known.
      await insert('other', [row(1), row(2)]);
      await replay([row(1), row(2), row(3)]);
      expect(await count()).toBe(3);
      // The token is known, the rows are gone.
      await insert('replay', [row(4)]);
      await define('ALTER TABLE contract DELETE WHERE id = 4 SETTINGS mutations_sync = 2');
      await insert('replay', [row(4)]);
      expect(await count()).toBe(3);
      await replay([row(4)]);
      await replay([row(1), row(2), row(3), row(4)]);
      expect(await lake.numbers('SELECT id FROM contract ORDER BY id')).toEqual([1, 2, 3, 4]);
      await expect(
        lake.insert({ table: 'contract', columns, rows: [row(1)], token: 'x', replayKey: ['text'] }),
      ).rejects.toThrow('no number');
    });

    it('a first try that arrives after its replay changes nothing', async () => {
      const rows = [row(5_001), row(5_002)];
      await lake.insert({ table: 'contract', columns, rows, token: 'late', replayKey: ['id', 'text'] });
      await insert('late', rows);
      expect(await lake.numbers('SELECT id FROM contract WHERE id > 5000')).toEqual([5_001, 5_002]);
    });

    it('a statement may be as long as the list in it', async () => {
      const list = Array.from({ length: 10_000 }, (_, n) => `(${n}, 'a third of a million bytes')`).join(
        ', ',
      );
      const sql = `FROM numbers(10_001) WHERE (number, 'a third of a million bytes') IN (${list})`;
      expect(await lake.query(`SELECT count() AS n ${sql}`)).toEqual([{ n: '10000' }]);
      expect(await lake.numbers(`SELECT count() ${sql}`)).toEqual([10_000]);
    });

    it('text comes back as it went in', async () => {
      const texts = ["it's; \\ \t\n\r\0", 'FORMAT CSV;\n--', '{a:String}', 'ünï 😀', '', '"]\n["'];
      await insert(
        'texts',
        texts.map((text, i) => [i, 1_760_000_000_123, text, [text, 'b'], '0.000001']),
      );
      const rows = await lake.query<{ text: string; tags: string[]; value: string; ms: string }>(
        'SELECT text, tags, value, toUnixTimestamp64Milli(at) AS ms FROM contract ORDER BY id',
      );
      expect(rows.map(({ text }) => text)).toEqual(texts);
      expect(rows[0]).toEqual({
        text: texts[0],
        tags: [texts[0], 'b'],
        value: '0.000001',
        ms: '1760000000123',
      });
      for (const text of texts) {
        expect(
          await lake.query('SELECT {t:String} AS t, {l:Array(String)} AS l', {
            params: { t: text, l: [text] },
          }),
        ).toEqual([{ t: text, l: [text] }]);
      }
    });

    it('64-bit numbers lose no digit', async () => {
      expect(await lake.query('SELECT toUInt64(9007199254740993) AS n')).toEqual([{ n: '9007199254740993' }]);
      expect(await lake.numbers('SELECT arrayJoin([1, 9007199254740991])::UInt64')).toEqual([
        1, 9007199254740991,
      ]);
      expect(await lake.numbers('SELECT number FROM numbers(0)')).toEqual([]);
      await expect(lake.numbers('SELECT toUInt64(9007199254740993)')).rejects.toThrow('2^53');
      await expect(lake.numbers('SELECT 1')).rejects.toThrow('UInt64');
    });

    it('queries with parameters run beside each other and get their own values', async () => {
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, i) =>
          lake.query<{ v: number }>('SELECT {v:UInt32} AS v, sleepEachRow(0.01)', { params: { v: i } }),
        ),
      );
      expect(answers.map(([answer]) => answer?.v)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    });

    it('the engine ends a query at its time limit, with a code worth retrying, and goes on', async () => {
      const endless = lake.query('SELECT count() FROM numbers(10000000000000) WHERE number % 7 = 3', {
        maxExecutionSeconds: 1,
      });
      await expect(endless).rejects.toMatchObject({ name: 'LakeError', code: '159', retryable: true });
      expect(await lake.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });

    it('builds never hold all clients', async () => {
      const build = () =>
        lake.query('SELECT count() FROM numbers(10000000000000) WHERE number % 7 = 3', {
          lane: 'build',
          maxExecutionSeconds: 2,
        });
      let builds = 0;
      const running = Array.from({ length: 6 }, () => build().catch(() => (builds += 1)));
      expect(await lake.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(builds).toBe(0);
      await Promise.all(running);
    });

    it('a statement at fault is not worth retrying', async () => {
      await expect(lake.query('SELECT nonsense')).rejects.toMatchObject({ code: '47', retryable: false });
      await expect(lake.query('SELEC 1')).rejects.toBeInstanceOf(LakeError);
    });

    it('opening again changes nothing and sees what was written', async () => {
      await insert('again', [row(1)]);
      const second = await open();
      expect(await second.query('SELECT id FROM contract')).toEqual([{ id: '1' }]);
      const files = await second.query<{ file: string; n: string }>(
        'SELECT file, count() AS n FROM migrations GROUP BY file ORDER BY file',
      );
      expect(files.length).toBeGreaterThan(1);
      expect(files.every(({ n }) => n === '1')).toBe(true);
      await second.close();
    });

    it('a reloaded dictionary maps linked identities to their person', async () => {
      const uid = async () =>
        (
          await lake.query<{ uid: string }>(
            "SELECT dictGetOrDefault('{database}.persons', 'uid', toUInt64(4100000007), toUInt64(4100000007)) AS uid".replace(
              '{database}',
              lake.database,
            ),
          )
        )[0]?.uid;
      await lake.reloadPersons();
      expect(await uid()).toBe('4100000007');
      await lake.insert({
        table: 'person_rows',
        columns: ['iid', 'uid', 'seq'],
        rows: [[4100000007, 4100000001, 1]],
        token: 'contract:person',
      });
      await Promise.all([lake.reloadPersons(), lake.reloadPersons(), lake.reloadPersons()]);
      expect(await uid()).toBe('4100000001');
    });

    it('partitions are listed by their ids and dropped one by one', async () => {
      await insert('partitions', [row(1, 1_760_000_000_000), row(2, 1_763_000_000_000)]);
      const listed = async () =>
        (await lake.partitions(['contract', 'dead_letters'])).map(
          ({ table, partition }) => `${table} ${partition}`,
        );
      expect((await listed()).sort()).toEqual(['contract 202510', 'contract 202511']);
      await lake.dropPartition('contract', '202510');
      await lake.dropPartition('contract', '202001');
      expect(await listed()).toEqual(['contract 202511']);
      expect(await lake.numbers('SELECT id FROM contract')).toEqual([2]);
    });

    it('after close every call is refused, also those that waited', async () => {
      const own = await open();
      const running = Array.from({ length: 8 }, () =>
        own.query('SELECT sleep(0.3)').then(
          () => 'done',
          (error: LakeError) => error.code,
        ),
      );
      await own.close();
      expect(new Set(await Promise.all(running))).toEqual(new Set(['done', 'closed']));
      await expect(own.query('SELECT 1')).rejects.toMatchObject({ code: 'closed' });
      await own.close();
    });
  });
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lake } from '../../shared/stores/lake/lake';
import { openLake } from '../../shared/stores/lake/open-lake';
import { NativeFormatError, nativeForRevision } from './native-blocks';
import { parseType } from './native-types';

const INFO = [1, 0, 2, 255, 255, 255, 255, 0];
const text = (value: string) => [value.length, ...Buffer.from(value)];

describe('Native blocks for clients that name their protocol version', () => {
  it('get block info, and a byte per column since revision 54454', () => {
    const column = [...text('n'), ...text('UInt8')];
    const plain = Buffer.from([1, 2, ...column, 7, 8]);
    expect([...nativeForRevision(plain, 0)]).toEqual([...plain]);
    expect([...nativeForRevision(plain, 54_453)]).toEqual([...INFO, ...plain]);
    expect([...nativeForRevision(plain, 54_454)]).toEqual([...INFO, 1, 2, ...column, 0, 7, 8]);
  });

  it('a result cut short is an error, not a guess', () => {
    const plain = Buffer.from([1, 2, ...text('n'), ...text('UInt64'), 7, 8]);
    expect(() => nativeForRevision(plain, 54_460)).toThrow(NativeFormatError);
  });

  it('reads types with arguments, quotes and brackets in them', () => {
    expect(parseType("Enum8('a,(' = 1, 'b\\'' = 2)")).toEqual({
      name: 'Enum8',
      args: ["'a,(' = 1", "'b\\'' = 2"],
    });
    expect(parseType('Map(String, Array(Tuple(a UInt8, b String)))').args).toEqual([
      'String',
      'Array(Tuple(a UInt8, b String))',
    ]);
  });

  describe("of the engine's own making", () => {
    const path = mkdtempSync(join(tmpdir(), 'muster-native-'));
    let lake: Lake;
    beforeAll(async () => {
      lake = await openLake({ path });
    });
    afterAll(async () => {
      await lake.close();
      rmSync(path, { recursive: true, force: true });
    });

    it.each([
      [
        'number::UInt8, number::Int32, number::UInt64, number::Int128, number::UInt256, number::Float32, number = 1',
      ],
      ["toString(number), toFixedString('abc', 5), repeat('x', 300), ''"],
      ["toDate('2020-01-01'), toDate32('2020-01-01'), now(), now64(6, 'UTC'), INTERVAL 1 DAY"],
      ['toDecimal32(1, 2), toDecimal64(1, 3), toDecimal128(1, 20), toDecimal256(1, 40)'],
      [
        "generateUUIDv4(), toIPv4('1.2.3.4'), toIPv6('::1'), 'a'::Enum8('a' = 1, 'b,)' = 2), 'a'::Enum16('a' = 1)",
      ],
      ['NULL, toNullable(number), if(number % 2 = 0, NULL, toString(number))'],
      ['range(number % 5), [toString(number)], [[number], []], []'],
      ["map('a', number), map('a', [number]), (number, 'x'), CAST((1, 'y'), 'Tuple(a UInt8, `b c` String)')"],
      ['toLowCardinality(toString(number % 300)), toString(number % 9)::LowCardinality(Nullable(String))'],
      [
        "[toLowCardinality('z')], CAST(if(number % 2 = 0, ['a', NULL], []), 'Array(LowCardinality(Nullable(String)))')",
      ],
      [
        "map(toLowCardinality('k'), (toLowCardinality('v'), number)), CAST([], 'Array(LowCardinality(String))')",
      ],
    ])('finds the end of every column: %s', async (columns) => {
      for (const rows of [0, 1, 7, 200_000]) {
        const sql = `SELECT ${columns} FROM numbers(${rows})`;
        const plain = await lake.rawQuery({ sql, format: 'Native' });
        const grown = nativeForRevision(plain.body, 54_460).length - plain.body.length;
        const width = (await lake.query(`DESCRIBE (${sql})`)).length;
        const blocks = grown / (INFO.length + width);
        expect(Number.isInteger(blocks)).toBe(true);
        if (rows > 0) expect(blocks).toBeGreaterThan(0);
      }
    });

    it('a type whose size it does not know is refused by name', async () => {
      const { body } = await lake.rawQuery({
        sql: 'SELECT sumState(number) FROM numbers(3)',
        format: 'Native',
      });
      expect(() => nativeForRevision(body, 54_460)).toThrow('AggregateFunction');
    });
  });
});

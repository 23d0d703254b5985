import fc from 'fast-check';
import { LineSplitter } from './line-splitter';

function split(chunks: Buffer[], bytesMax = 10): { lines: [number, string][]; tooLong: number[] } {
  const lines: [number, string][] = [];
  const tooLong: number[] = [];
  const splitter = new LineSplitter({
    bytesMax,
    onLine: (line, bytes) => lines.push([line, bytes.toString('latin1')]),
    onTooLong: (line) => tooLong.push(line),
  });
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return { lines, tooLong };
}

test('a final newline is optional', () => {
  expect(split([Buffer.from('a\nb\n')])).toEqual(split([Buffer.from('a\nb')]));
  expect(split([Buffer.from('a\nb')]).lines).toEqual([
    [1, 'a'],
    [2, 'b'],
  ]);
});

test('empty lines count as lines', () => {
  expect(split([Buffer.from('\n\na')]).lines).toEqual([
    [1, ''],
    [2, ''],
    [3, 'a'],
  ]);
  expect(split([]).lines).toEqual([]);
});

test('a line that is too long is named, and the next is read', () => {
  expect(split([Buffer.from(`${'x'.repeat(11)}\nok\n${'y'.repeat(10)}\n${'z'.repeat(99)}`)])).toEqual({
    lines: [
      [2, 'ok'],
      [3, 'y'.repeat(10)],
    ],
    tooLong: [1, 4],
  });
});

test('where the chunks are cut makes no difference', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 80 });
  fc.assert(
    fc.property(
      text,
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 40 }),
      (whole, sizes) => {
        const bytes = Buffer.from(whole);
        const chunks: Buffer[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        const cut = split(chunks);
        expect(cut).toEqual(split([bytes]));
        const plain = whole.split('\n');
        if (plain.at(-1) === '') plain.pop();
        expect(cut.lines).toEqual(
          plain.map((line, i) => [i + 1, line]).filter(([, line]) => String(line).length <= 10),
        );
      },
    ),
  );
});

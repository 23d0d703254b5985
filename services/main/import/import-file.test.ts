import { importPart, type UploadAnswer } from './import-file';

const ERRORS_MAX = 1_000;

/** A collector that rejects lines with an x, and names the first thousand of an upload. */
function collector() {
  const uploads: number[] = [];
  const upload = (body: Buffer): Promise<UploadAnswer> => {
    const lines = body.toString().split('\n').slice(0, -1);
    uploads.push(lines.length);
    const errors = lines.flatMap((line, i) =>
      line.includes('x') ? [{ line: i + 1, code: 'c', message: line }] : [],
    );
    const blank = lines.filter((line) => line === '').length;
    return Promise.resolve({
      importId: `imp_${uploads.length}`,
      accepted: lines.length - blank - errors.length,
      rejected: errors.length,
      errors: errors.slice(0, ERRORS_MAX),
    });
  };
  return { uploads, upload };
}

const part = (lines: string[], tooLong: number[] = []) => ({
  firstLine: 101,
  lines: lines.map((line) => Buffer.from(line)),
  tooLong,
});

test('rejects carry the number of the line in the file, and the line', async () => {
  const { upload } = collector();
  expect(await importPart(part(['a', '', 'x1', 'b']), upload)).toEqual({
    importId: 'imp_1',
    accepted: 2,
    rejected: 1,
    rejects: [{ line: 103, code: 'c', message: 'x1', record: Buffer.from('x1') }],
  });
});

test('a line that was too long to be sent is a reject among the others, in order', async () => {
  const { upload } = collector();
  const outcome = await importPart(part(['x1', '', 'x2'], [102]), upload);
  expect(outcome.rejected).toBe(3);
  expect(outcome.rejects.map(({ line, code }) => [line, code])).toEqual([
    [101, 'c'],
    [102, 'line_too_long'],
    [103, 'c'],
  ]);
});

test('every reject is named, however many: the rest is sent once more, and the totals are those of the first answer', async () => {
  const { upload, uploads } = collector();
  const lines = Array.from({ length: 5_000 }, (_, i) => (i % 2 === 0 ? `x${i}` : `a${i}`));
  const outcome = await importPart(part(lines), upload);
  expect(outcome).toMatchObject({ importId: 'imp_1', accepted: 2_500, rejected: 2_500 });
  expect(outcome.rejects.map(({ line }) => line)).toEqual(
    Array.from({ length: 2_500 }, (_, i) => 101 + 2 * i),
  );
  expect(uploads[0]).toBe(5_000);
  expect(uploads.slice(1).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(3_001);
});

test('a line of a reject report is sent as its record, and reported anew as that', async () => {
  const { upload } = collector();
  const line = '{"line":1,"code":"c","message":"m","record":{"id":"x"}}';
  const { rejects } = await importPart(part([line]), upload);
  expect(String(rejects[0]?.record)).toBe('{"id":"x"}');
});

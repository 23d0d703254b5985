import { reportLine, unwrapReject } from './reject-report';

const about = { line: 7, code: 'unknown_trait', message: 'not "there"' };
const again = (record: string): string =>
  unwrapReject(Buffer.from(reportLine({ ...about, record: Buffer.from(record) }).trimEnd())).toString();

test('a record that is an object stands in the report as it is, so that it can be mended in place', () => {
  const record = '{"id": "maid:1",  "value": 1.50}';
  const line = reportLine({ ...about, record: Buffer.from(`${record}\r`) });
  expect(line).toBe(`{"line":7,"code":"unknown_trait","message":"not \\"there\\"","record":${record}}\n`);
  expect(JSON.parse(line)).toEqual({ ...about, record: { id: 'maid:1', value: 1.5 } });
});

test('anything else is text, and what was too long is null', () => {
  for (const [record, shown] of [
    ['{"id":', '{"id":'],
    ['[1]', '[1]'],
    ['plain', 'plain'],
  ] as const)
    expect(JSON.parse(reportLine({ ...about, record: Buffer.from(record) }))).toEqual({
      ...about,
      record: shown,
    });
  expect(JSON.parse(reportLine({ ...about, record: Buffer.from([0xff]) }))).toEqual({
    ...about,
    record: '\ufffd',
  });
  expect(JSON.parse(reportLine(about))).toEqual({ ...about, record: null });
});

test('what comes out of a report is what went in', () => {
  expect(JSON.parse(again('{"id":"a","trait":"t","consent":{"x":null}}'))).toEqual({
    id: 'a',
    trait: 't',
    consent: { x: null },
  });
  expect(again('not json')).toBe('not json');
});

test.each([
  '{"id":"a","record":{"id":"b"}}',
  '{"record"',
  '"record"',
  '{"line":1,"code":"c","message":"m","record":null}',
  '',
])('any other line is left as it is: %s', (line) => {
  expect(unwrapReject(Buffer.from(line)).toString()).toBe(line);
});

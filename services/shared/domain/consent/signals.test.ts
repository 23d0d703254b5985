import { parseGppSid } from './signals';

test.each<[Parameters<typeof parseGppSid>[0], number[]]>([
  [undefined, []],
  [
    [2, 7],
    [2, 7],
  ],
  ['2', [2]],
  ['7,8', [7, 8]],
  ['7_8', [7, 8]],
  [' 7 , 8 ', [7, 8]],
  ['', []],
  [' ', []],
  ['7,,8,', [7, 8]],
  ['${GPP_SID}', []],
  ['-1,0,1.5,x,1e999,9', [9]],
])('%j names sections %j', (gppSid, ids) => {
  expect(parseGppSid(gppSid)).toEqual(ids);
});

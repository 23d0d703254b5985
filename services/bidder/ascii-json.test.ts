import { asciiJson } from './ascii-json';

test.each([
  'plain',
  'zwölf',
  '雪',
  '😀',
  '\ud83d',
  ' !#$%&()*+,-./:;<=>?@[]^_`{|}~',
  '"\\\u0000\u007f\u0080',
  { ü: ['é', 1, null] },
])('says the same as JSON in ASCII alone: %j', (value) => {
  const json = asciiJson(value);
  expect(Buffer.byteLength(json)).toBe(json.length);
  expect(JSON.parse(json)).toEqual(value);
});

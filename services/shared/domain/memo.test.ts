import { Memo } from './memo';

test('a text is computed once, and again only after two generations', () => {
  const computed: string[] = [];
  const memo = new Memo((text) => {
    computed.push(text);
    return text.length;
  }, 4);
  expect([memo.get('aa'), memo.get('aa'), memo.get('bb')]).toEqual([2, 2, 2]);
  expect(computed).toEqual(['aa', 'bb']);
  memo.get('cc');
  // Still in the older generation.
  memo.get('aa');
  expect(computed).toEqual(['aa', 'bb', 'cc']);
  for (const text of ['dd', 'ee', 'ff', 'gg']) memo.get(text);
  memo.get('bb');
  expect(computed.slice(3)).toEqual(['dd', 'ee', 'ff', 'gg', 'bb']);
});

import { isSecure } from './secure-markup';

test.each([
  ['<img src="https://cdn.example/a.png">', true],
  ['<img src="//cdn.example/a.png">', true],
  ['<svg xmlns="http://www.w3.org/2000/svg"></svg>', true],
  ['<a href="${MUSTER_CLICK}">x</a>', true],
  ['<img src="http://cdn.example/a.png">', false],
  ['<img src="HTTP://cdn.example/a.png">', false],
  ['<script>var u = "http:\\/\\/cdn.example";</script>', false],
  ['<img src="https://proxy.example/?u=http%3A%2F%2Fcdn.example">', false],
])('markup %s is secure: %s', (markup, secure) => {
  expect(isSecure(markup)).toBe(secure);
});

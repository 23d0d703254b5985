import { urlParts } from './event-rows';

describe('domain and path of an event', () => {
  it.each([
    ['https://www.Example.COM/a/b?c=d#e', 'example.com', '/a/b'],
    ['http://shop.example:8080', 'shop.example', '/'],
    ['https://www.www.example/', 'www.example', '/'],
    ['https://bücher.example/ä', 'xn--bcher-kva.example', '/%C3%A4'],
    ['example.com/a', '', ''],
    ['mailto:a@b.c', '', ''],
    ['', '', ''],
    [undefined, '', ''],
  ])('%s → %s %s', (url, domain, path) => {
    expect(urlParts(url)).toEqual({ domain, path });
  });
});

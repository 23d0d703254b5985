import { describeAddress, parseRedisUrl } from './redis-url';

test.each([
  ['redis://localhost', { hosts: [{ host: 'localhost', port: 6379 }], cluster: false, tls: false, db: 0 }],
  [
    'rediss://app:p%40ss%3A%2F@r.example:6380/3',
    {
      hosts: [{ host: 'r.example', port: 6380 }],
      cluster: false,
      tls: true,
      username: 'app',
      password: 'p@ss:/',
      db: 3,
    },
  ],
  [
    'redis://:secret@a:1,b:2/',
    {
      hosts: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
      cluster: true,
      tls: false,
      password: 'secret',
      db: 0,
    },
  ],
  [
    'redis://[::1]:7000?cluster=true',
    { hosts: [{ host: '::1', port: 7000 }], cluster: true, tls: false, db: 0 },
  ],
])('reads %s', (url, address) => {
  expect(parseRedisUrl(url)).toEqual(address);
});

test.each([
  ['localhost:6379', 'must look like'],
  ['http://localhost', 'must look like'],
  ['redis://', 'host:port'],
  ['redis://a:1,', 'host:port'],
  ['redis://a:70000', 'host:port'],
  ['redis://a/one', 'number of a database'],
  ['redis://a,b/2', 'only database 0'],
  ['redis://a?clustre=true', 'unknown parameter clustre'],
  ['redis://u:%zz@a', 'percent-encoded'],
])('refuses %s', (url, fault) => {
  expect(() => parseRedisUrl(url)).toThrow(new RegExp(`^REDIS_URL .*${fault}`));
});

test('what is told of an address has no password in it', () => {
  expect(describeAddress(parseRedisUrl('rediss://app:secret@a:1,[::1]:2'))).toBe(
    'rediss://a:1,[::1]:2 (cluster)',
  );
  expect(() => parseRedisUrl('redis://app:sec/ret@a:1/x')).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('sec') as string }) as Error,
  );
});

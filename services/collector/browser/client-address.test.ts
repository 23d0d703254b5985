import type { IncomingMessage } from 'node:http';
import { clientAddress } from './client-address';

const address = (remoteAddress: string | undefined, forwarded?: string): string | undefined =>
  clientAddress({
    socket: { remoteAddress },
    headers: { 'x-forwarded-for': forwarded },
  } as unknown as IncomingMessage);

test.each([
  ['a browser itself', '5.9.0.1', undefined, '5.9.0.1'],
  ['a browser that claims to be another', '5.9.0.1', '8.8.8.8', '5.9.0.1'],
  ['a load balancer of ours', '10.0.0.7', '5.9.0.1', '5.9.0.1'],
  ['a load balancer, and a browser that claims to be another', '10.0.0.7', '8.8.8.8, 5.9.0.1', '5.9.0.1'],
  ['two of ours in a row', '::ffff:10.0.0.7', '8.8.8.8, 5.9.0.1, 10.0.0.8', '5.9.0.1'],
  ['IPv6', '::1', '2a02:8109::1', '2a02:8109::1'],
  ['a chain without any public address', '10.0.0.7', 'unknown, 192.168.1.4', '10.0.0.7'],
  ['a laptop', '127.0.0.1', undefined, '127.0.0.1'],
  ['a connection that is gone', undefined, '5.9.0.1', undefined],
])('%s', (_, remote, forwarded, expected) => {
  expect(address(remote, forwarded)).toBe(expected);
});

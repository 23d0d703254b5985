import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * The browser's own address. `X-Forwarded-For` is believed only from a neighbour on a private network, which is
 * how a load balancer of ours looks; then its last public entry is the browser, whatever a client wrote in
 * front of it.
 */
export function clientAddress(req: IncomingMessage): string | undefined {
  const neighbour = req.socket.remoteAddress;
  const forwarded = req.headers['x-forwarded-for'];
  if (forwarded === undefined || neighbour === undefined || isPublic(neighbour)) return neighbour;
  const chain = String(forwarded)
    .split(',')
    .map((address) => address.trim());
  return chain.reverse().find(isPublic) ?? neighbour;
}

function isPublic(address: string): boolean {
  return isIP(address) !== 0 && ipaddr.process(address).range() === 'unicast';
}

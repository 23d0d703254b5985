import ipaddr from 'ipaddr.js';
import type { ExchangeSnapshot } from '../../shared/domain/snapshot';

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Addresses seen lately; an exchange calls from a handful. */
const ADDRESSES_MAX = 10_000;

/** An exchange as a request meets it. */
export class CompiledExchange {
  readonly id: string;
  readonly partner: string | undefined;
  /** In which it trades where a request does not say. */
  readonly currencies: readonly string[];
  readonly maxQps: number | undefined;
  readonly seat: string | undefined;
  readonly billing: ExchangeSnapshot['billing'];
  readonly keyHash: string | undefined;
  readonly #ranges: Range[];
  readonly #seen = new Map<string, boolean>();

  constructor(exchange: ExchangeSnapshot) {
    this.id = exchange.id;
    this.partner = exchange.partner ?? undefined;
    this.currencies = exchange.currencies.length > 0 ? exchange.currencies : ['USD'];
    this.maxQps = exchange.maxQps ?? undefined;
    this.seat = exchange.seat ?? undefined;
    this.billing = exchange.billing;
    this.keyHash = exchange.keyHash ?? undefined;
    this.#ranges = exchange.allowCidrs.map(parseRange);
  }

  /** Whether it may call from this address. Without ranges it may from everywhere. */
  allows(address: string | undefined): boolean {
    if (this.#ranges.length === 0) return true;
    if (address === undefined) return false;
    let allowed = this.#seen.get(address);
    if (allowed === undefined) {
      if (this.#seen.size >= ADDRESSES_MAX) this.#seen.clear();
      allowed = this.#contains(address);
      this.#seen.set(address, allowed);
    }
    return allowed;
  }

  #contains(address: string): boolean {
    if (!ipaddr.isValid(address)) return false;
    // IPv4 written as IPv6, as sockets listening on both report it, is IPv4.
    const parsed = ipaddr.process(address);
    return this.#ranges.some(
      ([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits),
    );
  }
}

function parseRange(cidr: string): Range {
  if (cidr.includes('/')) {
    const [network, bits] = ipaddr.parseCIDR(cidr);
    return [network, bits];
  }
  const network = ipaddr.parse(cidr);
  return [network, network.kind() === 'ipv4' ? 32 : 128];
}

import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Reader, type CountryResponse } from 'mmdb-lib';

/**
 * Country of an address, from a MaxMind DB file whose records are `{country_code}` or GeoIP2's
 * `{country: {iso_code}}`. IPv4, IPv6 and IPv4 written as IPv6.
 */
export class CountryDatabase {
  readonly #reader: Reader<CountryRow>;

  /** `file`: the whole MMDB file. Throws when it is none. */
  constructor(file: Buffer) {
    this.#reader = new Reader<CountryRow>(file);
  }

  /** ISO 3166-1 alpha-2; undefined for private, special and unknown addresses and for what is no address. */
  countryOf(address: string): string | undefined {
    // ipaddr.js reads historic forms too, in which 1.2.3 is an address.
    if (isIP(address) === 0) return undefined;
    const parsed = ipaddr.process(address);
    if (parsed.range() !== 'unicast') return undefined;
    const row = this.#reader.get(parsed.toString());
    return row?.country_code ?? row?.country?.iso_code;
  }
}

/** `country_code` is how databases without MaxMind's own record types write it. */
type CountryRow = CountryResponse & { country_code?: string };

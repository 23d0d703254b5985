import { readFileSync } from 'node:fs';
import { CountryDatabase } from '../domain/geo/country-database';

const PACKAGED = '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb';

/** ISO 3166-1 alpha-2 of an IPv4 or IPv6 address; undefined when private or unknown. */
export type CountryLookup = (address: string) => string | undefined;

/**
 * Country of an address from an MMDB file, by default the one that is installed with the package (ranges of
 * the regional registries; 8 MB of memory). It is read at the first question, not at start. An own `file` in
 * MaxMind's format is fresher and finer.
 */
export function openCountryLookup({ file }: { file?: string } = {}): CountryLookup {
  let database: CountryDatabase | undefined;
  return (address) => {
    database ??= new CountryDatabase(readFileSync(file ?? require.resolve(PACKAGED)));
    return database.countryOf(address);
  };
}

/**
 * Where GDPR and its siblings hold, so that TCF applies to whoever is there: the EEA with the parts of the EU
 * that have an ISO 3166-1 code of their own, the United Kingdom and Switzerland. Alpha-2 and alpha-3.
 */
const TCF_COUNTRIES: ReadonlySet<string> = new Set(
  (
    'AT BE BG HR CY CZ DK EE FI FR DE GR EL HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO GB UK CH ' +
    'AX GF GP MF MQ RE YT ' +
    'AUT BEL BGR HRV CYP CZE DNK EST FIN FRA DEU GRC HUN IRL ITA LVA LTU LUX MLT NLD POL PRT ROU SVK SVN ESP SWE ' +
    'ISL LIE NOR GBR CHE ' +
    'ALA GUF GLP MAF MTQ REU MYT'
  ).split(' '),
);

/** Whether TCF applies to people in a country (ISO 3166-1 alpha-2 or alpha-3, any case). */
export function isTcfCountry(country: string): boolean {
  return TCF_COUNTRIES.has(country) || TCF_COUNTRIES.has(country.toUpperCase());
}

/** Output formats an analyst may ask for, with their media type. Not here: those that read schema or template files. */
const TEXT = 'text/plain; charset=UTF-8';
const TSV = 'text/tab-separated-values; charset=UTF-8';
const CSV = 'text/csv; charset=UTF-8; header=absent';
const CSV_NAMES = 'text/csv; charset=UTF-8; header=present';
const JSON_TYPE = 'application/json; charset=UTF-8';
const NDJSON = 'application/x-ndjson; charset=UTF-8';
const BINARY = 'application/octet-stream';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  TabSeparated: TSV,
  TSV,
  TabSeparatedRaw: TSV,
  TSVRaw: TSV,
  TabSeparatedWithNames: TSV,
  TSVWithNames: TSV,
  TabSeparatedWithNamesAndTypes: TSV,
  TSVWithNamesAndTypes: TSV,
  CSV,
  CSVWithNames: CSV_NAMES,
  CSVWithNamesAndTypes: CSV_NAMES,
  JSON: JSON_TYPE,
  JSONStrings: JSON_TYPE,
  JSONColumns: JSON_TYPE,
  JSONColumnsWithMetadata: JSON_TYPE,
  JSONCompact: JSON_TYPE,
  JSONCompactStrings: JSON_TYPE,
  JSONCompactColumns: JSON_TYPE,
  JSONObjectEachRow: JSON_TYPE,
  JSONEachRow: NDJSON,
  JSONLines: NDJSON,
  NDJSON,
  JSONStringsEachRow: NDJSON,
  JSONEachRowWithProgress: NDJSON,
  JSONCompactEachRow: NDJSON,
  JSONCompactEachRowWithNames: NDJSON,
  JSONCompactEachRowWithNamesAndTypes: NDJSON,
  JSONCompactStringsEachRow: NDJSON,
  JSONCompactStringsEachRowWithNames: NDJSON,
  JSONCompactStringsEachRowWithNamesAndTypes: NDJSON,
  Pretty: TEXT,
  PrettyCompact: TEXT,
  PrettySpace: TEXT,
  PrettyNoEscapes: TEXT,
  PrettyCompactNoEscapes: TEXT,
  Vertical: TEXT,
  Values: TEXT,
  TSKV: TEXT,
  Markdown: TEXT,
  LineAsString: TEXT,
  Null: TEXT,
  XML: 'application/xml; charset=UTF-8',
  RowBinary: BINARY,
  RowBinaryWithNames: BINARY,
  RowBinaryWithNamesAndTypes: BINARY,
  Native: BINARY,
  Parquet: BINARY,
  Arrow: BINARY,
  ArrowStream: BINARY,
  ORC: BINARY,
  MsgPack: BINARY,
};

/** Undefined for a format that is unknown or not offered. */
export function mediaTypeOf(format: string): string | undefined {
  return Object.hasOwn(MEDIA_TYPES, format) ? MEDIA_TYPES[format] : undefined;
}

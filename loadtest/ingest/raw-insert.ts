import type { Lake } from '../../services/shared/stores/lake/lake';

/**
 * Seconds the engine takes for the rows of `event_rows` as RowBinary from `file`, with nothing decoded, numbered or
 * deduplicated: what an insert costs at the least. The engine must be able to write and read the file.
 */
export async function rawInsertSeconds(lake: Lake, file: string): Promise<number> {
  await lake.command(`SELECT * FROM event_rows INTO OUTFILE '${file}' FORMAT RowBinary`);
  const columns = await lake.query<{ name: string; type: string }>(
    "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = 'event_rows' ORDER BY position",
  );
  const structure = columns
    .map(({ name, type }) => `${name} ${type}`)
    .join(', ')
    .replaceAll("'", "\\'");
  await lake.command('CREATE TABLE raw_rows AS event_rows');
  const started = performance.now();
  await lake.command(`INSERT INTO raw_rows SELECT * FROM file('${file}', 'RowBinary', '${structure}')`);
  return (performance.now() - started) / 1_000;
}

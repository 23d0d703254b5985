import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { PROBE_MS, timed, type ServerProbe } from '../server-probe';

/** Looks at a ClickHouse server. Rejects with the client's error when it does not answer within 5 s. */
export async function probeClickhouse(url: string, database = 'muster'): Promise<ServerProbe> {
  const client = createClient({
    url,
    request_timeout: PROBE_MS,
    log: { level: ClickHouseLogLevel.OFF },
  });
  const rows = async <T>(query: string): Promise<T[]> =>
    (await client.query({ query, format: 'JSONEachRow' })).json<T>();
  try {
    const [server] = await rows<{ version: string }>('SELECT version() AS version');
    const times = await timed(async () => {
      const [row] = await rows<{ at: number }>('SELECT toFloat64(toUnixTimestamp64Milli(now64(3))) AS at');
      return row?.at ?? NaN;
    });
    const [table] = await rows<{ found: number }>(
      `SELECT toFloat64(count()) AS found FROM system.tables WHERE database = '${database}' AND name = 'migrations'`,
    );
    const recorded =
      table?.found === 1
        ? await rows<{ file: string; checksum: string }>(
            `SELECT file, checksum FROM ${database}.migrations FINAL`,
          )
        : undefined;
    return {
      version: server?.version,
      ...times,
      migrations: recorded && Object.fromEntries(recorded.map(({ file, checksum }) => [file, checksum])),
      faults: [],
    };
  } finally {
    await client.close();
  }
}

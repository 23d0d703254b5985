import { Client } from 'pg';
import { PROBE_MS, timed, type ServerProbe } from '../../server-probe';

/** Looks at a Postgres server. Rejects with the driver's error when it does not answer within 5 s. */
export async function probePostgres(url: string): Promise<ServerProbe> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: PROBE_MS,
    query_timeout: PROBE_MS,
    application_name: 'muster doctor',
  });
  // The one who asks hears of it by the rejection.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const server = await client.query<{ server_version: string }>('SHOW server_version');
    const times = await timed(async () => {
      const { rows } = await client.query<{ at: number }>(
        'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at',
      );
      return rows[0]?.at ?? NaN;
    });
    const table = await client.query<{ found: boolean }>(
      `SELECT to_regclass('schema_migrations') IS NOT NULL AS found`,
    );
    const recorded =
      table.rows[0]?.found === true
        ? await client.query<{ file: string; checksum: string }>(
            'SELECT file, checksum FROM schema_migrations',
          )
        : undefined;
    return {
      version: server.rows[0]?.server_version,
      ...times,
      migrations: recorded && Object.fromEntries(recorded.rows.map(({ file, checksum }) => [file, checksum])),
      faults: [],
    };
  } finally {
    await client.end();
  }
}

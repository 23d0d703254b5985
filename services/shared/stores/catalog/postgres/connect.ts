import { drizzle } from 'drizzle-orm/node-postgres';
import type { Logger } from 'pino';
import { Client, Pool } from 'pg';
import { CatalogError } from '../catalog-error';
import type { CatalogConnection } from '../connection';

/** Few: the catalog is asked by people and by compilers of snapshots, never by a bid. */
const CONNECTIONS = 8;
const CONNECT_MS = 10_000;
/** A statement that takes longer is ended by the server: nothing in the catalog is that large. */
const STATEMENT_MS = 30_000;
/** Later no answer is to be expected: the server hangs, or the network swallows what it sends. */
const ANSWER_MS = STATEMENT_MS + 5_000;
/** How often, and within what time, a session that holds a right must show that it is there. */
const HOLD_CHECK_MS = 5_000;
const HOLD_ANSWER_MS = 10_000;
/** How often somebody else's right is asked for. */
const HOLD_RETRY_MS = 1_000;
/** Of silence, before the kernel asks whether the other side is still there. */
const KEEP_ALIVE_MS = 10_000;

/**
 * A Postgres server, `postgres://user:password@host:5432/database` with the driver's parameters (`sslmode`, …). Rejects
 * (CatalogError `unreachable`) when it does not answer within 10 s.
 */
export async function connectPostgres(url: string, logger?: Logger): Promise<CatalogConnection> {
  const pool = new Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: ANSWER_MS,
    application_name: 'muster',
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  });
  // A connection that breaks while nobody uses it: the next query opens another.
  pool.on('error', (error) => logger?.warn({ err: error }, 'a connection to Postgres was lost'));
  try {
    await pool.query('SELECT 1');
  } catch (error) {
    await pool.end();
    throw new CatalogError({
      code: 'unreachable',
      message: `POSTGRES_URL: ${placeOf(url)} does not answer: ${(error as Error).message}`,
      cause: error,
    });
  }
  return {
    database: drizzle({ client: pool }),
    script: async (sql) => {
      const client = await pool.connect();
      try {
        // One message of several statements is one transaction already; named, so that it stays one.
        await client.query(`BEGIN;\n${sql}\n;COMMIT`);
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      } finally {
        client.release();
      }
    },
    hold: (name, onLost) => holdLock(url, name, onLost),
    close: () => pool.end(),
  };
}

/**
 * A session's advisory lock, on a connection of its own: it ends with the session, so a process that dies or loses its
 * network gives way as soon as the server notices. The holder may hear nothing of that, so it asks.
 */
async function holdLock(
  url: string,
  name: string,
  onLost: (error: Error) => void,
): Promise<() => Promise<void>> {
  for (;;) {
    const client = new Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: HOLD_ANSWER_MS,
      application_name: `muster ${name}`,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    });
    let isHeld = false;
    let check: NodeJS.Timeout | undefined;
    let failure = new Error(`the right "${name}" was lost: the connection to Postgres ended`);
    const end = (error: Error): void => {
      clearInterval(check);
      if (isHeld) onLost(error);
      isHeld = false;
    };
    client.on('error', (error) => (failure = error));
    client.on('end', () => end(failure));
    await client.connect();
    try {
      const { rows } = await client.query<{ held: boolean }>(
        'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS held',
        [name],
      );
      isHeld = rows[0]?.held === true;
    } catch (error) {
      // No farewell: whoever does not answer a question would not answer that.
      client.connection.stream.destroy();
      throw error;
    }
    if (isHeld) {
      check = setInterval(() => void client.query('SELECT 1').catch(end), HOLD_CHECK_MS);
      check.unref();
      return async () => {
        isHeld = false;
        clearInterval(check);
        await client.end();
      };
    }
    await client.end();
    await new Promise((resolve) => setTimeout(resolve, HOLD_RETRY_MS));
  }
}

/** Without user and password, which have no place in a log. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

import { readFileSync } from 'node:fs';

/** Polls until the condition gives something other than undefined or false; throws with `what` after a minute. */
export async function eventually<T>(what: string, condition: () => T | Promise<T>): Promise<NonNullable<T>> {
  const deadline = Date.now() + 60_000;
  let last: unknown = 'never';
  while (Date.now() < deadline) {
    try {
      const value = await condition();
      if (value !== undefined && value !== false && value !== null) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what}: not within a minute, last ${String(last)}`);
}

/** Whether a process still does anything; one that waits for its parent to look at its exit status does not. */
export function isAlive(pid: number): boolean {
  try {
    const state = /^\d+ \(.*\) (\w)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
    return state !== 'Z' && state !== 'X';
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** Status and JSON of a GET on loopback, on a connection of its own. */
export async function getJson(port: number, path: string): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
  return { status: answer.status, body: await answer.json() };
}

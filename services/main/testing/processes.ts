import { readFileSync } from 'node:fs';

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

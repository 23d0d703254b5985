/** What a server says of itself, for diagnosis. Probes change nothing there. */
export interface ServerProbe {
  /** As the server names it; undefined where it does not say. */
  version?: string;
  /** Of the question that the time came with, there and back. */
  tookMs: number;
  /** Its clock minus ours, in ms; half of `tookMs` is how far off this may be. Undefined where it tells no time. */
  skewMs?: number;
  /** Migrations that it has, by file; undefined before the first start. */
  migrations?: Record<string, string>;
  /** What would go wrong later, each with its remedy. */
  faults: { detail: string; remedy: string }[];
}

/** Longer than any healthy server takes, short enough for somebody who waits. */
export const PROBE_MS = 5_000;

/** Asks for the server's time (epoch ms), and takes ours to be in the middle between asking and hearing. */
export async function timed(ask: () => Promise<number>): Promise<{ tookMs: number; skewMs: number }> {
  const sentAt = Date.now();
  const startedAt = performance.now();
  const theirs = await ask();
  const tookMs = performance.now() - startedAt;
  return { tookMs, skewMs: theirs - (sentAt + tookMs / 2) };
}

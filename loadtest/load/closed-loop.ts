import autocannon from 'autocannon';

export interface Driven {
  requestsPerSecond: number;
  /** Milliseconds, closed loop: for comparison within one run only. */
  p50: number;
  p99: number;
  statuses: Record<string, number>;
  errors: number;
}

export interface Load {
  url: string;
  seconds: number;
  connections: number;
  requests: { method: 'GET' | 'POST'; path: string; body?: string; headers?: Record<string, string> }[];
}

/** The clock runs while all requests are copied for every connection, before anything is sent: seconds on a busy machine. */
const TIMEOUT_S = 60;

/** As many requests as the server answers, from this process. */
export async function drive({ url, seconds, connections, requests }: Load): Promise<Driven> {
  const result = await autocannon({ url, duration: seconds, connections, requests, timeout: TIMEOUT_S });
  const statuses: Record<string, number> = {};
  const stats =
    (result as unknown as { statusCodeStats?: Record<string, { count: number }> }).statusCodeStats ?? {};
  for (const [status, { count }] of Object.entries(stats)) statuses[status] = count;
  return {
    requestsPerSecond: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
    statuses,
    errors: result.errors + result.timeouts,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

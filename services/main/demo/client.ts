/** Calls of the demo, as a publisher's page, a provider's script or an exchange would make them. */

/** An answer that was not what the step needed: the demo ends with it. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
}

export interface Api {
  post<T>(path: string, body: unknown): Promise<T>;
  put<T>(path: string, body: unknown): Promise<T>;
  get<T>(path: string): Promise<T>;
  /** One SELECT through the analysts' interface; rows as objects. */
  sql<T>(query: string): Promise<T[]>;
}

export function apiClient(base: string, key: string): Api {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(base + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new DemoError(`${method} ${path} was answered ${answer.status}: ${text}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  };
  return {
    post: async <T>(path: string, body: unknown) => (await call('POST', path, body)) as T,
    put: async <T>(path: string, body: unknown) => (await call('PUT', path, body)) as T,
    get: async <T>(path: string) => (await call('GET', path)) as T,
    sql: async <T>(query: string) => {
      const answer = await fetch(`${base}/clickhouse/?default_format=JSONEachRow`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: query,
      });
      const text = await answer.text();
      if (!answer.ok) throw new DemoError(`${query} was answered ${answer.status}: ${text}`);
      return text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as T);
    },
  };
}

/** Runs `work` for every item, `width` at a time, and tells how far it got. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<void>,
  progress: (done: number) => void,
): Promise<void> {
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      const item = items[index];
      if (item !== undefined) await work(item, index);
      progress(++done);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/** Asks again until `check` gives a value; fails with `what` when time is up. */
export async function until<T>(
  what: string,
  check: () => Promise<T | undefined>,
  forMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + forMs;
  for (;;) {
    const value = await check();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new DemoError(`gave up after ${forMs / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

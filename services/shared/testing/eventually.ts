const PAUSE_MS = 50;

/** Asks again until `check` does not reject; then its answer, else the last rejection. */
export async function eventually<T>(check: () => Promise<T>, withinMs = 60_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** Asks again until the answer is something other than undefined, null or false; a rejection counts as "not yet". */
export function eventuallyGives<T>(what: string, condition: () => T | Promise<T>): Promise<NonNullable<T>> {
  return eventually(async () => {
    let value: T;
    try {
      value = await condition();
    } catch (error) {
      throw new Error(`waited in vain: ${what}`, { cause: error });
    }
    if (value === undefined || value === null || value === false)
      throw new Error(`waited in vain: ${what}, last ${String(value)}`);
    return value;
  });
}

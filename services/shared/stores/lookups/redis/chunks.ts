/** Bounds how many commands, and their answers, are in memory and before the server at once. */
const CHUNK = 1_000;

/**
 * Runs `each` for all items, a thousand at a time, whose commands travel together. Rejects with the first fault, but
 * only once nothing of the chunk is under way any more: what comes after must not be overtaken.
 */
export async function inChunks<T, R>(
  items: readonly T[],
  each: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const answers: R[] = [];
  for (let from = 0; from < items.length; from += CHUNK) {
    const settled = await Promise.allSettled(
      items.slice(from, from + CHUNK).map((item, index) => each(item, from + index)),
    );
    for (const outcome of settled) {
      if (outcome.status === 'rejected') throw outcome.reason;
      answers.push(outcome.value);
    }
  }
  return answers;
}

/**
 * Numbers that only grow, also over restarts and after kill -9: taken from CATALOG in blocks, what is left of a
 * block at the end is lost.
 */
export function sequence(
  nextBlock: (size: number) => Promise<number>,
  blockSize = 1_000,
): () => Promise<number> {
  let next = 0;
  let end = 0;
  return async () => {
    if (next >= end) {
      next = await nextBlock(blockSize);
      end = next + blockSize;
    }
    return next++;
  };
}

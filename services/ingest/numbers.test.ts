import { NumberBlocks } from './numbers';

function blocks(blockSize: number) {
  let next = 1;
  const fetched: number[] = [];
  const numbers = new NumberBlocks(async (size) => {
    await new Promise((resolve) => setImmediate(resolve));
    fetched.push(size);
    const first = next;
    next += size + 3; // what others took in between
    return first;
  }, blockSize);
  return { numbers, fetched };
}

describe('permanent numbers', () => {
  it('are never handed out twice, whoever asks at the same time', async () => {
    const { numbers } = blocks(10);
    const leases = await Promise.all(Array.from({ length: 20 }, () => numbers.reserve(7)));
    const used = leases.flatMap((lease, i) => Array.from({ length: i % 8 }, () => lease.next()));
    for (const lease of leases) lease.release();
    const more = await numbers.reserve(100);
    for (let i = 0; i < 100; i++) used.push(more.next());
    expect(new Set(used).size).toBe(used.length);
    expect(Math.min(...used)).toBeGreaterThanOrEqual(1);
  });

  it('that were given back are used before new ones are fetched', async () => {
    const { numbers, fetched } = blocks(10);
    const first = await numbers.reserve(10);
    expect(first.next()).toBe(1);
    first.release();
    const second = await numbers.reserve(9);
    expect(Array.from({ length: 9 }, () => second.next())).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(fetched).toEqual([10]);
  });

  it('cannot be drawn beyond what was reserved', async () => {
    const { numbers } = blocks(10);
    const lease = await numbers.reserve(1);
    lease.next();
    expect(() => lease.next()).toThrow('more numbers');
  });

  it('go on after a block could not be fetched', async () => {
    let failing = true;
    const numbers = new NumberBlocks(
      (size) => (failing ? Promise.reject(new Error('down')) : Promise.resolve(size)),
      5,
    );
    await expect(numbers.reserve(1)).rejects.toThrow('down');
    failing = false;
    expect((await numbers.reserve(1)).next()).toBe(5);
  });
});

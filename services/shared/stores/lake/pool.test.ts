import { Pool, type Lane } from './pool';

const CEILINGS = { normal: 3, build: 2, analyst: 1 };

function heldPool(maxWaiting = 100) {
  const pool = new Pool({ clients: ['a', 'b', 'c', 'd'], ceilings: CEILINGS, maxWaiting });
  const started: Lane[] = [];
  const release: (() => void)[] = [];
  const hold = (lane: Lane) =>
    pool.run(lane, async () => {
      started.push(lane);
      await new Promise<void>((resolve) => release.push(resolve));
    });
  return { pool, started, release, hold };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('clients are shared fairly', () => {
  it('no lane passes its ceiling, so none takes all clients', async () => {
    const { started, hold, release, pool } = heldPool();
    const all = (['build', 'build', 'build', 'analyst', 'analyst', 'normal', 'normal'] as Lane[]).map(hold);
    await settle();
    expect(started).toEqual(['build', 'build', 'analyst', 'normal']);
    expect(pool.depth).toBe(3);
    while (release.length > 0) {
      release.shift()?.();
      await settle();
    }
    await Promise.all(all);
    expect(started).toHaveLength(7);
  });

  it('who waits longest goes first among those who may', async () => {
    const { started, hold, release } = heldPool();
    const all = (['normal', 'normal', 'normal', 'normal', 'build', 'build', 'normal'] as Lane[]).map(hold);
    await settle();
    expect(started).toEqual(['normal', 'normal', 'normal', 'build']);
    release.shift()?.();
    await settle();
    expect(started.at(-1)).toBe('normal');
    release.shift()?.();
    await settle();
    expect(started.at(-1)).toBe('build');
    while (release.length > 0) {
      release.shift()?.();
      await settle();
    }
    await Promise.all(all);
  });

  it('the queue is bounded: one more is refused, worth a retry', async () => {
    const { hold, release } = heldPool(1);
    const all = (['analyst', 'analyst'] as Lane[]).map(hold);
    await settle();
    await expect(hold('normal')).rejects.toMatchObject({ code: '202', retryable: true });
    while (release.length > 0) {
      release.shift()?.();
      await settle();
    }
    await Promise.all(all);
  });

  it('a client comes back after a failure', async () => {
    const { pool } = heldPool();
    for (let i = 0; i < 10; i += 1) {
      await expect(pool.run('analyst', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    }
    expect(await pool.run('analyst', async (client) => client)).toBeDefined();
  });

  it('closing ends, even while a call never does', async () => {
    const { pool, hold } = heldPool();
    const stuck = hold('build');
    const second = hold('analyst');
    const waiting = hold('analyst').catch((error: unknown) => error);
    await settle();
    const idle = await pool.close(50);
    expect(idle).toHaveLength(2);
    expect(await waiting).toMatchObject({ code: 'closed' });
    await expect(hold('normal')).rejects.toMatchObject({ code: 'closed' });
    expect([stuck, second]).toHaveLength(2);
  });
});

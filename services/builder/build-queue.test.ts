import pino from 'pino';
import { Histogram } from 'prom-client';
import { BuildQueue, type BuildQueueOptions } from './build-queue';
import { RuleSet } from './rule-set';

/** A queue over a lake that holds one membership of each of `stored`; forgetting takes until `proceed`. */
function queueOver(stored: Set<number>, active: Set<number>) {
  let proceed: () => void = () => undefined;
  const reevaluated: number[] = [];
  const query = (sql: string): Promise<unknown[]> => {
    const audience = /audience = (\d+) AND uid > 0/.exec(sql)?.[1];
    if (audience !== undefined) return Promise.resolve([{ uid: audience }]);
    return Promise.resolve(sql.includes('DISTINCT') ? [...stored].map((each) => ({ audience: each })) : []);
  };
  const options: BuildQueueOptions = {
    lake: {
      command: () => Promise.resolve(),
      dropPartition: () => Promise.resolve(),
      query: query as BuildQueueOptions['lake']['query'],
      reloadPersons: () => Promise.resolve(),
    },
    logger: pino({ level: 'silent' }),
    now: () => 0,
    isActive: (number) => active.has(number),
    reevaluate: async (uids) => {
      await new Promise<void>((resolve) => (proceed = resolve));
      for (const uid of uids) stored.delete(uid);
      reevaluated.push(...uids);
    },
    finished: () => Promise.resolve(),
    failed: () => Promise.resolve(),
    duration: new Histogram({ name: 'test_builds', help: 'test', registers: [] }),
  };
  return { queue: new BuildQueue(options), reevaluated, proceed: () => proceed() };
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

test('a version that retires while an older one is being forgotten is forgotten too', async () => {
  const stored = new Set([1]);
  const active = new Set([2]);
  const { queue, reevaluated, proceed } = queueOver(stored, active);
  queue.retire();
  await turn();
  // Its members came after the list of what to forget was read.
  stored.add(2);
  active.delete(2);
  queue.retire();
  proceed();
  await turn();
  expect(reevaluated).toEqual([1]);

  queue.reconcile(RuleSet.empty(), 3_600_000);
  await turn();
  proceed();
  await turn();
  expect(reevaluated).toEqual([1, 2]);
  await queue.close();
});

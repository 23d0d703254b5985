import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DOCUMENTS } from '../../shared/domain/snapshot';
import type { Lookups } from '../../shared/stores/lookups/lookups';
import { bannerRequest, type Bid } from './bidder-rig';
import { catalog } from './catalog-fixtures';
import { call } from './http-client';

const HOOK = join(__dirname, '..', '..', 'shared', 'testing', 'ts-node-hook.cjs');
const PROGRAM = join(__dirname, 'bidder-process.ts');
const CPM = 2_500_000;
const IMPRESSIONS = 300;

export interface BudgetGuarantee {
  title: string;
  openLookups: (directory: string) => Promise<Lookups>;
  /** Where the bidders find the same; none: in the directory. */
  redisUrl?: () => string;
  rounds: number;
  /** What else goes on in a round while bidders bid, before one is killed. */
  disturb: (round: number) => Promise<void>;
}

interface Process {
  child: ChildProcess;
  base: string;
}

/** Bidders bid, are billed and killed; however many die, no more is spent than the budget. */
export function budgetIsNeverExceeded({
  title,
  openLookups,
  redisUrl,
  rounds,
  disturb,
}: BudgetGuarantee): void {
  let directory: string;
  let lookups: Lookups;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-budget-'));
    lookups = await openLookups(directory);
    await lookups.setEpoch('epoch');
    const snapshot = catalog({
      lineItems: [{ id: 'li', budget: { totalMicros: (IMPRESSIONS * CPM) / 1_000 } }],
    });
    await lookups.documents.put(DOCUMENTS.bidding, 1, Buffer.from(JSON.stringify(snapshot)));
  });

  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await lookups.close();
    await rm(directory, { recursive: true, force: true });
  });

  function start(worker: number): Promise<Process> {
    const child = fork(PROGRAM, [directory, String(worker), ...(redisUrl ? [redisUrl()] : [])], {
      execArgv: ['-r', HOOK],
    });
    children.push(child);
    return new Promise((resolve, reject) => {
      child.once('message', ({ port }: { port: number }) =>
        resolve({ child, base: `http://127.0.0.1:${port}` }),
      );
      child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
    });
  }

  test(
    `a budget is never exceeded ${title}`,
    async () => {
      let bids = 0;
      let billed = 0;
      const spend = async (process: Process, other: Process, count: number): Promise<void> => {
        for (let i = 0; i < count; i++) {
          const made = await bid(process);
          if (made === undefined) {
            await new Promise((resolve) => setTimeout(resolve, 5));
            continue;
          }
          bids += 1;
          if (await bill(other, made)) billed += 1;
        }
      };
      for (let round = 0; round < rounds; round++) {
        const [a, b] = await Promise.all([start(1), start(2)]);
        const work = Promise.all([spend(a, b, 60), spend(b, a, 60), spend(a, a, 60)]);
        await disturb(round);
        b.child.kill('SIGKILL');
        await work;
        a.child.kill('SIGKILL');
      }
      const last = await start(1);
      await spend(last, last, 700);
      const [counted] = await lookups.counters.get(['budget:li:total']);
      process.stdout.write(
        `${title}: ${bids} bids and ${billed} bills of ${IMPRESSIONS} impressions, counted ${counted! / CPM}\n`,
      );
      expect(billed).toBeGreaterThan(0);
      expect(bids).toBeLessThanOrEqual(IMPRESSIONS);
      expect(billed).toBeLessThanOrEqual(bids);
      expect(counted).toBeLessThanOrEqual(IMPRESSIONS * CPM);
      expect(counted).toBeGreaterThanOrEqual(billed * CPM);
    },
    180_000 + rounds * 60_000,
  );
}

/** The bid, undefined where there is none or the process is gone. */
async function bid({ base }: Process): Promise<Bid | undefined> {
  try {
    const answer = await call(`${base}/openrtb2/ex`, { body: JSON.stringify(bannerRequest()) });
    return answer.status === 200 ? (answer.json['seatbid'] as [{ bid: [Bid] }])[0].bid[0] : undefined;
  } catch (error) {
    if (error instanceof Error || (error as { code?: string }).code !== undefined) return undefined;
    throw error;
  }
}

/** Whether the notice was acknowledged. */
async function bill({ base }: Process, { burl }: Bid): Promise<boolean> {
  const url = burl.replace('https://bid.example', base).replace('${AUCTION_PRICE}', '2.5');
  return call(url).then(
    ({ status }) => status === 204,
    () => false,
  );
}

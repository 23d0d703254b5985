import { type Engines, openEngines } from '../ingest/testing/engines';
import { seedLookups } from '../ingest/seed/seed-lookups';
import type { Service } from '../shared/runtime/service';
import { eventuallyGives } from '../shared/testing/eventually';
import { startLeadingBuilder } from './leading-builder';

let engines: Engines;
let builder: Service;

beforeAll(async () => {
  engines = await openEngines();
});
afterAll(async () => {
  await builder.close();
  await engines.close();
});

/** A right that one may have at a time, as over a network. */
class Right {
  private last: Promise<void> = Promise.resolve();
  holders = 0;

  readonly hold = async (): Promise<() => Promise<void>> => {
    const before = this.last;
    let giveBack: () => void = () => undefined;
    this.last = new Promise((resolve) => (giveBack = resolve));
    await before;
    this.holders++;
    return async () => {
      this.holders--;
      giveBack();
    };
  };
}

const missing = async (): Promise<string> => (await builder.missing()).join();

test('a builder waits for lookups to be filled, and does not keep whoever fills them from it', async () => {
  const right = new Right();
  const { catalog, lookups, ...common } = engines.common();
  const asTheLeader = { catalog: Object.assign(Object.create(catalog) as typeof catalog, right) };
  builder = startLeadingBuilder({ ...common, lookups, ...asTheLeader });
  await eventuallyGives('the builder waits', async () => (await missing()).includes('not filled'));

  let holders = 0;
  const excludeBuilder = async () => {
    const giveBack = await right.hold();
    // Long enough for it to ask for the right again, in vain.
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    holders = right.holders;
    return giveBack;
  };
  const logger = common.logger;
  await seedLookups({ ...common, lookups, catalog, logger, excludeBuilder });
  expect(holders).toBe(1);
  // It leads now, and lacks what only the API would give it.
  await eventuallyGives('the builder leads', async () => (await missing()) === 'audience rules');
  expect(right.holders).toBe(1);
});

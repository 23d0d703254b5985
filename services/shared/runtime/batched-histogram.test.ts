import { batchedHistogram } from './batched-histogram';
import { createRegistry } from './metrics';

const BATCH_AND_MORE = 1_500;

it('exports every value once, those of a batch that is not full too, however often it is scraped', async () => {
  const registry = createRegistry({ process: 'test' });
  const observe = batchedHistogram({ registry, name: 'seconds', help: 'Test.', buckets: [0.5, 1] });
  for (let i = 0; i < BATCH_AND_MORE; i++) observe(i % 3 === 0 ? 0.25 : 0.75);
  for (let scrape = 0; scrape < 2; scrape++) {
    const text = await registry.metrics();
    expect(text).toContain(`seconds_bucket{le="0.5",process="test"} ${BATCH_AND_MORE / 3}`);
    expect(text).toContain(`seconds_bucket{le="1",process="test"} ${BATCH_AND_MORE}`);
    expect(text).toContain(`seconds_count{process="test"} ${BATCH_AND_MORE}`);
  }
  observe(2);
  expect(await registry.metrics()).toContain(`seconds_count{process="test"} ${BATCH_AND_MORE + 1}`);
});

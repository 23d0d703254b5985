import { boundedLabel, Counter, createRegistry } from './metrics';

test('registries are apart, and carry their process', async () => {
  const one = createRegistry({ process: 'collector' });
  const two = createRegistry({ process: 'bidder' });
  for (const registry of [one, two])
    new Counter({ name: 'muster_test_total', help: 'test', registers: [registry] }).inc();
  expect(await one.metrics()).toContain('muster_test_total{process="collector"} 1');
  expect(await two.metrics()).toContain('muster_test_total{process="bidder"} 1');
});

test('a label from outside cannot grow the number of series', () => {
  const known = new Set(['adx']);
  expect(boundedLabel('adx', known)).toBe('adx');
  expect(boundedLabel('made up', known)).toBe('other');
});

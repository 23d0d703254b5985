const { default: Sequencer } = require('@jest/test-sequencer');

/** Tests that take a minute or more. The last of a run should not be one of them: the others would have ended long before. */
const LONG = [
  'guarantees/exactly-once',
  'kafka/outage',
  'guarantees/failing-engines',
  'kafka/zombie',
  'guarantees/lookups-replica',
  'guarantees/zombie-ingest',
  'guarantees/clock-steps',
];

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const found = LONG.findIndex((name) => path.includes(`/${name}.engines.test.ts`));
      return found === -1 ? LONG.length : found;
    };
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
};

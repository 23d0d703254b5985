/** Tests that answer in less than some five seconds each, for `npm run check`. The others are `*.slow.test.ts`. */
const base = require('./jest.config.cjs');

/** @type {import('jest').Config} */
module.exports = {
  ...base,
  testPathIgnorePatterns: [...base.testPathIgnorePatterns, '\\.slow\\.test\\.ts$'],
};

/** Tests of the pure domain, for `npm run mutation`: without those that start an engine, which no mutant could wait for. */
const base = require('./jest.config.cjs');

/** @type {import('jest').Config} */
module.exports = {
  ...base,
  roots: ['<rootDir>/services/shared/domain'],
  testPathIgnorePatterns: [...base.testPathIgnorePatterns, 'rule/(compile\\.property|meaning)\\.test\\.ts$'],
};

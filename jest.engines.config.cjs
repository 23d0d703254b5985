/** Tests on real servers, which are started for them and stopped after: `npm run test:engines`. */
const base = require('./jest.config.cjs');

/** @type {import('jest').Config} */
module.exports = {
  ...base,
  testMatch: ['**/*.engines.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testSequencer: '<rootDir>/jest.longest-first.cjs',
  globalSetup: '<rootDir>/services/shared/testing/engines/global-setup.ts',
  globalTeardown: '<rootDir>/services/shared/testing/engines/global-teardown.ts',
};

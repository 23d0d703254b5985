const commonjs = { type: 'commonjs' };

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/services', '<rootDir>/loadtest'],
  testMatch: ['**/*.test.ts'],
  // Those that need servers or a browser: jest.engines.config.cjs, jest.browser.config.cjs.
  testPathIgnorePatterns: ['/node_modules/', '\\.(engines|browser)\\.test\\.ts$'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: commonjs, sourceMaps: 'inline' },
    ],
    // PGlite loads node's own modules with import(), which Jest's sandbox refuses: make them require().
    '/@electric-sql/pglite/dist/[^/]+\\.cjs$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'ecmascript' }, target: 'es2022' }, module: commonjs, sourceMaps: false },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!@electric-sql/pglite/)'],
  // Tests start engines and real processes: waits are generous, speed is for benchmarks.
  testTimeout: 180_000,
  maxWorkers: 2,
};

/** Tests of the pure domain, for `npm run mutation`: without those that start an engine, which no mutant could wait for. */
const quick = require('./jest.quick.config.cjs');

/** @type {import('jest').Config} */
module.exports = { ...quick, roots: ['<rootDir>/services/shared/domain'] };

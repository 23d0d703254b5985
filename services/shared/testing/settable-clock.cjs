/**
 * Preloaded by tests into a process (`NODE_OPTIONS=--require …`) whose clock is to be set: the number of milliseconds
 * in the file that MUSTER_TEST_CLOCK names is added to what `Date` says. Timers and `performance` go on as they are, as
 * when an operator or NTP sets a host's clock.
 */
const { readFileSync } = require('node:fs');
const { setInterval } = require('node:timers');

const POLL_MS = 50;
const file = process.env.MUSTER_TEST_CLOCK;
const RealDate = Date;
let offsetMs = read();

setInterval(() => (offsetMs = read()), POLL_MS).unref();

function read() {
  return Number(readFileSync(file, 'utf8'));
}

globalThis.Date = class Date extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + offsetMs);
    else super(...args);
  }
  static now() {
    return RealDate.now() + offsetMs;
  }
};

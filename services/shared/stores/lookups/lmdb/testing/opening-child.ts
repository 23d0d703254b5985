/**
 * <dir> count: adds 1 to a counter of its own, over and over, and complains of every other answer than the next
 * number. <dir> open: opens and closes. Both for <ms>, then say how often.
 */
import { openLmdbLookups } from '../open-lmdb-lookups';

const [dir = '', role = '', ms = ''] = process.argv.slice(2);
const until = Date.now() + Number(ms);

async function count(): Promise<number> {
  const lookups = await openLmdbLookups({ dir });
  let n = 0;
  while (Date.now() < until) {
    const answer = await lookups.counters.add(`counter-${process.pid}`, 1);
    if (answer !== ++n) throw new Error(`after ${n} additions of 1 the counter stands at ${answer}`);
  }
  await lookups.close();
  return n;
}

async function openAndClose(): Promise<number> {
  let n = 0;
  for (; Date.now() < until; n++) await (await openLmdbLookups({ dir })).close();
  return n;
}

async function main(): Promise<void> {
  process.stdout.write(`${await (role === 'count' ? count() : openAndClose())}\n`);
}

void main();

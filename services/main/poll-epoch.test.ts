import type { Logger } from '../shared/runtime/logger';
import { eventually } from '../shared/testing/eventually';
import { pollEpoch } from './poll-epoch';

test('an outage is one line in the log and its end another, and asks one question at a time', async () => {
  const said: string[] = [];
  const logger = {
    warn: (_: object, text: string) => said.push(text),
    info: (text: string) => said.push(text),
  } as unknown as Logger;
  const told: (string | undefined)[] = [];
  let answers: (() => Promise<string>)[] = [];
  let asked = 0;
  let atOnce = 0;
  let most = 0;
  const epoch = async (): Promise<string> => {
    asked += 1;
    most = Math.max(most, ++atOnce);
    try {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return await (answers.shift() ?? (() => Promise.resolve('last')))();
    } finally {
      atOnce -= 1;
    }
  };
  const away = (): Promise<string> => Promise.reject(new Error('away'));
  answers = [() => Promise.resolve('first'), away, away, away];
  const watch = pollEpoch({ lookups: { epoch }, everyMs: 1, onEpoch: (value) => told.push(value), logger });
  try {
    await eventually(() => Promise.resolve(expect(asked).toBeGreaterThan(6)));
  } finally {
    watch.close();
  }
  expect(told.slice(0, 3)).toEqual(['first', 'last', 'last']);
  expect(said).toEqual([
    'the epoch of the lookups cannot be read',
    'the epoch of the lookups can be read again',
  ]);
  expect(most).toBe(1);
});

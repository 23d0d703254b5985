import pino from 'pino';
import { Composition } from './composition';

test('misses what any service misses, and closes in reverse whatever fails', async () => {
  const closed: string[] = [];
  const service = (name: string, missing: string[], fault?: Error) => ({
    missing: () => missing,
    close: async () => {
      closed.push(name);
      if (fault) throw fault;
    },
  });
  const composition = new Composition(pino({ level: 'silent' }));
  composition.addStore('store', { close: () => void closed.push('store') });
  composition.add('first', service('first', ['a']));
  composition.add('second', service('second', ['b', 'c'], new Error('stuck')));
  expect(await composition.missing()).toEqual(['a', 'b', 'c']);
  await Promise.all([composition.close(), composition.close()]);
  expect(closed).toEqual(['second', 'first', 'store']);
});

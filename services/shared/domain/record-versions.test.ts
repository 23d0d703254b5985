import { newerVersionText, RECORD_UPGRADES, toCurrentVersion, type RecordUpgrades } from './record-versions';

/** Two releases later: version 2 added `seat`, version 3 made of `price` a number. */
const LATER: RecordUpgrades = {
  ...RECORD_UPGRADES,
  bid: [
    (record) => ({ ...record, seat: '' }),
    ({ price, ...record }) => ({ ...record, priceMicros: Number(price) * 1e6 }),
  ],
};

const current = (record: unknown, upgrades?: RecordUpgrades) => toCurrentVersion(record, upgrades);

describe('a reader of version 3', () => {
  it('reads version 2 as what it would have been', () => {
    expect(current({ v: 2, type: 'bid', price: '1.5', seat: 's' }, LATER)).toEqual({
      ok: true,
      record: { v: 3, type: 'bid', priceMicros: 1_500_000, seat: 's' },
    });
  });

  it('reads version 1, one step after the other, with what the absence of a field meant', () => {
    expect(current({ v: 1, type: 'bid', price: '2' }, LATER)).toEqual({
      ok: true,
      record: { v: 3, type: 'bid', priceMicros: 2_000_000, seat: '' },
    });
  });

  it('reads its own as it is, and knows that it cannot read the next', () => {
    const own = { v: 3, type: 'bid', priceMicros: 1, seat: 's' };
    expect(current(own, LATER)).toEqual({ ok: true, record: own });
    const newer = current({ v: 4, type: 'bid' }, LATER);
    expect(newer).toEqual({ ok: false, type: 'bid', version: 4, known: 3 });
    if (!newer.ok) expect(newerVersionText(newer)).toContain('of version 4, this release reads up to 3');
  });
});

it.each([0, -1, -2, 1.5, '1', null])('no step is taken from what is no version: %p', (v) => {
  const record = { v, type: 'bid', price: '1' };
  expect(current(record, LATER)).toEqual({ ok: true, record });
});

it.each([
  'event',
  'trait',
  'sync',
  'optout',
  'optin',
  'link',
  'change',
  'bid',
  'request',
  'notice',
  'dead-letter',
])('this release reads version 1 of %s', (type) => {
  expect(current({ v: 1, type })).toEqual({ ok: true, record: { v: 1, type } });
  expect(current({ v: 2, type })).toEqual({ ok: false, type, version: 2, known: 1 });
});

it.each([
  [{ v: 0, type: 'bid' }],
  [{ v: '2', type: 'bid' }],
  [{ v: 1.5, type: 'bid' }],
  [{ type: 'bid' }],
  [{ v: 9, type: 'x' }],
  [{ v: 9, type: 'toString' }],
  [null],
  [7],
  ['text'],
  [[]],
])('what is no version of anything is left for whoever checks the fields: %j', (record) =>
  expect(current(record)).toEqual({ ok: true, record }),
);

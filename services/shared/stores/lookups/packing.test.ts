import * as fc from 'fast-check';
import { packIdentity, packMemberships, unpackIdentity, unpackMemberships } from './packing';
import { packPerson, unpackPerson } from './person-packing';

const number48 = fc.maxSafeNat().map((value) => value % 2 ** 48);
const uint32 = fc.nat(0xffffffff);

describe('packed records', () => {
  it('an identity comes back as it was, in 7 bytes or, linked, in 13', () => {
    const entry = fc.record({
      iid: number48,
      uid: number48,
      confirmed: fc.boolean(),
      optedOut: fc.boolean(),
    });
    fc.assert(
      fc.property(entry, (value) => {
        const bytes = packIdentity(value);
        expect(unpackIdentity(bytes)).toEqual(value);
        expect(bytes.length).toBe(value.uid === value.iid ? 7 : 13);
      }),
    );
    expect(packIdentity({ iid: 5, uid: 5, confirmed: true, optedOut: false })).toHaveLength(7);
  });

  it('memberships come back as they were, out of a longer buffer too', () => {
    const record = fc.record({
      uid: number48,
      version: number48,
      consent: fc.nat(31),
      evaluatedAt: number48,
      memberships: fc.array(fc.record({ audience: uint32, sinceS: uint32, untilS: uint32 })),
    });
    fc.assert(
      fc.property(record, fc.nat(50), (value, spare) => {
        const bytes = packMemberships(value);
        const reused = Buffer.concat([bytes, Buffer.alloc(spare, 0xff)]);
        expect(unpackMemberships(value.uid, reused, bytes.length)).toEqual(value);
        expect(bytes.length).toBe(14 + 12 * value.memberships.length);
      }),
    );
  });

  it('a person comes back as it was', () => {
    const iid = number48;
    const record = fc.record({
      uid: iid,
      members: fc.array(fc.record({ iid, identity: fc.string({ unit: 'grapheme', maxLength: 100 }) })),
      edges: fc.array(
        fc.record({
          kind: fc.constantFrom('partner' as const, 'event' as const),
          a: iid,
          b: iid,
          at: number48,
        }),
      ),
      choices: fc.array(fc.record({ iid, at: number48, optedOut: fc.boolean() })),
    });
    fc.assert(
      fc.property(record, (value) => expect(unpackPerson(value.uid, packPerson(value))).toEqual(value)),
    );
  });

  it('refuses a number that does not fit instead of cutting it', () => {
    expect(() => packIdentity({ iid: 2 ** 48, uid: 1, confirmed: true, optedOut: false })).toThrow(
      RangeError,
    );
    expect(() => packIdentity({ iid: -1, uid: 1, confirmed: true, optedOut: false })).toThrow(RangeError);
    expect(() => packIdentity({ iid: 1.5, uid: 1, confirmed: true, optedOut: false })).toThrow(RangeError);
  });
});

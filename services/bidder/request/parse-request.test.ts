import { parseRequest } from './parse-request';

const BASE = { id: 'r', imp: [{ id: '1', banner: {} }] };

function parse(members: object): unknown {
  const parsed = parseRequest({ ...BASE, ...members });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const { user, regs, device } = parsed.request;
  return { consent: user.consent, eids: user.eids, regs, ip: device.ip };
}

const eids = (id: string): object[] => [{ source: 's.example', uids: [{ id }] }];
const eid = (id: string): object[] => [{ source: 's.example', id }];

test.each<[string, object, object, object]>([
  ['user.consent', { user: { consent: '' } }, { user: { ext: { consent: 'b' } } }, { consent: 'b' }],
  ['user.eids', { user: { eids: [] } }, { user: { ext: { eids: eids('b') } } }, { eids: eid('b') }],
  [
    'user.eids without an id',
    { user: { eids: [{ source: 'a.example', uids: [] }] } },
    { user: { ext: { eids: eids('b') } } },
    { eids: eid('b') },
  ],
  ['gpp', { regs: { gpp: '' } }, { regs: { ext: { gpp: 'b' } } }, { regs: { gpp: 'b' } }],
  ['gpp_sid', { regs: { gpp_sid: [] } }, { regs: { ext: { gpp_sid: [7] } } }, { regs: { gppSid: [7] } }],
  [
    'us_privacy',
    { regs: { us_privacy: '' } },
    { regs: { ext: { us_privacy: 'b' } } },
    { regs: { usPrivacy: 'b' } },
  ],
  ['device.ip', { device: { ip: '' } }, { device: { ipv6: '::1' } }, { ip: '::1' }],
])('an empty %s hides nothing', (_, empty, filled, expected) => {
  const [[name, value]] = Object.entries(filled) as [[string, object]];
  const merged = { [name]: { ...(empty as Record<string, object>)[name], ...value } };
  expect(parse(merged)).toMatchObject(expected);
});

test('where both places are filled, that of 2.6 holds', () => {
  expect(
    parse({
      user: { consent: 'a', eids: eids('a'), ext: { consent: 'b', eids: eids('b') } },
      regs: { gpp: 'a', gpp_sid: [2], us_privacy: 'a', ext: { gpp: 'b', gpp_sid: [7], us_privacy: 'b' } },
      device: { ip: '192.0.2.1', ipv6: '::1' },
    }),
  ).toMatchObject({
    consent: 'a',
    eids: eid('a'),
    regs: { gpp: 'a', gppSid: [2], usPrivacy: 'a' },
    ip: '192.0.2.1',
  });
});

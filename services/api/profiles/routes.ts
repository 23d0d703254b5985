import { z } from 'zod';
import type { Catalog } from '../../shared/stores/catalog/catalog';
import type { Lake } from '../../shared/stores/lake/lake';
import type { Lookups } from '../../shared/stores/lookups/lookups';
import { notFound } from '../http/api-problem';
import type { ReadRoute, Route } from '../http/route';
import { explainMembership } from './explain';
import { heldTraits, recentEvents, statedConsent } from './facts';
import { membershipsOf } from './memberships';
import { personOf } from './person';

export interface ProfileOptions {
  catalog: Catalog;
  lake: Lake;
  lookups: Pick<Lookups, 'identities' | 'people' | 'memberships'>;
  now: () => number;
}

const time = z.iso.datetime();
const profileView = z.object({
  uid: z.int(),
  optedOut: z.boolean(),
  identities: z.array(z.string()),
  traits: z.array(z.object({ trait: z.string(), value: z.string().nullable(), at: time, expiresAt: time })),
  events: z.array(z.looseObject({ type: z.string(), at: time })).describe('The newest hundred.'),
  audiences: z.array(z.object({ id: z.string(), name: z.string(), since: time, until: time.nullable() })),
  consent: z
    .object({
      at: time,
      storage: z.boolean(),
      profile: z.boolean(),
      personalisation: z.boolean(),
      measurement: z.boolean(),
    })
    .nullable()
    .describe('What was stated last; null: nothing ever was.'),
});

const clauseView = z.looseObject({
  path: z.string(),
  clause: z.string(),
  holds: z.boolean(),
  until: time.nullable(),
});
const explanationView = z.object({
  uid: z.int(),
  audience: z.object({ id: z.string(), name: z.string(), version: z.int(), status: z.string() }),
  in: z.boolean().describe('By the rule, over the lake as it is now, and no opt-out.'),
  reason: z.enum(['rule_holds', 'rule_does_not_hold', 'opted_out']),
  published: z
    .object({ since: time, until: time.nullable() })
    .nullable()
    .describe('As bidders see it; null: not a member.'),
  rule: clauseView.describe('With `parts`, and with what was `found` for each leaf.'),
});

/** What is known of a person, and why they are in an audience or not. */
export function profileRoutes(options: ProfileOptions): Route[] {
  return [profileRoute(options), explainRoute(options)];
}

function profileRoute({ catalog, lake, lookups, now }: ProfileOptions): ReadRoute {
  return {
    kind: 'read',
    method: 'get',
    path: '/v1/profiles/{identity}',
    tag: 'Profiles',
    summary: 'A person, by any of their identities',
    roles: [],
    response: profileView,
    status: 200,
    problems: [404, 422],
    handle: async ({ params }) => {
      const at = now();
      const person = await personOf(lookups, params.identity ?? '');
      const iids = person.members.map((member) => member.iid);
      return {
        status: 200,
        body: {
          uid: person.uid,
          optedOut: person.optedOut,
          identities: person.members.map((member) => member.identity),
          traits: await heldTraits(lake, iids, at),
          events: await recentEvents(lake, iids),
          audiences: await membershipsOf(person, { catalog, lookups, at }),
          consent: await statedConsent(lake, iids),
        },
      };
    },
  };
}

function explainRoute({ catalog, lake, lookups, now }: ProfileOptions): ReadRoute {
  return {
    kind: 'read',
    method: 'get',
    path: '/v1/profiles/{identity}/audiences/{audienceId}/explain',
    tag: 'Profiles',
    summary: 'Why a person is in an audience or not, clause by clause',
    roles: [],
    response: explanationView,
    status: 200,
    problems: [404, 422],
    handle: async ({ params }) => {
      const at = now();
      const audience = await catalog.resources.audience.get(params.audienceId ?? '');
      const [state] = await catalog.audienceStates.list([params.audienceId ?? '']);
      if (audience === undefined || state === undefined) throw notFound(`audience ${params.audienceId}`);
      const person = await personOf(lookups, params.identity ?? '');
      const rule = await explainMembership(audience, person, { catalog, lake, at });
      const memberships = await membershipsOf(person, { catalog, lookups, at });
      const membership = memberships.find(({ id }) => id === audience.id);
      return {
        status: 200,
        body: {
          uid: person.uid,
          audience: { id: audience.id, name: state.name, version: state.version, status: state.status },
          in: rule.holds && !person.optedOut,
          reason: person.optedOut ? 'opted_out' : rule.holds ? 'rule_holds' : 'rule_does_not_hold',
          published: membership === undefined ? null : { since: membership.since, until: membership.until },
          rule,
        },
      };
    },
  };
}

import type { Catalog } from '../../shared/stores/catalog/catalog';
import { FOREVER_S, type Membership, type Lookups } from '../../shared/stores/lookups/lookups';
import type { KnownPerson } from './person';

export interface ShownMembership {
  id: string;
  name: string;
  since: string;
  /** Null: without end. */
  until: string | null;
}

/** The audiences that bidders find the person in: of versions that are in force, not run out, no opt-out. */
export async function membershipsOf(
  person: KnownPerson,
  options: { catalog: Catalog; lookups: Pick<Lookups, 'memberships'>; at: number },
): Promise<ShownMembership[]> {
  if (person.optedOut) return [];
  const record = await options.lookups.memberships.get(person.uid);
  if (record === undefined) return [];
  const states = await options.catalog.audienceStates.list();
  const ready = new Map(
    states.filter((state) => state.status === 'ready').map((state) => [state.number, state]),
  );
  return record.memberships.flatMap((membership) => {
    const state = ready.get(membership.audience);
    if (state === undefined || membership.untilS * 1000 <= options.at) return [];
    return [{ id: state.id, name: state.name, ...span(membership) }];
  });
}

function span({ sinceS, untilS }: Membership): { since: string; until: string | null } {
  return {
    since: new Date(sinceS * 1000).toISOString(),
    until: untilS === FOREVER_S ? null : new Date(untilS * 1000).toISOString(),
  };
}

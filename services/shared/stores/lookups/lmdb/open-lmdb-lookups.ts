import type { Lookups } from '../lookups';
import { LmdbClaims } from './claims';
import { LmdbCounters } from './counters';
import { LmdbDocuments } from './documents';
import { DEFAULT_MAP_SIZE_BYTES, openEnvironment, sizeOf, type Environment } from './environment';
import { LmdbIdentities } from './identities';
import { LmdbMemberships } from './memberships';
import { LmdbPeople } from './people';

const EPOCH_KEY = 'epoch';

/**
 * LOOKUPS on LMDB: one environment in `dir`, shared by the processes of one host. Reads answer at once, without a
 * promise; see environment.ts for what they see of other processes' writes.
 */
export function openLmdbLookups({
  dir,
  mapSize = DEFAULT_MAP_SIZE_BYTES,
}: {
  dir: string;
  mapSize?: number;
}): Promise<Lookups> {
  return openEnvironment({ dir, mapSize }, openLookups);
}

function openLookups({ writes, texts, numbers, bytes, close }: Environment): Lookups {
  const identities = texts('identities');
  const persons = numbers('persons');
  const uids = numbers('uids');
  const memberships = numbers('memberships');
  const claims = bytes('claims');
  const claimExpiries = bytes('claim_expiries');
  const counters = texts('counters');
  const revisions = texts('document_revisions');
  const bodies = texts('documents');
  const meta = texts('meta');

  return {
    identities: new LmdbIdentities(identities, writes),
    people: new LmdbPeople(persons, uids, writes),
    memberships: new LmdbMemberships(memberships, writes),
    claims: new LmdbClaims(claims, claimExpiries, writes),
    counters: new LmdbCounters(counters, writes),
    documents: new LmdbDocuments(revisions, bodies, writes),
    epoch: () => meta.getBinary(EPOCH_KEY)?.toString(),
    setEpoch: (epoch) => writes.run(() => void meta.put(EPOCH_KEY, Buffer.from(epoch)), { durable: true }),
    stats: () => ({
      ...named('identities', identities),
      ...named('people', persons, uids),
      ...named('memberships', memberships),
      ...named('claims', claims, claimExpiries),
      ...named('counters', counters),
      ...named('documents', bodies, revisions),
    }),
    close,
  };
}

function named(namespace: string, ...trees: Parameters<typeof sizeOf>): Record<string, number> {
  const { count, bytes } = sizeOf(...trees);
  return { [`${namespace}_count`]: count, [`${namespace}_bytes`]: bytes };
}

import { mkdirSync } from 'node:fs';
import { open, type RootDatabase } from 'lmdb';
import type { Lookups } from '../lookups';
import { LmdbClaims } from './claims';
import { LmdbCounters } from './counters';
import { LmdbDocuments } from './documents';
import { type Bytes, Writes } from './environment';
import { LmdbIdentities } from './identities';
import { LmdbMemberships } from './memberships';
import { numberKey } from './number-key';
import { OpeningGate } from './opening-gate';
import { LmdbPeople } from './people';

/**
 * Address space that is reserved, not memory or disk: the file grows as it is filled. One size for every process,
 * because a map that one process grows is invalid in the others.
 */
const DEFAULT_MAP_SIZE_BYTES = 64 * 1024 ** 3;
const EPOCH_KEY = 'epoch';

/**
 * LOOKUPS on LMDB: one environment in `dir`, shared by the processes of one host. Reads answer at once, without a
 * promise; see environment.ts for what they see of other processes' writes.
 */
export async function openLmdbLookups({
  dir,
  mapSize = DEFAULT_MAP_SIZE_BYTES,
}: {
  dir: string;
  mapSize?: number;
}): Promise<Lookups> {
  mkdirSync(dir, { recursive: true });
  const gate = new OpeningGate(dir);
  return gate.alone(() => openLookups(dir, mapSize, gate));
}

function openLookups(dir: string, mapSize: number, gate: OpeningGate): Lookups {
  const root: RootDatabase<Buffer, string> = open({
    path: dir,
    mapSize,
    maxDbs: 16,
    maxReaders: 256,
    encoding: 'binary',
    // A name with a dot would make lmdb take the path for a file.
    noSubdir: false,
  });
  const texts = (name: string): Bytes<string> => root.openDB<Buffer, string>({ name, encoding: 'binary' });
  const numbers = (name: string): Bytes<number> => {
    // `keyEncoder` is documented for sub-databases, lmdb's types list it for the root only.
    const options = { name, encoding: 'binary' as const, keyEncoder: numberKey };
    return root.openDB<Buffer, number>(options);
  };
  const bytes = (name: string): Bytes<Buffer> =>
    root.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' });

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
  const writes = new Writes(root, gate);

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
      ...size('identities', identities),
      ...size('people', persons, uids),
      ...size('memberships', memberships),
      ...size('claims', claims, claimExpiries),
      ...size('counters', counters),
      ...size('documents', bodies, revisions),
    }),
    close: async () => {
      await gate.alone(() => root.close());
      gate.close();
    },
  };
}

interface TreeStats {
  entryCount: number;
  pageSize: number;
  treeBranchPageCount: number;
  treeLeafPageCount: number;
  overflowPages: number;
}

/** Entries of the namespace's first tree, bytes of all its trees. */
function size(
  namespace: string,
  main: { getStats(): object },
  ...others: { getStats(): object }[]
): Record<string, number> {
  const stats = [main, ...others].map((db) => db.getStats() as TreeStats);
  return {
    [`${namespace}_count`]: stats[0]!.entryCount,
    [`${namespace}_bytes`]: stats.reduce(
      (sum, tree) =>
        sum + tree.pageSize * (tree.treeBranchPageCount + tree.treeLeafPageCount + tree.overflowPages),
      0,
    ),
  };
}

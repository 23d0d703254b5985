import type { AudiencesSnapshot, BiddingSnapshot } from '../../shared/domain/snapshot';
import { DOCUMENTS } from '../../shared/domain/snapshot';
import type {
  ClaimLookups,
  ClaimPosition,
  CounterLookups,
  DocumentLookups,
  IdentityEntry,
  Lookups,
  MembershipRecord,
} from '../../shared/stores/lookups/lookups';

export interface FakeLookupsOptions {
  /** Reads answer promises, as over a network. @default false */
  isRemote?: boolean;
}

/** Lookups in memory, shared by as many bidders as a test wants. */
export class FakeLookups implements Lookups {
  readonly entries = new Map<string, IdentityEntry>();
  readonly records = new Map<number, MembershipRecord>();
  readonly counts = new Map<string, number>();
  readonly held = new Map<string, { position: ClaimPosition; expiresAt: number }>();
  readonly stored = new Map<string, { revision: number; body: Buffer }>();
  /** Thrown by the reads of a bid request, where set. */
  failure: Error | undefined;
  epochText: string | undefined = 'epoch';
  readonly #isRemote: boolean;

  constructor({ isRemote = false }: FakeLookupsOptions = {}) {
    this.#isRemote = isRemote;
  }

  setBidding(snapshot: BiddingSnapshot): void {
    this.#document(DOCUMENTS.bidding, snapshot);
  }

  setAudiences(snapshot: AudiencesSnapshot): void {
    this.#document(DOCUMENTS.audiences, snapshot);
  }

  readonly identities: Lookups['identities'] = {
    resolve: (identities) => this.#read(() => identities.map((identity) => this.entries.get(identity))),
    assign: unused,
    confirm: unused,
    repoint: unused,
    seed: unused,
  };

  readonly people: Lookups['people'] = { uidOf: unused, get: unused, put: unused };

  readonly memberships: Lookups['memberships'] = {
    get: (uid) => this.#read(() => this.records.get(uid)),
    getMany: unused,
    put: unused,
    remove: unused,
  };

  readonly claims: ClaimLookups = {
    claim: async (space, claims, nowMs) =>
      claims.map(({ key, position, expiresAt }) => {
        const name = `${space}/${key}`;
        const holder = this.held.get(name);
        if (holder !== undefined && holder.expiresAt > nowMs) return holder.position;
        this.held.set(name, { position, expiresAt });
        return position;
      }),
    has: (space, keys, nowMs) =>
      keys.map((key) => (this.held.get(`${space}/${key}`)?.expiresAt ?? 0) > nowMs),
    sweep: unused,
  };

  readonly counters: CounterLookups = {
    lease: async (key, want, limit) => {
      const taken = this.counts.get(key) ?? 0;
      const granted = Math.max(0, Math.min(want, limit - taken));
      this.counts.set(key, taken + granted);
      return granted;
    },
    add: async (key, amount) => {
      const value = Math.max(0, (this.counts.get(key) ?? 0) + amount);
      this.counts.set(key, value);
      return value;
    },
    get: (keys) => keys.map((key) => this.counts.get(key) ?? 0),
  };

  readonly documents: DocumentLookups = {
    revision: (name) => this.stored.get(name)?.revision ?? 0,
    get: (name) => this.stored.get(name),
    put: async (name, revision, body) => {
      if (revision <= (this.stored.get(name)?.revision ?? 0)) return false;
      this.stored.set(name, { revision, body });
      return true;
    },
  };

  epoch(): string | undefined {
    return this.epochText;
  }

  async setEpoch(epoch: string): Promise<void> {
    this.epochText = epoch;
  }

  stats(): Record<string, number> {
    return {};
  }

  async close(): Promise<void> {}

  #read<T>(read: () => T): T | Promise<T> {
    if (this.#isRemote) {
      return new Promise((resolve, reject) =>
        setImmediate(() => (this.failure === undefined ? resolve(read()) : reject(this.failure))),
      );
    }
    if (this.failure !== undefined) throw this.failure;
    return read();
  }

  #document(name: string, value: unknown): void {
    const revision = (this.stored.get(name)?.revision ?? 0) + 1;
    this.stored.set(name, { revision, body: Buffer.from(JSON.stringify(value)) });
  }
}

function unused(): never {
  throw new Error('a bidder does not call this');
}

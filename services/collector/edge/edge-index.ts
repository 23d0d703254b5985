import type { EdgeSnapshot, PartnerSnapshot, Role } from '../../shared/domain/snapshot';

export interface EdgeProvider {
  id: string;
  tcfVendorId?: number;
  /** Trait code → its own ttl in ms. */
  traits: ReadonlyMap<string, { ttlMs?: number }>;
}

/** The `edge` document, ready to be asked: who may send what. */
export interface EdgeIndex {
  /** By sha256 of the key, hex. */
  roles: ReadonlyMap<string, Role>;
  partners: ReadonlyMap<string, PartnerSnapshot>;
  publishers: ReadonlySet<string>;
  providers: ReadonlyMap<string, EdgeProvider>;
}

/** Throws when the body is not such a document. */
export function parseEdge(body: Buffer): EdgeIndex {
  const edge = JSON.parse(body.toString('utf8')) as EdgeSnapshot;
  return {
    roles: new Map(edge.keys.map(({ hash, role }) => [hash, role])),
    partners: new Map(edge.partners.map((partner) => [partner.id, partner])),
    publishers: new Set(edge.publishers.map(({ id }) => id)),
    providers: new Map(
      edge.providers.map(({ id, tcfVendorId, traits }) => [
        id,
        { id, tcfVendorId, traits: new Map(Object.entries(traits)) },
      ]),
    ),
  };
}

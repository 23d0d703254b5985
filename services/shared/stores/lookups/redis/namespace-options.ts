import type { Connections } from './connections';
import type { Keys } from './keys';
import type { Replicas } from './replicas';
import type { Sizes } from './sizes';

/** What every namespace of LOOKUPS needs. */
export interface NamespaceOptions {
  connections: Connections;
  keys: Keys;
  replicas: Replicas;
  sizes: Sizes;
}

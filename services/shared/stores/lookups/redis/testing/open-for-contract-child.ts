import { openRedisLookups } from '../open-redis-lookups';

/** Opened by the contract's worker processes. */
export const open = openRedisLookups;

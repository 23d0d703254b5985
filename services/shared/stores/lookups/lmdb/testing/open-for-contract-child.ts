import { openLmdbLookups } from '../open-lmdb-lookups';

/** Opened by the contract's worker processes. */
export const open = openLmdbLookups;

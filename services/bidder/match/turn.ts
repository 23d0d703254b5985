import { bucket } from '../../shared/domain/hash';

/** One of `count` equals, by murmurhash of the request's id: the same everywhere, fair over many requests. */
export function turnOf(requestId: string, impIndex: number, count: number): number {
  return bucket(requestId, count, impIndex);
}

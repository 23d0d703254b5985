/** The package comes without types; this is what we use of it. */
declare module 'fs-native-extensions' {
  /** False while another open file holds the lock. A shared lock only keeps exclusive ones out. */
  export function tryLock(
    descriptor: number,
    offset?: number,
    length?: number,
    options?: { shared?: boolean },
  ): boolean;
  export function unlock(descriptor: number): void;
}

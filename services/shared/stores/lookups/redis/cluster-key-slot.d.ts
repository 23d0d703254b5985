declare module 'cluster-key-slot' {
  /** Slot of a key on Redis Cluster, 0 to 16383; of its hash tag where it has one. */
  function calculateSlot(key: string | Buffer): number;
  export default calculateSlot;
}

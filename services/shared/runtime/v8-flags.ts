/**
 * Flags of the processes that answer requests. What a request allocates lives until its answer, some milliseconds;
 * with V8's own 16 MiB for young objects much of that is copied to the old generation, only to die there.
 *
 * Where many requests wait for the disk together, V8 may take their survival for a long life, and from then on allocates
 * what holds them in the old generation at once. There it is dead soon and collected late, and keeps every request that it
 * holds: in some six of ten starts of a collector under load, a third of its throughput for the rest of its life.
 */
export const V8_FLAGS = ['--max-semi-space-size=64', '--no-allocation-site-pretenuring'];

/**
 * Flags of the processes that answer requests. What a request allocates lives until its answer, some milliseconds;
 * with V8's own 16 MiB for young objects much of that is copied to the old generation, only to die there.
 */
export const V8_FLAGS = ['--max-semi-space-size=64'];

/** ClickHouse's error codes worth trying again as they are; others mean that the statement or a row is at fault. */
const RETRYABLE_CODES: ReadonlySet<string> = new Set([
  '159',
  '164',
  '202',
  '203',
  '209',
  '210',
  '241',
  '242',
  '252',
  '285',
  '319',
  '425',
  '999',
  // Of clusters: no connection to a shard, quorum of an earlier insert or of this one not reached yet, Keeper away.
  '225',
  '279',
  '286',
  '289',
  // The three below say nothing about the rows either: disk full, statement cancelled, access not (yet) given.
  '243',
  '394',
  '516',
]);

const RETRYABLE_FAULTS: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_SOCKET',
]);

/**
 * What a lake call rejects with. `code` is the engine's number as text (`159`), a network fault's name
 * (`ECONNRESET`) or one of ours (`closed`, `invalid`, `migration`). `retryable`: the same call may succeed later.
 */
export class LakeError extends Error {
  readonly code: string;
  /** The engine's name of the code, e.g. `TIMEOUT_EXCEEDED`. */
  readonly type: string | undefined;
  readonly retryable: boolean;

  constructor(options: {
    code: string;
    message: string;
    type?: string;
    retryable?: boolean;
    cause?: unknown;
  }) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'LakeError';
    this.code = options.code;
    this.type = options.type;
    this.retryable = options.retryable ?? isRetryable(options.code, options.message);
  }
}

function isRetryable(code: string, message: string): boolean {
  // 252 is both "merges are behind" (wait) and "one insert over too many partitions" (never gets better).
  if (code === '252' && message.includes('partitions for single INSERT block')) return false;
  return RETRYABLE_CODES.has(code) || RETRYABLE_FAULTS.has(code);
}

/** Whatever the client threw, as a LakeError. */
export function toLakeError(error: unknown): LakeError {
  if (error instanceof LakeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const fields = error as { code?: unknown; type?: unknown } | null;
  const code =
    typeof fields?.code === 'string' || typeof fields?.code === 'number' ? String(fields.code) : 'unknown';
  const type = typeof fields?.type === 'string' ? fields.type : undefined;
  const socket = message.includes('socket hang up') || message.includes('Timeout error');
  return new LakeError({ code, message, type, cause: error, ...(socket ? { retryable: true } : {}) });
}

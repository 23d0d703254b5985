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
  // Those below say nothing about the rows either: files, disk and memory, what is not there (yet), access not (yet)
  // given, a shard, a replica or its keeper away, a quorum not reached yet, a statement cancelled.
  '60', '74', '75', '76', '81', '107', '173', '192', '193', '194', '198', '225', '236', '243', '279', '286', '289', '297',
  '394', '497', '516',
]); // prettier-ignore

/** Our own words for what stays as it is. */
const LASTING: ReadonlySet<string> = new Set(['closed', 'invalid', 'migration']);

/**
 * What a lake call rejects with. `code` is the engine's number as text (`159`), a network fault's name
 * (`ECONNRESET`) or one of ours (`closed`, `invalid`, `migration`, `no_answer`, `unsettled`). `retryable`: the same call may succeed later.
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
  // Without a number the engine has not spoken: the network has, or a load balancer in between. Nothing is known of rows.
  return /^\d+$/.test(code) ? RETRYABLE_CODES.has(code) : !LASTING.has(code);
}

/** Whatever the client threw, as a LakeError. */
export function toLakeError(error: unknown): LakeError {
  if (error instanceof LakeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const fields = error as { code?: unknown; type?: unknown } | null;
  const code =
    typeof fields?.code === 'string' || typeof fields?.code === 'number' ? String(fields.code) : 'unknown';
  const type = typeof fields?.type === 'string' ? fields.type : undefined;
  return new LakeError({ code, message, type, cause: error });
}

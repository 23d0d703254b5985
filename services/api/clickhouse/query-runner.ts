import { availableParallelism } from 'node:os';
import type { Lake, RawResult } from '../../shared/stores/lake/lake';
import { LakeError } from '../../shared/stores/lake/lake-error';
import { refusalOf } from './exception';
import { Guard } from './guard';
import { NativeFormatError, nativeForRevision } from './native-blocks';
import { mediaTypeOf } from './output-formats';
import type { QueryRequest } from './query-request';
import { badRequest, type Refusal } from './refusal';

export interface QueryAnswer extends RawResult {
  ok: true;
  format: string;
  mediaType: string;
}

/** Waiting and running together; more are turned away at once. */
const MAX_PENDING = 16;

/** Guard, limits, engine: from a request to the bytes of its answer. */
export class QueryRunner {
  private readonly guard: Guard;
  private pending = 0;

  constructor(private readonly lake: Lake) {
    this.guard = new Guard(lake);
  }

  async run(request: QueryRequest): Promise<QueryAnswer | Refusal> {
    if (this.pending >= MAX_PENDING) {
      const message = `Too many simultaneous queries of analysts, at most ${MAX_PENDING}`;
      return { ok: false, code: 202, type: 'TOO_MANY_SIMULTANEOUS_QUERIES', status: 503, message };
    }
    this.pending += 1;
    try {
      return await this.runGuarded(request);
    } catch (error) {
      if (error instanceof LakeError) return refusalOf(error);
      if (error instanceof NativeFormatError) return badRequest(error.message);
      throw error;
    } finally {
      this.pending -= 1;
    }
  }

  private async runGuarded(request: QueryRequest): Promise<QueryAnswer | Refusal> {
    const allowed = await this.guard.check(request.sql);
    if (!allowed.ok) return allowed;
    const format = allowed.format ?? request.defaultFormat;
    const mediaType = mediaTypeOf(format);
    if (mediaType === undefined) {
      return {
        ok: false,
        code: 73,
        type: 'UNKNOWN_FORMAT',
        status: 400,
        message: `the output format ${format} is not offered`,
      };
    }
    const { max_execution_time: seconds, ...settings } = request.settings;
    const result = await this.lake.rawQuery({
      // An EXPLAIN would take the clauses behind it into the query that it explains.
      sql: allowed.explain ? `SELECT * FROM (${allowed.sql})` : allowed.sql,
      format,
      lane: 'analyst',
      maxExecutionSeconds: Number(seconds),
      settings: {
        ...settings,
        max_threads: Math.max(1, Math.floor(availableParallelism() / 2)),
        // A second line behind the guard; the engine refuses it for EXPLAIN in a subquery.
        ...(allowed.explain ? {} : { readonly: 1 }),
      },
    });
    const body = format === 'Native' ? nativeForRevision(result.body, request.protocolVersion) : result.body;
    return { ok: true, ...result, body, format, mediaType };
  }
}

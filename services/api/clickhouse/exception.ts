import type { LakeError } from '../../shared/stores/lake/lake-error';
import type { Refusal } from './refusal';

/** Codes of what passes by itself or with less load: the client may try again. */
const UNAVAILABLE: ReadonlySet<string> = new Set(['202', '203', '209', '210', 'closed']);

/** Text of an error as ClickHouse's HTTP interface gives it; clients parse it. */
export function exceptionText({ code, type, message }: Pick<Refusal, 'code' | 'type' | 'message'>): string {
  return `Code: ${code}. DB::Exception: ${message.trim().replace(/[.\s]+$/, '')}. (${type})\n`;
}

/** What the engine said about a query that was allowed: the query's fault unless it is about load. */
export function refusalOf(error: LakeError): Refusal {
  const status = UNAVAILABLE.has(error.code) ? 503 : 400;
  const code = /^\d+$/.test(error.code) ? Number(error.code) : 1002;
  return { ok: false, code, type: error.type ?? 'UNKNOWN_EXCEPTION', status, message: error.message };
}

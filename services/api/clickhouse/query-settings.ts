import { badRequest, denied, type Refusal } from './refusal';

export type QuerySettings = Record<string, string | number>;

/** Most an analyst's query may take; a request may ask for less, never for more. */
export const LIMITS = {
  max_execution_time: 30,
  max_result_rows: 1_000_000,
  max_result_bytes: 64_000_000,
  max_memory_usage: 1_000_000_000,
} as const;

/** How results are written and read; none of them names a file, a place or a limit. */
const HARMLESS =
  /^(output_format_(json|csv|tsv|pretty|decimal|write_statistics|markdown|values|xml|arrow|parquet|orc|msgpack)\w*|date_time_output_format|extremes|limit|offset|join_use_nulls|result_overflow_mode|session_timezone|format_csv_delimiter|format_csv_null_representation|format_tsv_null_representation|max_rows_to_read|max_bytes_to_read|max_block_size)$/;

/** Sent by clients on their own; of no meaning here, or fixed by this endpoint. */
const IGNORED =
  /^(wait_end_of_query|send_progress_in_http_headers|buffer_size|http_\w+|cancel_http_readonly_queries_on_client_close|quota_key|user|readonly|log_comment|log_queries|add_http_cors_header|max_threads|output_format_parallel_formatting|network_\w+|use_client_time_zone|priority|connect_timeout|receive_timeout|send_timeout)$/;

/**
 * The settings of a request (every URL parameter that is nothing else) for the statement's SETTINGS clause:
 * harmless ones as asked, limits lowered at most; anything else is refused by name.
 */
export function readSettings(
  parameters: Iterable<[string, string]>,
): { ok: true; settings: QuerySettings } | Refusal {
  const settings: QuerySettings = { ...LIMITS };
  for (const [name, value] of parameters) {
    if (IGNORED.test(name)) continue;
    if (Object.hasOwn(LIMITS, name)) {
      const asked = Number(value);
      if (!/^\d+(\.\d+)?$/.test(value)) return badRequest(`${name} is not a number`);
      // 0 means without limit to ClickHouse.
      const limit = LIMITS[name as keyof typeof LIMITS];
      settings[name] = asked === 0 ? limit : Math.min(limit, asked);
    } else if (HARMLESS.test(name)) {
      settings[name] = value;
    } else {
      return denied(`the parameter or setting ${name}`);
    }
  }
  return { ok: true, settings };
}

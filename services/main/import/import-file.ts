import { ERRORS_MAX } from '../../collector/records/provider-import';
import type { Part } from './line-parts';
import { unwrapReject, type Reject } from './reject-report';

const NEWLINE = Buffer.from('\n');

/** What the collector answers to an upload. */
export interface UploadAnswer {
  importId: string;
  accepted: number;
  rejected: number;
  /** The first ERRORS_MAX rejected lines, counted from 1 within the upload. */
  errors: { line: number; code: string; message: string }[];
}

export interface PartOutcome {
  importId: string;
  accepted: number;
  rejected: number;
  rejects: Reject[];
}

/**
 * Sends one part, and answers every rejected line of it. Where a part has more of them than an answer names, its
 * rest is sent once more in parts so small that all are named: what was accepted before counts once, and the totals
 * are those of the first answer.
 */
export async function importPart(
  { firstLine, lines, tooLong }: Part,
  upload: (body: Buffer) => Promise<UploadAnswer>,
): Promise<PartOutcome> {
  const records = lines.map(unwrapReject);
  const send = (from: number, to: number): Promise<UploadAnswer> =>
    upload(Buffer.concat(records.slice(from, to).flatMap((record) => [record, NEWLINE])));
  const rejectsOf = (answer: UploadAnswer, from: number): Reject[] =>
    answer.errors.map(({ line, code, message }) => {
      const index = from + line - 1;
      return { line: firstLine + index, code, message, record: records[index] };
    });

  const first = await send(0, records.length);
  const { importId, accepted, rejected } = first;
  const rejects = rejectsOf(first, 0);
  const lastNamed = first.errors.at(-1)?.line ?? 0;
  for (let from = lastNamed; rejects.length < rejected && from < records.length; from += ERRORS_MAX)
    rejects.push(...rejectsOf(await send(from, from + ERRORS_MAX), from));

  const long = tooLong.map((line): Reject => ({
    line,
    code: 'line_too_long',
    message: 'the line is longer than a record may be',
  }));
  return {
    importId,
    accepted,
    rejected: rejected + long.length,
    rejects: [...rejects, ...long].sort((a, b) => a.line - b.line),
  };
}

import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RejectReason } from '../../shared/domain/reasons';
import { sendProblem } from '../../shared/runtime/http-server';
import type { AppendRecord } from '../../shared/stores/log/log';
import { readBody } from '../body';
import type { CollectorContext } from '../context';
import { authorize } from '../edge/authorize';
import { encodeRecord } from '../log-appender';
import { isObject } from '../parsed';
import { sendNotKept, sendNotReady } from '../problems';
import { parseEvent } from './parse-event';
import { publisherOf } from './publisher';

const BODY_BYTES_MAX = 1_048_576;
export const EVENTS_MAX = 1_000;

/**
 * `POST /v1/events`: key → body → events, each accepted or rejected by name → one append → 202. What is
 * accepted is durable; when the log takes nothing, nothing was accepted.
 */
export async function handleEvents(
  context: CollectorContext,
  req: IncomingMessage,
  res: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  if (context.edge() === undefined) return sendNotReady(res);
  const role = await authorize(context, req, res);
  const edge = context.edge();
  if (role === undefined || edge === undefined) return;
  const publisher = publisherOf(res, role, query.get('publisher'), edge);
  if (publisher === undefined) return;
  const body = await readBody(req, res, BODY_BYTES_MAX);
  if (body === undefined) return;
  const events = readEvents(res, body);
  if (events === undefined) return;

  const rules = {
    publisher,
    nowMs: context.now(),
    retentionMs: context.retentionMs,
    consent: context.consent,
  };
  const records: AppendRecord[] = [];
  const rejections: { index: number; code: RejectReason; message: string }[] = [];
  events.forEach((event, index) => {
    const read = parseEvent(event, rules);
    if (read.ok) records.push(encodeRecord(read.value.identities[0] ?? '', read.value));
    else rejections.push({ index, code: read.code, message: read.message });
  });

  if (records.length > 0 && (await context.appender.many('events', records)) === 'append_failed') {
    context.metrics.count('events', 'append_failed', records.length);
    return sendNotKept(res, 'the log did not take the events, none was accepted');
  }
  context.metrics.count('events', 'accepted', records.length);
  for (const { code } of rejections) context.metrics.count('events', code);
  const answer = JSON.stringify({ accepted: records.length, rejected: rejections });
  res.writeHead(202, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
  res.end(answer);
}

/** The list of events, or undefined after a problem was sent. */
function readEvents(res: ServerResponse, body: Buffer): unknown[] | undefined {
  const document = readJson(body);
  if (!document.ok) {
    sendProblem(res, 400, { title: 'Bad Request', code: document.code, detail: document.message });
    return undefined;
  }
  const events = isObject(document.value) ? document.value.events : undefined;
  if (!Array.isArray(events)) return refuse(res, 'missing_field', 'events must be a list');
  if (events.length > EVENTS_MAX) return refuse(res, 'too_many', `events may be ${EVENTS_MAX} at once`);
  return events as unknown[];
}

function readJson(
  body: Buffer,
): { ok: true; value: unknown } | { ok: false; code: RejectReason; message: string } {
  if (!isUtf8(body)) return { ok: false, code: 'invalid_utf8', message: 'the body is not UTF-8' };
  try {
    return { ok: true, value: JSON.parse(body.toString('utf8')) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { ok: false, code: 'invalid_json', message: `the body is not JSON: ${error.message}` };
  }
}

function refuse(res: ServerResponse, code: RejectReason, message: string): undefined {
  sendProblem(res, 422, {
    title: 'Unprocessable Content',
    code,
    detail: message,
    errors: [{ path: 'events', code, message }],
  });
  return undefined;
}

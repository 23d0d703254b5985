import type { IncomingMessage } from 'node:http';
import { isAscii, isUtf8 } from 'node:buffer';
import { gunzipSync } from 'node:zlib';

/** Of a body, as sent and inflated. */
export const BODY_BYTES_MAX = 1_048_576;

export type BodyProblem = { status: 400 | 413 | 415; code: string; detail: string };
export type BodyResult = { ok: true; text: string } | { ok: false; problem: BodyProblem };

const TOO_LARGE: BodyProblem = {
  status: 413,
  code: 'too_large',
  detail: `a body may have ${BODY_BYTES_MAX} bytes, inflated too`,
};

/**
 * Collects the body and calls back once, with its bytes or what is wrong with them; never when the client went
 * away before. A callback, not a promise: a request of one packet is answered in the tick in which it came.
 */
export function receiveBody(
  req: IncomingMessage,
  onBody: (result: { ok: true; bytes: Buffer } | { ok: false; problem: BodyProblem }) => void,
): void {
  if (Number(rawHeader(req, 'content-length') ?? 0) > BODY_BYTES_MAX) {
    discard(req);
    return onBody({ ok: false, problem: TOO_LARGE });
  }
  let first: Buffer | undefined;
  let more: Buffer[] | undefined;
  let bytes = 0;
  let isDone = false;
  req.on('data', (chunk: Buffer) => {
    if (isDone) return;
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) {
      isDone = true;
      more = undefined;
      return onBody({ ok: false, problem: TOO_LARGE });
    }
    if (first === undefined) first = chunk;
    else (more ??= [first]).push(chunk);
  });
  req.on('end', () => {
    if (isDone) return;
    isDone = true;
    onBody({ ok: true, bytes: more === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(more, bytes) });
  });
  // A client that goes away in the middle is nobody's fault, but without a listener it would be an exception.
  req.on('error', () => {
    isDone = true;
  });
}

/** One header, without the object of all of them that `req.headers` makes at its first use. */
export function rawHeader(req: IncomingMessage, name: string): string | undefined {
  const { rawHeaders } = req;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const key = rawHeaders[i]!;
    if (key.length === name.length && (key === name || key.toLowerCase() === name)) return rawHeaders[i + 1];
  }
  return undefined;
}

function discard(req: IncomingMessage): void {
  req.on('error', () => req.destroy());
  req.resume();
}

/** The text of a body, `encoding` being its Content-Encoding. */
export function decodeBody(body: Buffer, encoding: string | undefined): BodyResult {
  if (encoding === undefined) return textOf(body);
  switch (encoding.trim().toLowerCase()) {
    case '':
    case 'identity':
      return textOf(body);
    case 'gzip':
    case 'x-gzip':
      return inflate(body);
    default:
      return refused(415, 'unsupported_encoding', 'Content-Encoding may be gzip or absent');
  }
}

/** In this very tick: one body inflates to at most 1 MiB, some milliseconds at worst, microseconds as a rule. */
function inflate(body: Buffer): BodyResult {
  let inflated: Buffer;
  try {
    inflated = gunzipSync(body, { maxOutputLength: BODY_BYTES_MAX });
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    if (code === 'ERR_BUFFER_TOO_LARGE') return { ok: false, problem: TOO_LARGE };
    if (typeof code === 'string' && code.startsWith('Z_')) {
      return refused(400, 'invalid_gzip', 'the body is not gzip, or ends too early');
    }
    throw error;
  }
  return textOf(inflated);
}

function textOf(body: Buffer): BodyResult {
  // Nearly every request; bytes that are characters already need no decoding.
  if (isAscii(body)) return { ok: true, text: body.toString('latin1') };
  // Replacement characters would end up in ids and be echoed as if they had been sent.
  if (!isUtf8(body)) return refused(400, 'invalid_utf8', 'the body is not UTF-8');
  return { ok: true, text: body.toString() };
}

function refused(status: 400 | 415, code: string, detail: string): BodyResult {
  return { ok: false, problem: { status, code, detail } };
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { sendProblem } from '../shared/runtime/http-server';

/** The body as it arrives, inflated where it was gzipped. */
export interface BodyStream {
  chunks: AsyncIterable<Buffer>;
  /** Lets go of the body, read to its end or not, so that an answer can still be sent. */
  release(): void;
}

export type BodyFault = 'aborted' | 'truncated_gzip' | 'invalid_gzip';

/** Opens the body for streaming; undefined after a 415 was sent for an encoding that is not known. */
export function openBody(req: IncomingMessage, res: ServerResponse): BodyStream | undefined {
  const encoding = (req.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '')
    return { chunks: chunksOf(req), release: () => req.resume() };
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    res.setHeader('accept-encoding', 'gzip, identity');
    sendProblem(res, 415, {
      title: 'Unsupported Media Type',
      code: 'unsupported_encoding',
      detail: 'Content-Encoding may be gzip or absent',
    });
    return undefined;
  }
  const gunzip = createGunzip();
  // What is no gzip may fail before anybody reads, and an error that nobody listens to ends the process. Whoever
  // reads then is told all the same.
  gunzip.once('error', () => req.unpipe(gunzip));
  // pipe() leaves the other end open for ever when the client goes away.
  const onClose = (): void => {
    if (!req.complete) gunzip.destroy(new ClientGoneError());
  };
  req.once('close', onClose);
  req.pipe(gunzip);
  return {
    chunks: chunksOf(gunzip),
    release: () => {
      req.off('close', onClose);
      req.unpipe(gunzip);
      gunzip.destroy();
      req.resume();
    },
  };
}

/** Leaving the loop early must not destroy the request: its connection still has to carry the answer. */
function chunksOf(stream: Readable): AsyncIterable<Buffer> {
  return stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
}

/** Names an error thrown while a body was read; undefined when it is none of the body's. */
export function bodyFault(error: unknown): BodyFault | undefined {
  if (error instanceof ClientGoneError) return 'aborted';
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') return 'aborted';
  if (code === 'Z_BUF_ERROR') return 'truncated_gzip';
  return typeof code === 'string' && code.startsWith('Z_') ? 'invalid_gzip' : undefined;
}

class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
}

/** The whole body, at most `bytesMax` of it (after inflating); undefined after a problem was sent or the client left. */
export async function readBody(
  req: IncomingMessage,
  res: ServerResponse,
  bytesMax: number,
): Promise<Buffer | undefined> {
  if (Number(req.headers['content-length'] ?? 0) > bytesMax) {
    req.resume();
    sendTooLarge(res, bytesMax);
    return undefined;
  }
  const body = openBody(req, res);
  if (body === undefined) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body.chunks) {
      bytes += chunk.length;
      if (bytes > bytesMax) {
        sendTooLarge(res, bytesMax);
        return undefined;
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    const fault = bodyFault(error);
    if (fault === undefined) throw error;
    if (fault !== 'aborted') {
      sendProblem(res, 400, { title: 'Bad Request', code: fault, detail: faultDetail(fault) });
    }
    return undefined;
  } finally {
    body.release();
  }
}

export function faultDetail(fault: BodyFault): string {
  return {
    aborted: 'the connection ended before the body did',
    truncated_gzip: 'the gzip stream ends too early',
    invalid_gzip: 'the body is not gzip',
  }[fault];
}

function sendTooLarge(res: ServerResponse, bytesMax: number): void {
  sendProblem(res, 413, {
    title: 'Content Too Large',
    code: 'too_large',
    detail: `a body may have ${bytesMax} bytes`,
  });
}

import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  type BrotliDecompress,
  type Gunzip,
  type Inflate,
} from 'node:zlib';
import { badRequest, type Refusal } from './refusal';

/** Of the text, unpacked: the statement may be no longer anyway. */
const MAX_BYTES = 1_000_000;

/**
 * The body as text; a refusal for another encoding or more bytes than a query has. The request is left open: a
 * destroyed one would take the answer's connection with it.
 */
export async function readBody(request: IncomingMessage): Promise<string | Refusal> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  const decoder = encoding === 'identity' ? undefined : decoderOf(encoding);
  if (encoding !== 'identity' && decoder === undefined) {
    return badRequest(`Content-Encoding ${encoding} is not supported: gzip, deflate or br`);
  }
  if (decoder !== undefined) request.once('error', (error) => decoder.destroy(error));
  const source: Readable = decoder === undefined ? request : request.pipe(decoder);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) return { ...badRequest(`a query of more than ${MAX_BYTES} bytes`), status: 413 };
      chunks.push(chunk);
    }
  } catch (error) {
    return badRequest(`the body cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function decoderOf(encoding: string): Gunzip | Inflate | BrotliDecompress | undefined {
  if (encoding === 'gzip') return createGunzip();
  if (encoding === 'deflate') return createInflate();
  return encoding === 'br' ? createBrotliDecompress() : undefined;
}

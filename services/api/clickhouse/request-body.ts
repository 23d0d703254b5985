import type { IncomingMessage } from 'node:http';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { badRequest, type Refusal } from './refusal';

/** Of the text, unpacked: the statement may be no longer anyway. */
const MAX_BYTES = 1_000_000;

/** The body as text; a refusal for another encoding or more bytes than a query has. */
export async function readBody(request: IncomingMessage): Promise<string | Refusal> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  const decoder = decoderOf(encoding);
  if (decoder === undefined)
    return badRequest(`Content-Encoding ${encoding} is not supported: gzip, deflate or br`);
  const chunks: Buffer[] = [];
  let bytes = 0;
  const collect = async (source: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw new TooLarge();
      chunks.push(chunk);
    }
  };
  try {
    if (decoder === 'identity') await collect(request);
    else await pipeline(request, decoder, collect);
  } catch (error) {
    if (error instanceof TooLarge)
      return { ...badRequest(`a query of more than ${MAX_BYTES} bytes`), status: 413 };
    return badRequest(`the body cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

class TooLarge extends Error {}

function decoderOf(encoding: string) {
  if (encoding === 'identity') return 'identity';
  if (encoding === 'gzip') return createGunzip();
  if (encoding === 'deflate') return createInflate();
  return encoding === 'br' ? createBrotliDecompress() : undefined;
}

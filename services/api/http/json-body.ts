import { isUtf8 } from 'node:buffer';
import { json, type RequestHandler } from 'express';
import { ApiProblem } from './api-problem';
import { malformed } from './validate';

const BODY_BYTES_MAX = 1024 * 1024;

/**
 * Reads a JSON body of at most 1 MiB, unpacked; whatever content type it claims, as the API speaks nothing else.
 * What is larger is refused without being kept.
 */
export function jsonBody(): RequestHandler {
  return json({
    limit: BODY_BYTES_MAX,
    strict: false,
    type: () => true,
    verify: (_req, _res, body) => {
      if (!isUtf8(body)) throw new Error('the body is not UTF-8');
    },
  });
}

/** What Express and its body parser throw, as one of our problems; undefined: not theirs, a fault of ours. */
export function toProblem(error: unknown): ApiProblem | undefined {
  if (error instanceof ApiProblem) return error;
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  const type = 'type' in error ? error.type : undefined;
  switch (type) {
    case 'entity.parse.failed':
      return malformed(`the body is not JSON: ${error.message}`);
    case 'entity.verify.failed':
      return malformed(error.message);
    case 'entity.too.large':
      return new ApiProblem({
        status: 413,
        code: 'too_large',
        detail: `a body has at most ${BODY_BYTES_MAX} bytes`,
      });
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new ApiProblem({ status: 415, code: 'unsupported_encoding', detail: error.message });
    default:
      if (error.status >= 400 && error.status < 500) {
        return new ApiProblem({ status: 400, code: 'bad_request', detail: error.message });
      }
      return undefined;
  }
}

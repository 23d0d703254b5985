import type { IncomingHttpHeaders } from 'node:http';
import { ApiProblem } from './api-problem';

/** The validator of a version, RFC 9110 section 8.8.3. It changes with what people change, not with a build's progress. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/**
 * Enforces `If-Match` (RFC 9110 section 13.1.1): 428 where it is missing and needed, 412 where it names another
 * version. Weak validators never match.
 */
export function checkIfMatch(
  headers: IncomingHttpHeaders,
  version: number,
  options: { required: boolean },
): void {
  const given = headers['if-match'];
  if (given === undefined) {
    if (!options.required) return;
    throw new ApiProblem({
      status: 428,
      code: 'precondition_required',
      detail: 'If-Match is required, with the ETag of the version that is to be replaced',
    });
  }
  const wanted = given.split(',').map((tag) => tag.trim());
  if (wanted.includes('*') || wanted.includes(etagOf(version))) return;
  throw new ApiProblem({
    status: 412,
    code: 'stale',
    detail: `it has been changed since: its ETag is now ${etagOf(version)}`,
    headers: { etag: etagOf(version) },
  });
}

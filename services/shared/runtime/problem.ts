import type { ServerResponse } from 'node:http';

/** One fault of a request, with the place it is at (`rule.all[1].within`, a header's or a parameter's name). */
export interface ProblemError {
  path: string;
  code: string;
  message: string;
}

export interface Problem {
  title: string;
  detail: string;
  /** Closed name of the problem; makes the `type` `urn:muster:problem:<code>`. @default none, `about:blank` */
  code?: string;
  errors?: ProblemError[];
}

/** The body of an error answer, RFC 9457 section 3.1 (`type`, `title`, `status`, `detail`) with `code` and `errors`. */
export function problemBody(
  status: number,
  { title, detail, code, errors = [] }: Problem,
): Record<string, unknown> {
  return {
    type: code === undefined ? 'about:blank' : `urn:muster:problem:${code}`,
    title,
    status,
    detail,
    ...(code === undefined ? {} : { code }),
    errors,
  };
}

/** Answers with `application/problem+json` and ends the response. */
export function sendProblem(res: ServerResponse, status: number, problem: Problem): void {
  const body = Buffer.from(JSON.stringify(problemBody(status, problem)));
  res.writeHead(status, {
    'content-type': 'application/problem+json',
    'content-length': body.length,
    'cache-control': 'no-store',
  });
  res.end(body);
}

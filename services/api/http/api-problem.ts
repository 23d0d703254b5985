import type { ProblemError } from '../../shared/runtime/problem';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  428: 'Precondition Required',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
};

/** An answer that is an error, thrown where it is found out; becomes `application/problem+json`. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: ProblemError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(options: {
    status: number;
    code: string;
    detail: string;
    errors?: ProblemError[];
    headers?: Readonly<Record<string, string>>;
  }) {
    super(options.detail);
    this.name = 'ApiProblem';
    this.status = options.status;
    this.code = options.code;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
  }

  get title(): string {
    return TITLES[this.status] ?? 'Error';
  }
}

export function notFound(what: string): ApiProblem {
  return new ApiProblem({ status: 404, code: 'not_found', detail: `there is no ${what}` });
}

export function conflict(code: string, detail: string, errors: ProblemError[] = []): ApiProblem {
  return new ApiProblem({ status: 409, code, detail, errors });
}

/** What was asked for is well formed and still cannot be: 422, with every fault and its place. */
export function invalid(errors: ProblemError[]): ApiProblem {
  const [first] = errors;
  const detail =
    errors.length === 1 && first !== undefined
      ? `${first.path === '' ? '' : `${first.path}: `}${first.message}`
      : `${errors.length} fields are not as they should be`;
  return new ApiProblem({ status: 422, code: 'invalid_request', detail, errors });
}

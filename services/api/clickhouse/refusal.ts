/** Why a query is not run, as a value: a code of ClickHouse's, the HTTP status, and what was refused by name. */
export interface Refusal {
  ok: false;
  code: number;
  /** ClickHouse's name of the code. */
  type: string;
  status: number;
  message: string;
}

/** 497: the statement, source, function or setting is not for analysts. */
export function denied(what: string, instead = ''): Refusal {
  const message = `${what} is not allowed here${instead === '' ? '' : `: ${instead}`}`;
  return { ok: false, code: 497, type: 'ACCESS_DENIED', status: 403, message };
}

/** 62: the text is not one readable statement. */
export function unreadable(message: string): Refusal {
  return { ok: false, code: 62, type: 'SYNTAX_ERROR', status: 400, message };
}

/** 36: something about the request itself. */
export function badRequest(message: string): Refusal {
  return { ok: false, code: 36, type: 'BAD_ARGUMENTS', status: 400, message };
}

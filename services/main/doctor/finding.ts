/** `warning`: it runs, but not for long or not well. Only `wrong` makes the exit status 1. */
export type Level = 'ok' | 'warning' | 'wrong';

export interface Finding {
  level: Level;
  /** What was looked at: a variable of the environment, or a word. */
  what: string;
  detail: string;
  /** What to do about it; with every finding that is not `ok`. */
  remedy?: string;
}

export function ok(what: string, detail: string): Finding {
  return { level: 'ok', what, detail };
}

export function wrong(what: string, detail: string, remedy: string): Finding {
  return { level: 'wrong', what, detail, remedy };
}

export function warning(what: string, detail: string, remedy: string): Finding {
  return { level: 'warning', what, detail, remedy };
}

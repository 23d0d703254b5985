import type { RejectReason } from '../shared/domain/reasons';

export interface Rejection {
  ok: false;
  code: RejectReason;
  /** Names the field. */
  message: string;
}

/** What reading a line or an event comes to. */
export type Parsed<T> = { ok: true; value: T } | Rejection;

export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function rejected(code: RejectReason, message: string): Rejection {
  return { ok: false, code, message };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

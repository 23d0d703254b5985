import type { ServerResponse } from 'node:http';
import type { Role } from '../../shared/domain/snapshot';
import { sendProblem } from '../../shared/runtime/http-server';
import type { EdgeIndex } from '../edge/edge-index';

/**
 * Whose events these are: a publisher's key speaks for its publisher, admin for the one it names or for none.
 * Undefined after a problem was sent.
 */
export function publisherOf(
  res: ServerResponse,
  role: Role,
  asked: string | null,
  edge: EdgeIndex,
): string | null | undefined {
  if (role.kind === 'publisher') {
    if (asked === null || asked === role.id) return role.id;
    sendProblem(res, 404, {
      title: 'Not Found',
      code: 'unknown_publisher',
      detail: 'there is no such publisher',
    });
    return undefined;
  }
  if (role.kind !== 'admin') {
    sendProblem(res, 403, {
      title: 'Forbidden',
      code: 'forbidden',
      detail: 'events are sent with the key of a publisher or of admin',
    });
    return undefined;
  }
  if (!asked) return null;
  if (edge.publishers.has(asked)) return asked;
  sendProblem(res, 422, {
    title: 'Unprocessable Content',
    code: 'unknown_publisher',
    detail: 'there is no such publisher',
    errors: [{ path: 'publisher', code: 'unknown_publisher', message: 'there is no such publisher' }],
  });
  return undefined;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Role } from '../../shared/domain/snapshot';
import { sendProblem } from '../../shared/runtime/http-server';
import type { EdgeIndex } from './edge-index';
import { sha256Hex } from '../../shared/domain/sha256';

/**
 * The role behind `Authorization: Bearer <key>` (RFC 6750 section 2.1), or undefined after a 401 was sent. The
 * key itself is nowhere stored: its hash is looked up.
 */
export function authorize(req: IncomingMessage, res: ServerResponse, edge: EdgeIndex): Role | undefined {
  const key = /^Bearer +(\S+) *$/i.exec(req.headers.authorization ?? '')?.[1];
  const role = key === undefined ? undefined : edge.roles.get(sha256Hex(key));
  if (role !== undefined) return role;
  res.setHeader('www-authenticate', 'Bearer');
  sendProblem(res, 401, {
    title: 'Unauthorized',
    code: 'unauthorized',
    detail: key === undefined ? 'this needs a header "Authorization: Bearer <key>"' : 'the key is not known',
  });
  return undefined;
}

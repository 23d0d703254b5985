import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Role } from '../../shared/domain/snapshot';
import { sendProblem } from '../../shared/runtime/http-server';
import type { CollectorContext } from '../context';
import { sha256Hex } from '../../shared/domain/sha256';

/**
 * The role behind `Authorization: Bearer <key>` (RFC 6750 section 2.1), or undefined after a 401 was sent. The
 * key itself is nowhere stored: its hash is looked up. A key may be used as soon as the API has given it out, so an
 * unknown one is looked for in the newest catalog too.
 */
export async function authorize(
  context: Pick<CollectorContext, 'edge' | 'refreshedEdge'>,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<Role | undefined> {
  const key = /^Bearer +(\S+) *$/i.exec(req.headers.authorization ?? '')?.[1];
  if (key !== undefined) {
    const hash = sha256Hex(key);
    const role = context.edge()?.roles.get(hash) ?? (await context.refreshedEdge())?.roles.get(hash);
    if (role !== undefined) return role;
  }
  res.setHeader('www-authenticate', 'Bearer');
  sendProblem(res, 401, {
    title: 'Unauthorized',
    code: 'unauthorized',
    detail: key === undefined ? 'this needs a header "Authorization: Bearer <key>"' : 'the key is not known',
  });
  return undefined;
}

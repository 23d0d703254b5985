import type { ServerResponse } from 'node:http';
import type { PartnerSnapshot } from '../../shared/domain/snapshot';
import { sendProblem } from '../../shared/runtime/http-server';
import type { CollectorContext } from '../context';
import { sendNotReady } from '../problems';

/** The partner that a call names, or undefined after a problem was sent. */
export function partnerOf(
  context: CollectorContext,
  res: ServerResponse,
  query: URLSearchParams,
): PartnerSnapshot | undefined {
  const edge = context.edge();
  if (edge === undefined) {
    sendNotReady(res);
    return undefined;
  }
  const id = query.get('partner') ?? '';
  const partner = edge.partners.get(id);
  if (partner !== undefined) return partner;
  const message = id === '' ? 'partner is missing' : 'there is no such partner';
  sendProblem(res, 404, {
    title: 'Not Found',
    code: 'unknown_partner',
    detail: message,
    errors: [{ path: 'partner', code: 'unknown_partner', message }],
  });
  return undefined;
}

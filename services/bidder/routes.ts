import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendProblem } from '../shared/runtime/http-server';
import type { BidHandler } from './bid-handler';
import type { NoticeHandler } from './notices/notice-handler';
import type { NoticeKind } from './notices/notice-token';
import { BID_OPERATION, EXPLAIN_OPERATION, NOTICE_OPERATIONS } from './openapi/operations';

const NOTICES = new Map<string, NoticeKind>(
  Object.entries(NOTICE_OPERATIONS).map(([kind, { path }]) => [path, kind as NoticeKind]),
);
const BID = BID_OPERATION.path.replace('{exchange}', '');
const EXPLAIN = EXPLAIN_OPERATION.path.replace('{exchange}', '');

export interface Handlers {
  bids: BidHandler;
  notices: NoticeHandler;
}

/** The paths of the bidder's port; health is the server's own. */
export function createRoutes({
  bids,
  notices,
}: Handlers): (req: IncomingMessage, res: ServerResponse) => Promise<void> | void {
  return (req, res) => {
    const url = req.url ?? '';
    const mark = url.indexOf('?');
    const path = mark === -1 ? url : url.slice(0, mark);
    const query = mark === -1 ? '' : url.slice(mark + 1);
    if (path.startsWith(BID)) return bids.bid(path.slice(BID.length), query, req, res);
    const notice = NOTICES.get(path);
    if (notice !== undefined) return notices.handle(notice, query, req, res);
    if (path.startsWith(EXPLAIN)) return bids.explain(path.slice(EXPLAIN.length), req, res);
    req.resume();
    sendProblem(res, 404, { title: 'Not Found', detail: 'there is nothing at this path' });
  };
}

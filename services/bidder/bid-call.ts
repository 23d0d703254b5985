import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BidOutcome, PreparedBid } from './bid-pipeline';
import type { CompiledExchange } from './snapshot/exchange';

/** A bid request on its way through the stages; each adds what it found out. */
export interface BidCall {
  req: IncomingMessage;
  res: ServerResponse;
  exchange: CompiledExchange;
  /** `performance.now()` when the request came, before anything of it was read. */
  startedAt: number;
  /** An admin asked for the reasons. */
  isDebug: boolean;
  /** As sent, perhaps still gzipped. */
  bytes: Buffer;
  body: unknown;
  prepared: PreparedBid | undefined;
  outcome: BidOutcome | undefined;
  /** Body of the answer; absent: 204. */
  json: string | undefined;
  /** No further stage has anything to do with it. */
  isAnswered: boolean;
}

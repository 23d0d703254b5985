import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendProblem } from '../shared/runtime/http-server';
import { asciiJson } from './ascii-json';
import type { BidAnswer } from './answer/bid-answer';
import { refuse, sendInvalid, sendJson } from './answer/send';
import { BidBatch } from './bid-batch';
import type { BidCall } from './bid-call';
import type { BidPipeline } from './bid-pipeline';
import type { Engine } from './engine';
import { debugExt, explain, noBidJson } from './explain/explain';
import type { BidderMetrics } from './metrics';
import type { Access } from './receive/access';
import { decodeBody, rawHeader, receiveBody } from './receive/body';
import type { RateLimit } from './receive/rate-limit';
import { bidRecordJson, sampledRequestJson } from './record/bid-record';
import type { RecordBuffer } from './record/record-buffer';
import type { CompiledExchange } from './snapshot/exchange';

export interface BidHandlerOptions {
  engine: () => Engine;
  pipeline: BidPipeline;
  answer: BidAnswer;
  access: Access;
  rateLimit: RateLimit;
  records: RecordBuffer;
  metrics: BidderMetrics;
  sampleRate: number;
  now: () => number;
  /** Answers what no stage expected. */
  onError: (req: IncomingMessage, res: ServerResponse, error: unknown) => void;
}

/** `POST /openrtb2/{exchange}` and `POST /explain/{exchange}`. */
export class BidHandler {
  readonly #options: BidHandlerOptions;
  readonly #bids: BidBatch;
  readonly #explanations: BidBatch;

  constructor(options: BidHandlerOptions) {
    this.#options = options;
    const first = [this.#read.bind(this), this.#parse.bind(this), this.#prepare.bind(this)];
    const onError = (call: BidCall, error: unknown): void => {
      options.metrics.request(call.exchange.id, 'technical');
      options.onError(call.req, call.res, error);
    };
    this.#bids = new BidBatch({
      first,
      second: [
        this.#decide.bind(this),
        this.#compose.bind(this),
        this.#send.bind(this),
        this.#record.bind(this),
      ],
      onError,
    });
    this.#explanations = new BidBatch({ first, second: [this.#explain.bind(this)], onError });
  }

  bid(exchangeId: string, query: string, req: IncomingMessage, res: ServerResponse): void {
    // Before anything is read: the time of parsing is ours too.
    const startedAt = performance.now();
    const { engine, access, rateLimit, metrics, now } = this.#options;
    const exchange = this.#exchange(exchangeId, req, res);
    if (exchange === undefined) return;
    const { bidding } = engine();
    const isDebug = query !== '' && new URLSearchParams(query).get('debug') === '1';
    const problem =
      access.toExchange(req, exchange, bidding) ?? (isDebug ? access.toInside(req, bidding) : undefined);
    if (problem !== undefined) return refuse(req, res, problem);
    if (exchange.maxQps !== undefined && !rateLimit.take(exchange.id, exchange.maxQps, now())) {
      metrics.request(exchange.id, 'over_max_qps');
      req.resume();
      return sendJson(res, undefined);
    }
    this.#receive(newCall(req, res, exchange, startedAt, isDebug), this.#bids);
  }

  explain(exchangeId: string, req: IncomingMessage, res: ServerResponse): void {
    const problem = this.#options.access.toInside(req, this.#options.engine().bidding);
    if (problem !== undefined) return refuse(req, res, problem);
    const exchange = this.#exchange(exchangeId, req, res);
    if (exchange !== undefined) {
      this.#receive(newCall(req, res, exchange, performance.now(), false), this.#explanations);
    }
  }

  #exchange(id: string, req: IncomingMessage, res: ServerResponse): CompiledExchange | undefined {
    if (req.method !== 'POST') {
      req.resume();
      res.setHeader('allow', 'POST');
      sendProblem(res, 405, { title: 'Method Not Allowed', detail: 'bid requests are sent with POST' });
      return undefined;
    }
    const exchange = this.#options.engine().bidding.exchanges.get(id);
    if (exchange === undefined) {
      req.resume();
      const detail = 'there is no such exchange';
      sendProblem(res, 404, { title: 'Not Found', code: 'unknown_exchange', detail });
    }
    return exchange;
  }

  #receive(call: BidCall, batch: BidBatch): void {
    receiveBody(call.req, (received) => {
      if (received.ok) {
        call.bytes = received.bytes;
        batch.add(call);
      } else {
        this.#options.metrics.request(call.exchange.id, 'invalid_request');
        refuse(call.req, call.res, received.problem);
      }
    });
  }

  #read(call: BidCall): void {
    const decoded = decodeBody(call.bytes, rawHeader(call.req, 'content-encoding'));
    if (decoded.ok) {
      call.body = decoded.text;
      return;
    }
    this.#finish(call, 'invalid_request');
    refuse(call.req, call.res, decoded.problem);
  }

  #parse(call: BidCall): void {
    try {
      call.body = JSON.parse(call.body as string);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.#finish(call, 'invalid_request');
      sendInvalid(call.res, [{ path: '', code: 'invalid_json', message: error.message }]);
    }
  }

  #prepare(call: BidCall): Promise<void> | void {
    const prepared = this.#options.pipeline.prepare(call.body, call.exchange);
    if (prepared instanceof Promise) return prepared.then((found) => void (call.prepared = found));
    call.prepared = prepared;
  }

  #decide(call: BidCall): void {
    const outcome = this.#options.pipeline.decide(call.prepared!, call.startedAt);
    call.outcome = outcome;
    if (outcome.kind !== 'invalid') return;
    this.#finish(call, 'invalid_request');
    sendInvalid(call.res, outcome.errors);
  }

  #compose(call: BidCall): void {
    const { outcome, isDebug, startedAt } = call;
    if (outcome?.kind === 'bid') {
      const ext = isDebug ? debugExt(outcome.context, undefined, performance.now() - startedAt) : undefined;
      call.json = this.#options.answer.response(outcome, ext);
    } else if (outcome?.kind === 'no_bid' && isDebug) {
      call.json = noBidJson(outcome.context, outcome.reason, performance.now() - startedAt);
    }
  }

  #send(call: BidCall): void {
    sendJson(call.res, call.json);
    this.#options.metrics.answered((performance.now() - call.startedAt) / 1000);
  }

  /** Behind the answer: nobody waits for it. */
  #record({ outcome, exchange }: BidCall): void {
    const { metrics, records, sampleRate } = this.#options;
    if (outcome?.kind === 'bid') {
      metrics.request(exchange.id, 'bid');
      for (const bid of outcome.bids) records.add(bidRecordJson(bid, outcome.context));
    } else if (outcome?.kind === 'no_bid') {
      metrics.request(exchange.id, outcome.reason);
      const record = sampledRequestJson(outcome.context, outcome.reason, sampleRate);
      if (record !== undefined) records.add(record);
    }
  }

  #explain(call: BidCall): void {
    const prepared = call.prepared!;
    if (prepared.kind === 'invalid') sendInvalid(call.res, prepared.errors);
    else sendJson(call.res, asciiJson(explain(prepared.context)));
  }

  /** The call goes no further; whoever calls this answers it. */
  #finish(call: BidCall, outcome: 'invalid_request'): void {
    call.isAnswered = true;
    this.#options.metrics.request(call.exchange.id, outcome);
    this.#options.metrics.answered((performance.now() - call.startedAt) / 1000);
  }
}

const NO_BYTES = Buffer.alloc(0);

function newCall(
  req: IncomingMessage,
  res: ServerResponse,
  exchange: CompiledExchange,
  startedAt: number,
  isDebug: boolean,
): BidCall {
  return {
    req,
    res,
    exchange,
    startedAt,
    isDebug,
    bytes: NO_BYTES,
    body: undefined,
    prepared: undefined,
    outcome: undefined,
    json: undefined,
    isAnswered: false,
  };
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendProblem } from '../shared/runtime/http-server';
import type { ProblemError } from '../shared/runtime/problem';
import type { BidAnswer } from './answer/bid-answer';
import type { BidOutcome, BidPipeline } from './bid-pipeline';
import type { Engine } from './engine';
import { debugExt, explain, noBidJson } from './explain/explain';
import type { BidderMetrics } from './metrics';
import type { Access } from './receive/access';
import { decodeBody, rawHeader, receiveBody, type BodyProblem } from './receive/body';
import type { RateLimit } from './receive/rate-limit';
import { sampledRequestJson } from './record/bid-record';
import type { RecordBuffer } from './record/record-buffer';
import type { CompiledExchange } from './snapshot/exchange';

const TITLES = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
};

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
  /** For what a promise rejects with, behind the server's own guard. */
  onError: (req: IncomingMessage, res: ServerResponse, error: unknown) => void;
}

interface Call {
  req: IncomingMessage;
  res: ServerResponse;
  exchange: CompiledExchange;
  startedAt: number;
  isDebug: boolean;
}

/** `POST /openrtb2/{exchange}` and `POST /explain/{exchange}`. */
export class BidHandler {
  readonly #options: BidHandlerOptions;

  constructor(options: BidHandlerOptions) {
    this.#options = options;
  }

  bid(exchangeId: string, query: string, req: IncomingMessage, res: ServerResponse): void {
    // Before anything is read: the time of parsing is ours too.
    const startedAt = performance.now();
    const { engine, access, rateLimit, metrics, now } = this.#options;
    const { bidding } = engine();
    const exchange = this.#exchange(exchangeId, req, res);
    if (exchange === undefined) return;
    const isDebug = query !== '' && new URLSearchParams(query).get('debug') === '1';
    const problem =
      access.toExchange(req, exchange, bidding) ?? (isDebug ? access.toInside(req, bidding) : undefined);
    if (problem !== undefined) return refuse(req, res, problem);
    if (exchange.maxQps !== undefined && !rateLimit.take(exchange.id, exchange.maxQps, now())) {
      metrics.request(exchange.id, 'over_max_qps');
      req.resume();
      res.writeHead(204);
      res.end();
      return;
    }
    const call = { req, res, exchange, startedAt, isDebug };
    this.#receive(call, (body) => {
      const outcome = this.#options.pipeline.run(body, exchange, startedAt);
      return outcome instanceof Promise
        ? outcome.then((settled) => this.#answer(call, settled))
        : this.#answer(call, outcome);
    });
  }

  explain(exchangeId: string, req: IncomingMessage, res: ServerResponse): void {
    const problem = this.#options.access.toInside(req, this.#options.engine().bidding);
    if (problem !== undefined) return refuse(req, res, problem);
    const exchange = this.#exchange(exchangeId, req, res);
    if (exchange === undefined) return;
    const call = { req, res, exchange, startedAt: performance.now(), isDebug: false };
    this.#receive(call, async (body) => {
      const prepared = await this.#options.pipeline.prepare(body, exchange);
      if (prepared.kind === 'invalid') return sendInvalid(res, prepared.errors);
      sendJson(res, JSON.stringify(explain(prepared.context)));
    });
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
      sendProblem(res, 404, {
        title: 'Not Found',
        code: 'unknown_exchange',
        detail: 'there is no such exchange',
      });
    }
    return exchange;
  }

  /** Parses the body and passes it on; what goes wrong on the way is answered. */
  #receive(call: Call, onBody: (body: unknown) => Promise<void> | void): void {
    const { req, res, exchange } = call;
    receiveBody(req, (received) => {
      // An exception in an event's listener would end the process.
      try {
        const result = received.ok
          ? decodeBody(received.bytes, rawHeader(req, 'content-encoding'))
          : received;
        if (!result.ok) {
          this.#options.metrics.request(exchange.id, 'invalid_request');
          return refuse(req, res, result.problem);
        }
        let body: unknown;
        try {
          body = JSON.parse(result.text);
        } catch (error) {
          if (!(error instanceof SyntaxError)) throw error;
          this.#options.metrics.request(exchange.id, 'invalid_request');
          return sendInvalid(res, [{ path: '', code: 'invalid_json', message: error.message }]);
        }
        const pending = onBody(body);
        if (pending instanceof Promise) pending.catch((error: unknown) => this.#fail(call, error));
      } catch (error) {
        this.#fail(call, error);
      }
    });
  }

  #fail({ req, res, exchange }: Call, error: unknown): void {
    this.#options.metrics.request(exchange.id, 'technical');
    this.#options.onError(req, res, error);
  }

  #answer({ res, exchange, startedAt, isDebug }: Call, outcome: BidOutcome): void {
    const { metrics, answer, records, sampleRate } = this.#options;
    switch (outcome.kind) {
      case 'invalid':
        metrics.request(exchange.id, 'invalid_request');
        sendInvalid(res, outcome.errors);
        break;
      case 'no_bid': {
        const { context, reason } = outcome;
        metrics.request(exchange.id, reason);
        const record = sampledRequestJson(context, reason, sampleRate);
        if (record !== undefined) records.add(context.request.id, record);
        if (isDebug) sendJson(res, noBidJson(context, reason, performance.now() - startedAt));
        else {
          res.writeHead(204);
          res.end();
        }
        break;
      }
      case 'bid': {
        const { context, currency, bids, responseId } = outcome;
        metrics.request(exchange.id, 'bid');
        const ext = isDebug ? debugExt(context, undefined, performance.now() - startedAt) : undefined;
        const requestId = context.request.id;
        sendJson(res, answer.response({ requestId, responseId, currency, seat: exchange.seat, bids, ext }));
        break;
      }
    }
    metrics.answered((performance.now() - startedAt) / 1000);
  }
}

function sendJson(res: ServerResponse, json: string): void {
  // As bytes: a text put together from many pieces is slow to write, and its length is needed anyway.
  const body = Buffer.from(json);
  res.writeHead(200, ['content-type', 'application/json', 'content-length', String(body.length)]);
  res.end(body);
}

function sendInvalid(res: ServerResponse, errors: ProblemError[]): void {
  const first = errors[0];
  const detail =
    first === undefined ? 'the request is invalid' : `${first.path || 'the body'} ${first.message}`;
  sendProblem(res, 400, { title: 'Bad Request', code: 'invalid_request', detail, errors });
}

function refuse(
  req: IncomingMessage,
  res: ServerResponse,
  problem: BodyProblem | { status: 401 | 403; code: string; detail: string },
): void {
  const { status, code, detail } = problem;
  req.resume();
  if (status === 401) res.setHeader('www-authenticate', 'Bearer');
  // The rest of an endless body is not waited for.
  if (status === 413) res.setHeader('connection', 'close');
  const errors = status === 400 ? [{ path: '', code, message: detail }] : [];
  sendProblem(res, status, { title: TITLES[status], code, detail, errors });
}

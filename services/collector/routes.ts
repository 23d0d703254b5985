import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendProblem } from '../shared/runtime/http-server';
import { sendGif } from './browser/answers';
import type { CollectorContext } from './context';
import { handleEvents } from './events/events';
import { COLLECTOR_OPERATIONS } from './openapi/operations';
import { handlePixel } from './pixel/pixel';
import { handleChoice } from './privacy/choice';
import { handlePrivacyPage } from './privacy/privacy-page';
import { handleRecords } from './records/records';
import { handleSync } from './sync/sync';
import { handleSyncFrame } from './sync/sync-frame';
import { handleSyncStart } from './sync/sync-start';
import { createTagHandler } from './tag/serve-tag';

type Handler = (
  req: IncomingMessage,
  res: ServerResponse,
  query: URLSearchParams,
  /** Of the path, where it has one. */
  id: string,
) => void | Promise<void>;

interface Route {
  endpoint: keyof typeof COLLECTOR_OPERATIONS;
  method: string;
  handle: Handler;
}

/** How long an answered request may still send its body before its connection is cut. */
const LEFTOVER_MS = 5_000;

/** Finds the endpoint of a request, counts its answer. Paths and methods are those of the documentation. */
export function createRouter(
  context: CollectorContext,
  tagSource: string,
): (req: IncomingMessage, res: ServerResponse) => void | Promise<void> {
  const tag = createTagHandler({
    source: tagSource,
    publicUrl: context.publicUrl,
    tcfVendorId: context.consent.vendorId,
  });
  const handlers: Readonly<Record<Route['endpoint'], Handler>> = {
    pixel: (req, res, query) => handlePixel(context, req, res, query),
    sync: (req, res, query) => handleSync(context, req, res, query),
    sync_start: (req, res, query) => handleSyncStart(context, req, res, query),
    sync_frame: (req, res, query) => handleSyncFrame(context, req, res, query),
    tag: (req, res) => tag(req, res),
    privacy: (req, res) => handlePrivacyPage(req, res),
    optout: (req, res) => handleChoice(context, req, res, 'optout'),
    optin: (req, res) => handleChoice(context, req, res, 'optin'),
    events: (req, res, query) => handleEvents(context, req, res, query),
    records: (req, res, _, id) => handleRecords(context, req, res, id),
  };
  const routes = new Map<string, Route>();
  const patterns: { pattern: RegExp; route: Route }[] = [];
  for (const endpoint of Object.keys(COLLECTOR_OPERATIONS) as Route['endpoint'][]) {
    const { path, method } = COLLECTOR_OPERATIONS[endpoint];
    const route: Route = { endpoint, method: method.toUpperCase(), handle: handlers[endpoint] };
    if (path.includes('{id}')) {
      patterns.push({ pattern: new RegExp(`^${path.replace('{id}', '([^/]+)')}$`), route });
    } else {
      routes.set(path, route);
    }
  }

  return (req, res) => {
    const url = req.url ?? '/';
    const mark = url.indexOf('?');
    const path = mark === -1 ? url : url.slice(0, mark);
    let route = routes.get(path);
    let id = '';
    if (route === undefined) {
      for (const { pattern, route: found } of patterns) {
        const match = pattern.exec(path)?.[1];
        if (match !== undefined) [route, id] = [found, match];
      }
    }
    res.once('finish', () => {
      context.metrics.answered(route?.endpoint ?? 'other', res.statusCode);
      cutLeftover(req);
    });
    if (route === undefined) {
      return sendProblem(res, 404, {
        title: 'Not Found',
        code: 'not_found',
        detail: 'there is nothing here',
      });
    }
    if (req.method !== route.method) return refuseMethod(req, res, route);
    const query = new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1));
    return route.handle(req, res, query, id);
  };
}

/** A page gets its picture even by a method that means nothing here; nothing is recorded for it. */
function refuseMethod(req: IncomingMessage, res: ServerResponse, route: Route): void {
  if (route.endpoint === 'pixel') return sendGif(res);
  res.setHeader('allow', route.method);
  sendProblem(res, 405, {
    title: 'Method Not Allowed',
    code: 'method_not_allowed',
    detail: `this answers ${route.method}, not ${req.method}`,
  });
}

/** Who was refused early (401, 413) may still be sending; reading on lets the answer arrive, but not for ever. */
function cutLeftover(req: IncomingMessage): void {
  if (req.complete) return;
  req.resume();
  const timer = setTimeout(() => req.socket.destroy(), LEFTOVER_MS);
  timer.unref();
  req.once('close', () => clearTimeout(timer));
  req.once('end', () => clearTimeout(timer));
}

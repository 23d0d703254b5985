import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendProblem } from '../shared/runtime/http-server';
import { sendGif } from './browser/answers';
import type { CollectorContext } from './context';
import { handleEvents } from './events/events';
import type { Endpoint } from './metrics';
import { handlePixel } from './pixel/pixel';
import { handleChoice } from './privacy/choice';
import { handlePrivacyPage } from './privacy/privacy-page';
import { handleRecords } from './records/records';
import { handleSync } from './sync/sync';
import { handleSyncFrame } from './sync/sync-frame';
import { handleSyncStart } from './sync/sync-start';
import { createTagHandler } from './tag/serve-tag';

type Handler = (req: IncomingMessage, res: ServerResponse, query: URLSearchParams) => void | Promise<void>;

interface Route {
  endpoint: Endpoint;
  method: 'GET' | 'POST';
  handle: Handler;
}

const RECORDS = /^\/v1\/providers\/([^/]+)\/records$/;
/** How long an answered request may still send its body before its connection is cut. */
const LEFTOVER_MS = 5_000;

/** Finds the endpoint of a request, counts its answer. */
export function createRouter(
  context: CollectorContext,
  tagSource: string,
): (req: IncomingMessage, res: ServerResponse) => void | Promise<void> {
  const tag = createTagHandler({
    source: tagSource,
    publicUrl: context.publicUrl,
    tcfVendorId: context.consent.vendorId,
  });
  const routes = new Map<string, Route>([
    [
      '/pixel.gif',
      {
        endpoint: 'pixel',
        method: 'GET',
        handle: (req, res, query) => handlePixel(context, req, res, query),
      },
    ],
    [
      '/sync',
      { endpoint: 'sync', method: 'GET', handle: (req, res, query) => handleSync(context, req, res, query) },
    ],
    [
      '/sync/start',
      {
        endpoint: 'sync_start',
        method: 'GET',
        handle: (req, res, query) => handleSyncStart(context, req, res, query),
      },
    ],
    [
      '/sync/frame',
      {
        endpoint: 'sync_frame',
        method: 'GET',
        handle: (req, res, query) => handleSyncFrame(context, req, res, query),
      },
    ],
    ['/tag.js', { endpoint: 'tag', method: 'GET', handle: tag }],
    ['/privacy', { endpoint: 'privacy', method: 'GET', handle: handlePrivacyPage }],
    [
      '/optout',
      { endpoint: 'optout', method: 'POST', handle: (req, res) => handleChoice(context, req, res, 'optout') },
    ],
    [
      '/optin',
      { endpoint: 'optin', method: 'POST', handle: (req, res) => handleChoice(context, req, res, 'optin') },
    ],
    [
      '/v1/events',
      {
        endpoint: 'events',
        method: 'POST',
        handle: (req, res, query) => handleEvents(context, req, res, query),
      },
    ],
  ]);
  const find = (path: string): Route | undefined => {
    const route = routes.get(path);
    if (route !== undefined) return route;
    const provider = RECORDS.exec(path)?.[1];
    if (provider === undefined) return undefined;
    return {
      endpoint: 'records',
      method: 'POST',
      handle: (req, res) => handleRecords(context, req, res, provider),
    };
  };

  return (req, res) => {
    const url = req.url ?? '/';
    const mark = url.indexOf('?');
    const path = mark === -1 ? url : url.slice(0, mark);
    const route = find(path);
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
    return route.handle(req, res, new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1)));
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

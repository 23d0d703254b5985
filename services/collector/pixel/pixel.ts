import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendGif } from '../browser/answers';
import { readBrowserCall, type BrowserCall } from '../browser/browser-call';
import type { CollectorContext } from '../context';
import type { RecordOutcome } from '../metrics';
import { parsePixel } from './parse-pixel';
import { pixelRecord } from './pixel-record';

/**
 * `GET /pixel.gif`: parse → consent → identity → record → append → GIF. The GIF comes whatever happens: a page
 * must not show a broken image because of us. What it acknowledges is durable, so it waits for the log.
 */
export async function handlePixel(
  context: CollectorContext,
  req: IncomingMessage,
  res: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  const call = readBrowserCall(context, req, query);
  const outcome = await keep(context, req, call);
  context.metrics.count('pixel', outcome);
  sendGif(res, call.setCookie);
}

async function keep(
  context: CollectorContext,
  req: IncomingMessage,
  call: BrowserCall,
): Promise<RecordOutcome> {
  const { metrics, appender } = context;
  // Unknown publishers are refused, which needs the catalog; a pixel before it was seen is lost by name.
  const publisher = call.query.get('pub') || null;
  if (publisher !== null && context.edge()?.publishers.has(publisher) !== true) return 'unknown_publisher';
  const fields = parsePixel(call.query, req.headers.referer, (field) => metrics.fieldIgnored(field));
  const made = pixelRecord(call, fields, publisher, context.now());
  if (!made.ok) return made.outcome;
  const outcome = await appender.one('events', made.identity, made.record);
  return outcome === 'durable' ? 'accepted' : outcome === 'overflow' ? 'overflow' : 'append_failed';
}

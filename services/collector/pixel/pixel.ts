import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendGif } from '../browser/answers';
import { readBrowserCall, type BrowserCall } from '../browser/browser-call';
import type { CollectorContext } from '../context';
import type { RecordOutcome } from '../metrics';
import { parsePixel } from './parse-pixel';
import { pixelRecord, type PixelRecord } from './pixel-record';

/**
 * `GET /pixel.gif`: parse → consent → identity → record → append → GIF. The GIF comes whatever happens: a page
 * must not show a broken image because of us. What it acknowledges is durable, so it waits for the log.
 */
export function handlePixel(
  context: CollectorContext,
  req: IncomingMessage,
  res: ServerResponse,
  query: URLSearchParams,
): void {
  const call = readBrowserCall(context, req, query);
  const finish = (outcome: RecordOutcome): void => {
    context.metrics.count('pixel', outcome);
    sendGif(res, call.setCookie);
  };
  const made = recordOf(context, req, call);
  if (made.ok) context.appender.one('events', made.identity, made.record, finish);
  else finish(made.outcome);
}

function recordOf(context: CollectorContext, req: IncomingMessage, call: BrowserCall): PixelRecord {
  // Unknown publishers are refused, which needs the catalog; a pixel before it was seen is lost by name.
  const publisher = call.query.get('pub') || null;
  if (publisher !== null && context.edge()?.publishers.has(publisher) !== true) {
    return { ok: false, outcome: 'unknown_publisher' };
  }
  const fields = parsePixel(call.query, req.headers.referer, context.metrics.fieldIgnored);
  return pixelRecord(call, fields, publisher, context.now());
}

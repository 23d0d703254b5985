import type { ServerResponse } from 'node:http';
import { sendProblem } from '../shared/runtime/http-server';

/** 503 before the compiled catalog was seen. */
export function sendNotReady(res: ServerResponse): void {
  res.setHeader('retry-after', '1');
  sendProblem(res, 503, {
    title: 'Service Unavailable',
    code: 'not_ready',
    detail: 'the catalog has not been seen yet',
  });
}

/** 503 when the log did not take what was sent: nothing of it was kept. */
export function sendNotKept(res: ServerResponse, detail: string): void {
  res.setHeader('retry-after', '1');
  sendProblem(res, 503, { title: 'Service Unavailable', code: 'not_durable', detail });
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { AggregatorRegistry, type Registry } from 'prom-client';
import { sendProblem, startHttpServer, type HttpServer } from '../shared/runtime/http-server';
import type { Logger } from '../shared/runtime/logger';
import type { ManagedProcess } from './processes/managed-process';

const ANSWER_MS = 2_000;

export interface OpsServerOptions {
  port: number;
  processes: readonly ManagedProcess[];
  /** The supervisor's own. */
  registry: Registry;
  missing: () => Promise<string[]>;
  logger: Logger;
}

/** `/metrics` of all processes added up, `/healthz`, `/readyz`. Loopback only: it asks for no key. */
export function startOpsServer({
  port,
  processes,
  registry,
  missing,
  logger,
}: OpsServerOptions): Promise<HttpServer> {
  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    if (req.url?.split('?', 1)[0] !== '/metrics')
      return sendProblem(res, 404, { title: 'Not Found', detail: 'here are /metrics, /healthz and /readyz' });
    const own = await registry.getMetricsAsJSON();
    const theirs = await Promise.all(processes.map((process) => metricsOf(process, logger)));
    const aggregated = AggregatorRegistry.aggregate([own, ...theirs]);
    const body = await aggregated.metrics();
    res.writeHead(200, { 'content-type': aggregated.contentType, 'cache-control': 'no-store' });
    res.end(body);
  };
  return startHttpServer({ host: '127.0.0.1', port, name: 'ops', logger, handle, missing });
}

/** A process that is down or busy must not cost the others their metrics; `muster_process_up` tells of it. */
async function metricsOf(process: ManagedProcess, logger: Logger): Promise<object[]> {
  try {
    return (await process.ask('metrics', ANSWER_MS)) as object[];
  } catch (error) {
    logger.debug({ err: error, child: process.name }, 'no metrics');
    return [];
  }
}

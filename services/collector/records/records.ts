import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Role } from '../../shared/domain/snapshot';
import { sendProblem } from '../../shared/runtime/http-server';
import { problemBody } from '../../shared/runtime/problem';
import { bodyFault, faultDetail, openBody, type BodyStream } from '../body';
import type { CollectorContext } from '../context';
import { authorize } from '../edge/authorize';
import type { EdgeIndex, EdgeProvider } from '../edge/edge-index';
import { sendNotReady } from '../problems';
import { ImportReport } from './import-report';
import { NotDurableError, ProviderImport } from './provider-import';

/**
 * `POST /v1/providers/{id}/records`: NDJSON, streamed line by line into the log. What was made durable before a
 * fault stays accepted, and the answer says how much that was.
 */
export async function handleRecords(
  context: CollectorContext,
  req: IncomingMessage,
  res: ServerResponse,
  providerId: string,
): Promise<void> {
  if (context.edge() === undefined) return sendNotReady(res);
  const role = await authorize(context, req, res);
  const edge = context.edge();
  if (role === undefined || edge === undefined) return;
  const provider = providerOf(res, role, providerId, edge);
  if (provider === undefined) return;
  const body = openBody(req, res);
  if (body === undefined) return;

  const importId = `imp_${randomBytes(10).toString('hex')}`;
  const upload = new ProviderImport(context, {
    importId,
    provider,
    retentionMs: context.retentionMs,
    consent: { ...context.consent, extraVendorId: provider.tcfVendorId },
  });
  const report = new ImportReport({
    documents: context.documents,
    logger: context.logger,
    now: () => context.now(),
    id: importId,
    provider: provider.id,
    counts: upload.counts,
  });
  await report.start();
  const fault = await stream(body, upload).finally(() => report.stop());
  await report.end(fault?.code);
  const counts = { importId, ...upload.counts };
  if (fault === undefined) return send(res, 202, 'application/json', counts);
  if (res.destroyed) return;
  const { accepted } = upload.counts;
  const { errors, ...numbers } = counts;
  send(res, fault.status, 'application/problem+json', {
    ...problemBody(fault.status, {
      title: fault.title,
      code: fault.code,
      detail: `${fault.detail}; ${accepted} records before that were accepted and stay`,
    }),
    ...numbers,
    lines: errors,
  });
}

interface UploadFault {
  status: number;
  title: string;
  code: string;
  detail: string;
}

async function stream(body: BodyStream, upload: ProviderImport): Promise<UploadFault | undefined> {
  try {
    for await (const chunk of body.chunks) {
      await upload.push(chunk);
      // Pixels must not wait until a file has passed: what is buffered would else be read in one go.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await upload.end();
    return undefined;
  } catch (error) {
    return await faultOf(error, upload);
  } finally {
    body.release();
  }
}

async function faultOf(error: unknown, upload: ProviderImport): Promise<UploadFault> {
  if (error instanceof NotDurableError) {
    return { status: 503, title: 'Service Unavailable', code: 'not_durable', detail: error.message };
  }
  const fault = bodyFault(error);
  if (fault === undefined) throw error;
  try {
    // Lines that came whole are good, whatever broke off behind them.
    await upload.flush();
  } catch (flushError) {
    return await faultOf(flushError, upload);
  }
  return { status: 400, title: 'Bad Request', code: fault, detail: faultDetail(fault) };
}

/** The provider to whom the records belong, or undefined after a problem was sent. */
function providerOf(res: ServerResponse, role: Role, id: string, edge: EdgeIndex): EdgeProvider | undefined {
  if (role.kind !== 'admin' && role.kind !== 'provider') {
    sendProblem(res, 403, {
      title: 'Forbidden',
      code: 'forbidden',
      detail: 'records are sent with the key of a provider or of admin',
    });
    return undefined;
  }
  // Another provider's key learns no more than that of one that does not exist.
  const provider = role.kind === 'admin' || role.id === id ? edge.providers.get(id) : undefined;
  if (provider !== undefined) return provider;
  sendProblem(res, 404, {
    title: 'Not Found',
    code: 'unknown_provider',
    detail: 'there is no such provider',
  });
  return undefined;
}

function send(res: ServerResponse, status: number, type: string, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  res.writeHead(status, { 'content-type': type, 'content-length': body.length, 'cache-control': 'no-store' });
  res.end(body);
}

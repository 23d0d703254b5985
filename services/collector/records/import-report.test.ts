import pino from 'pino';
import { importDocumentName, type ImportDocument } from '../../shared/domain/import';
import { MemoryDocuments } from '../../shared/stores/lookups/testing/memory-documents';
import { ImportReport } from './import-report';

const documents = new MemoryDocuments();
const counts = { accepted: 0, rejected: 0, errors: [] };
let nowMs: number;
let report: ImportReport;

beforeEach(() => {
  documents.lose();
  nowMs = 1_000_000;
  counts.accepted = 0;
  const logger = pino({ level: 'silent' });
  report = new ImportReport({
    ...{ documents, logger, now: () => nowMs, id: 'imp_1', provider: 'acme', counts, everyMs: 5 },
  });
});
afterEach(() => {
  report.stop();
  jest.restoreAllMocks();
});

function told(): ImportDocument {
  return JSON.parse(documents.get(importDocumentName('imp_1'))!.body.toString()) as ImportDocument;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('a running upload is told of again and again, with what it has come to', async () => {
  await report.start();
  expect(told()).toMatchObject({ status: 'running', startedAt: 1_000_000, toldAt: 1_000_000, accepted: 0 });
  nowMs += 5_000;
  counts.accepted = 7;
  await until(() => told().accepted === 7);
  expect(told()).toMatchObject({ status: 'running', startedAt: 1_000_000, toldAt: 1_005_000 });
});

test('the end is told last, also when the clock was set back', async () => {
  await report.start();
  nowMs += 5_000;
  await until(() => told().toldAt === 1_005_000);
  nowMs = 500_000;
  await report.end('truncated_gzip');
  const last = { status: 'failed', problem: 'truncated_gzip', finishedAt: 1_005_000 };
  expect(told()).toMatchObject(last);
  nowMs = 2_000_000;
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(told()).toMatchObject(last);
});

test('an upload goes on where nothing can be told for a while', async () => {
  await report.start();
  const put = jest.spyOn(documents, 'put').mockRejectedValue(new Error('no lookups'));
  await until(() => put.mock.calls.length > 2);
  put.mockRestore();
  await report.end();
  expect(told()).toMatchObject({ status: 'done' });
});

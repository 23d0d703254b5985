import { bucket } from './hash';
import type { RejectReason } from './reasons';

export interface LineError {
  line: number;
  code: RejectReason;
  message: string;
}

export interface ImportCounts {
  /** Durable in the log. */
  accepted: number;
  rejected: number;
  /** The first 1,000. */
  errors: LineError[];
}

/** A running upload is told of so often, ms. */
export const IMPORT_TOLD_EVERY_MS = 5_000;
/** One that was not told of for so long is gone with its collector, ms: clocks of two hosts may differ. */
export const IMPORT_SILENCE_MAX_MS = 60_000;

/** What the collector tells of a provider's upload, kept in LOOKUPS as a document. Times are epoch ms. */
export interface ImportDocument extends ImportCounts {
  id: string;
  provider: string;
  status: 'running' | 'done' | 'failed';
  startedAt: number;
  /** When this was told. */
  toldAt: number;
  finishedAt?: number;
  /** Why it failed. */
  problem?: string;
}

/** So many uploads are remembered, more or less: of two of the same place the one told of last. */
const IMPORT_PLACES = 65_536;

/** Whoever reads it looks whether it is the import that was asked for. */
export function importDocumentName(id: string): string {
  return `import:${bucket(id, IMPORT_PLACES)}`;
}

/** Grows with all that is told; what is told at the end is the last. */
export function importRevision({ toldAt, status }: ImportDocument): number {
  return toldAt * 2 + (status === 'running' ? 0 : 1);
}

/** A running upload of which nothing has been heard failed as `interrupted`: nobody was left to tell. */
export function importAsOf(document: ImportDocument, nowMs: number): ImportDocument {
  const isSilent = nowMs - document.toldAt > IMPORT_SILENCE_MAX_MS;
  if (document.status !== 'running' || !isSilent) return document;
  return { ...document, status: 'failed', problem: 'interrupted' };
}

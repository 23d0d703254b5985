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

/** What the collector tells of a provider's upload, kept in LOOKUPS as a document. Times are epoch ms. */
export interface ImportDocument extends ImportCounts {
  id: string;
  provider: string;
  status: 'running' | 'done' | 'failed';
  startedAt: number;
  finishedAt?: number;
  /** Why it failed. */
  problem?: string;
}

/** So many uploads are remembered, more or less: a newer one takes the place of an older one of the same place. */
const IMPORT_PLACES = 65_536;

/** Whoever reads it looks whether it is the import that was asked for. */
export function importDocumentName(id: string): string {
  return `import:${bucket(id, IMPORT_PLACES)}`;
}

/** Grows from an import to the next in its place, and from its beginning to its end. */
export function importRevision({ startedAt, status }: ImportDocument): number {
  return startedAt * 2 + (status === 'running' ? 0 : 1);
}

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

export function importDocumentName(id: string): string {
  return `import:${id}`;
}

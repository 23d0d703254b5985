import type { DocumentLookups } from '../../shared/stores/lookups/lookups';
import type { ImportCounts } from './provider-import';

/** What `GET /v1/imports/{id}` tells, kept as the document `import:<id>`. Times are epoch ms. */
export interface ImportDocument extends ImportCounts {
  id: string;
  provider: string;
  status: 'running' | 'done' | 'failed';
  startedAt: number;
  finishedAt?: number;
  /** Why it failed. */
  problem?: string;
}

/** Stores the state of an import: revision 1 while it runs, 2 once it has ended. */
export async function putImport(documents: DocumentLookups, document: ImportDocument): Promise<void> {
  const revision = document.status === 'running' ? 1 : 2;
  await documents.put(`import:${document.id}`, revision, Buffer.from(JSON.stringify(document)));
}

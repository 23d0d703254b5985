import { importDocumentName, type ImportDocument } from '../../shared/domain/import';
import type { DocumentLookups } from '../../shared/stores/lookups/lookups';

/** Stores the state of an import: revision 1 while it runs, 2 once it has ended. */
export async function putImport(documents: DocumentLookups, document: ImportDocument): Promise<void> {
  const revision = document.status === 'running' ? 1 : 2;
  await documents.put(importDocumentName(document.id), revision, Buffer.from(JSON.stringify(document)));
}

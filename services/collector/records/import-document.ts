import { importDocumentName, importRevision, type ImportDocument } from '../../shared/domain/import';
import type { DocumentLookups } from '../../shared/stores/lookups/lookups';

/** Stores the state of an import, unless a newer one has taken its place. */
export async function putImport(documents: DocumentLookups, document: ImportDocument): Promise<void> {
  const body = Buffer.from(JSON.stringify(document));
  await documents.put(importDocumentName(document.id), importRevision(document), body);
}

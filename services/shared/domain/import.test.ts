import { importDocumentName, importRevision, type ImportDocument } from './import';

test('an upload has one of 65,536 places, the same for ever', () => {
  expect(importDocumentName('9f0c')).toBe(importDocumentName('9f0c'));
  const places = new Set(Array.from({ length: 2_000 }, (_, i) => importDocumentName(`upload-${i}`)));
  for (const place of places) expect(place).toMatch(/^import:\d{1,5}$/);
  // So many of 2,000 meet by chance only once in a while.
  expect(places.size).toBeGreaterThan(1_900);
});

test('the end of an upload is newer than its beginning, and older than the beginning of the next', () => {
  const upload = (startedAt: number, status: ImportDocument['status']): number =>
    importRevision({ id: 'a', provider: 'acme', status, startedAt, accepted: 0, rejected: 0, errors: [] });
  for (const end of ['done', 'failed'] as const) {
    expect(upload(1_000, end)).toBeGreaterThan(upload(1_000, 'running'));
    expect(upload(1_001, 'running')).toBeGreaterThan(upload(1_000, end));
  }
});

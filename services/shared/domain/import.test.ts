import { importDocumentName, importRevision, type ImportDocument } from './import';

test('an upload has one of 65,536 places, the same for ever', () => {
  expect(importDocumentName('9f0c')).toBe(importDocumentName('9f0c'));
  const places = new Set(Array.from({ length: 2_000 }, (_, i) => importDocumentName(`upload-${i}`)));
  for (const place of places) expect(place).toMatch(/^import:\d{1,5}$/);
  // So many of 2,000 meet by chance only once in a while.
  expect(places.size).toBeGreaterThan(1_900);
});

test('what is told of an upload grows, its end is the newest of its moment', () => {
  const told = (toldAt: number, status: ImportDocument['status']): number =>
    importRevision({
      ...{ id: 'a', provider: 'acme', startedAt: 1_000, accepted: 0, rejected: 0, errors: [] },
      ...{ status, toldAt },
    });
  for (const end of ['done', 'failed'] as const) {
    expect(told(1_000, end)).toBeGreaterThan(told(1_000, 'running'));
    expect(told(1_001, 'running')).toBeGreaterThan(told(1_000, end));
  }
});

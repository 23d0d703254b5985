import { loadTopics, parseTopics } from './topics';

test('the declared topics are valid and complete', () => {
  const topics = loadTopics();
  expect(topics.privacy.partitions).toBe(1);
  expect(Object.keys(topics)).toHaveLength(10);
});

test('every fault is named at once', () => {
  const topics = { ...loadTopics(), events: { partitions: 0, retentionDays: 7 }, extra: {} };
  expect(() => parseTopics({ ...topics, traits: undefined })).toThrow(/traits[^]*extra|extra[^]*traits/);
  expect(() => parseTopics(topics)).toThrow(/events\.partitions/);
  const split = { ...loadTopics(), lookups: { partitions: 2, compacted: true } };
  expect(() => parseTopics(split)).toThrow(/lookups\.partitions/);
});

import { DOCUMENTS } from '../shared/domain/snapshot';
import { EDGE, KEYS, startTestCollector } from './testing/harness';

const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (let i = 0; i < 500; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it did not come true');
};

test('it is ready once it has seen the catalog, and follows it from there', async () => {
  const collector = await startTestCollector({ edge: null });
  expect((await collector.ask('/healthz')).status).toBe(200);
  expect((await collector.ask('/readyz')).status).toBe(503);
  expect((await collector.ask('/sync?partner=dsp')).status).toBe(503);
  expect((await collector.ask('/v1/events', { method: 'POST' })).status).toBe(503);
  expect((await collector.ask('/v1/providers/acme/records', { method: 'POST' })).status).toBe(503);

  const empty = { keys: [], partners: [], publishers: [], providers: [] };
  await collector.documents.put(DOCUMENTS.edge, 1, Buffer.from(JSON.stringify(empty)));
  await until(async () => (await collector.ask('/readyz')).status === 200);
  expect((await collector.ask('/sync?partner=dsp')).status).toBe(404);

  await collector.documents.put(DOCUMENTS.edge, 2, Buffer.from(JSON.stringify(EDGE)));
  await until(async () => (await collector.ask('/sync?partner=dsp')).status === 200);

  // A catalog that cannot be read changes nothing.
  await collector.documents.put(DOCUMENTS.edge, 3, Buffer.from('{"keys":'));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await collector.ask('/sync?partner=dsp')).status).toBe(200);
  await collector.close();
});

test('a key may be used as soon as it is given out', async () => {
  const collector = await startTestCollector({ edge: { ...EDGE, keys: [] } });
  const ask = () =>
    collector.ask('/v1/providers/acme/records', {
      method: 'POST',
      headers: { authorization: `Bearer ${KEYS.admin}` },
    });
  expect((await ask()).status).toBe(401);
  await collector.documents.put(DOCUMENTS.edge, 2, Buffer.from(JSON.stringify(EDGE)));
  expect((await ask()).status).not.toBe(401);
  await collector.close();
});

test('a revoked key is refused within a second', async () => {
  const collector = await startTestCollector();
  const ask = async (): Promise<number> =>
    (
      await collector.ask('/v1/events', {
        method: 'POST',
        headers: { authorization: `Bearer ${KEYS.publisher}` },
        body: '{"events":[]}',
      })
    ).status;
  expect(await ask()).toBe(202);
  await collector.documents.put(DOCUMENTS.edge, 2, Buffer.from(JSON.stringify({ ...EDGE, keys: [] })));
  await until(async () => (await ask()) === 401);
  await collector.close();
});

test('what is nowhere is 404, another method 405', async () => {
  const collector = await startTestCollector();
  expect((await collector.ask('/')).status).toBe(404);
  expect((await collector.ask('/v1/providers/a/b/records', { method: 'POST' })).status).toBe(404);
  const wrong = await collector.ask('/v1/events');
  expect(wrong.status).toBe(405);
  expect(wrong.headers.allow).toBe('POST');
  const text = await collector.registry.metrics();
  expect(text).toContain('muster_collector_requests_total{endpoint="other",status="404"} 2');
  expect(text).toContain('muster_collector_append_queue');
  await collector.close();
});

test('closing lets a pixel that waits for the log have its answer', async () => {
  const collector = await startTestCollector();
  collector.log.hold();
  const answer = collector.ask('/pixel.gif?pub=news');
  await new Promise((resolve) => setTimeout(resolve, 100));
  const closed = collector.close();
  collector.log.release();
  expect((await answer).status).toBe(200);
  await closed;
  expect(collector.log.records('events')).toHaveLength(1);
});

/** A provider's file: gzipped NDJSON, answered line by line; sent twice, counted once. */
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { API, call, COLLECTOR, ensure, until } from './platform.mjs';

await ensure('/v1/providers', { id: 'example-panel', name: 'Example panel' });
await ensure('/v1/providers/example-panel/traits', { code: 'age', name: 'Age', ttl: '90d' });
await ensure('/v1/providers/example-panel/traits', { code: 'age/25-34', name: '25 to 34', parent: 'age' });

const at = new Date().toISOString();
const lines = Array.from({ length: 1_000 }, () => ({ id: `maid:${randomUUID()}`, trait: 'age/25-34', at }));
lines[41] = { ...lines[41], trait: 'age/250' };
const file = gzipSync(lines.map((line) => JSON.stringify(line)).join('\n'));

const send = () =>
  call('POST', `${COLLECTOR}/v1/providers/example-panel/records`, file, { 'content-encoding': 'gzip' });
const first = await send();
console.log(`${first.accepted} accepted, ${first.rejected} rejected`);
for (const { line, code, message } of first.errors) console.log(`line ${line}: ${code}: ${message}`);

await until('the first is in the lake', async () => {
  const { stored } = await call('GET', `${API}/v1/imports/${first.importId}`);
  return stored === first.accepted;
});
const second = await send();
console.log(`sent again: ${second.accepted} accepted`);
const state = await call('GET', `${API}/v1/imports/${first.importId}`);
console.log(`rows of the first import in the lake: ${state.stored}, of people: ${state.people}`);

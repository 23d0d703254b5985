/** An audience: its size before it is saved, its size as it is kept, and a person who enters it. */
import { API, Browser, call, COLLECTOR, ensure, until } from './platform.mjs';

const category = `boots-${Date.now()}`;
const rule = { event: 'product_view', where: { category }, count: { gte: 2 }, within: '7d' };
await ensure('/v1/publishers', { id: 'example-site', name: 'Example site', domains: ['site.example'] });

const browser = new Browser();
const look = () => browser.get(`${COLLECTOR}/pixel.gif?pub=example-site&ev=product_view&cat=${category}`);
await look();

const estimate = await call('POST', `${API}/v1/audiences/estimate`, { rule });
console.log('before it is saved:', estimate.size, 'people');

const { id } = await call('POST', `${API}/v1/audiences`, { name: 'Looked at boots twice', rule });
const read = () => call('GET', `${API}/v1/audiences/${id}`);
await until('it is built', async () => (await read()).status === 'ready');
console.log('built:', (await read()).size, 'people');

const lookedAt = Date.now();
await look();
const grown = await until('somebody entered it', async () => {
  const audience = await read();
  return audience.size === 1 ? audience : undefined;
});
console.log(`a second look, and ${Date.now() - lookedAt} ms later:`, grown.size, 'people');

const identity = `cookie:${browser.cookie}`;
const why = await call('GET', `${API}/v1/profiles/${identity}/audiences/${id}/explain`);
console.log('why:', why.reason, JSON.stringify(why.rule));
await call('DELETE', `${API}/v1/audiences/${id}`);

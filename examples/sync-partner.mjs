/** A cookie sync both ways: the partner's id for the browser comes to us, ours goes to the partner. */
import { API, Browser, COLLECTOR, ensure, KEY, until } from './platform.mjs';

await ensure('/v1/partners', {
  id: 'example-partner',
  name: 'Example partner',
  syncUrl: 'https://sync.partner.example/match?uid=$UID&gdpr=${GDPR}',
  redirectHosts: ['sync.partner.example'],
});

const browser = new Browser();
const uid = `visitor-${Date.now()}`;
const redir = encodeURIComponent('https://sync.partner.example/done?muster=$UID');
const inbound = await until('the collector knows the partner', async () => {
  const response = await browser.get(`${COLLECTOR}/sync?partner=example-partner&uid=${uid}&redir=${redir}`);
  return response.status === 302 ? response : undefined;
});
console.log('the partner called us, and the browser goes on to', inbound.headers.get('location'));

const outbound = await browser.get(`${COLLECTOR}/sync/start?partner=example-partner`);
console.log('we call the partner at', outbound.headers.get('location'));

const person = await until('the person is known', async () => {
  const response = await fetch(`${API}/v1/profiles/partner:example-partner:${uid}`, {
    headers: { authorization: `Bearer ${KEY}` },
  });
  const body = await response.json();
  return response.ok && body.identities.length > 1 ? body : undefined;
});
console.log(
  'the person',
  person.uid,
  'has',
  person.identities.map((text) => text.split(':')[0]).join(' and '),
);

/** Addresses and key of the platform, and calls that fail loudly. */
import { readFileSync } from 'node:fs';

export const API = process.env.MUSTER_API ?? 'http://localhost:8080';
export const COLLECTOR = process.env.MUSTER_COLLECTOR ?? 'http://localhost:8081';
export const BIDDER = process.env.MUSTER_BIDDER ?? 'http://localhost:8082';
export const KEY = process.env.MUSTER_KEY ?? readFileSync('data/admin-token', 'utf8').trim();

/** Answers parsed JSON; throws with what the platform says is wrong. */
export async function call(method, url, body, headers = {}) {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${KEY}`, ...headers },
    body:
      body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** Creates something under its own id, unless it is there already; it is in force at every port within a second. */
export async function ensure(path, body) {
  const read = await fetch(`${API}${path}/${body.id ?? body.code}`, {
    headers: { authorization: `Bearer ${KEY}` },
  });
  await read.body?.cancel();
  if (read.status === 404) {
    await call('POST', `${API}${path}`, body);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  } else if (!read.ok) throw new Error(`GET ${path}: ${read.status}`);
}

/** Asks every 200 ms until there is an answer, for a minute. */
export async function until(what, ask) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`waited a minute: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** A browser: keeps the cookie `muid`, does not follow redirects. */
export class Browser {
  cookie;

  async get(url) {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: this.cookie === undefined ? {} : { cookie: `muid=${this.cookie}` },
    });
    await response.body?.cancel();
    const set = /^muid=([^;]+)/.exec(response.headers.get('set-cookie') ?? '');
    if (set !== null) this.cookie = set[1];
    return response;
  }
}

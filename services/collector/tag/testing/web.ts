/* A web of one's own for the tag: https sites by name, a collector behind https, and a browser that finds them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { connect, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { chromium, type BrowserContext } from 'playwright-core';
import { makeSecurity } from '../../../shared/local-engines/security';
import { findChromium } from '../../../shared/testing/chromium';

export interface Answer {
  body: string;
  headers?: Record<string, string>;
  status?: number;
}

export interface Web {
  browser: BrowserContext;
  /** Sites by `host/path`; what is not there is 404. */
  sites: Map<string, Answer>;
  /** `host/path?query` of everything that sites were asked for. */
  asked: string[];
  close(): Promise<void>;
}

/** Values of Chromium's preference `profile.cookie_controls_mode`. */
const COOKIES_ALL = 0;
const COOKIES_FIRST_PARTY = 1;

export interface WebOptions {
  /** Where `https://collect.example` is; every other host is a site. */
  collectorPort: () => number;
  /** Whether the browser takes cookies of other sites than the page's. */
  thirdPartyCookies: boolean;
}

export async function startWeb({ collectorPort, thirdPartyCookies }: WebOptions): Promise<Web> {
  const dir = mkdtempSync(join(tmpdir(), 'muster-web-'));
  const { key, certificate: cert } = makeSecurity(dir);
  const certificate = { key: readFileSync(key), cert: readFileSync(cert) };
  const sites = new Map<string, Answer>();
  const asked: string[] = [];
  const server = createServer(certificate, (req, res) => {
    const url = new URL(req.url ?? '/', `https://${req.headers.host}`);
    asked.push(`${url.host}${url.pathname}${url.search}`);
    const answer = sites.get(url.host + url.pathname);
    res.writeHead(answer?.status ?? (answer ? 200 : 404), {
      'content-type': url.pathname.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      ...answer?.headers,
    });
    res.end(answer?.body ?? '');
  });
  const edge = createTlsServer(certificate, (socket) => {
    const upstream = connect(collectorPort(), '127.0.0.1');
    socket.pipe(upstream).pipe(socket);
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
  });
  const [sitesPort, edgePort] = [await listen(server), await listen(edge)];
  // Debian's Chromium has its own default, so it is told either way.
  const profile = join(dir, 'profile');
  mkdirSync(join(profile, 'Default'), { recursive: true });
  writeFileSync(
    join(profile, 'Default', 'Preferences'),
    JSON.stringify({
      profile: { cookie_controls_mode: thirdPartyCookies ? COOKIES_ALL : COOKIES_FIRST_PARTY },
    }),
  );
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium(),
    args: [
      // Chromium's sandbox does not start as root, which is what containers of CI run as.
      '--no-sandbox',
      // Of all processes: requests that outlive their page belong to none.
      '--ignore-certificate-errors',
      `--host-resolver-rules=MAP collect.example:443 127.0.0.1:${edgePort}, MAP *:443 127.0.0.1:${sitesPort}`,
    ],
  });
  return {
    browser,
    sites,
    asked,
    close: async () => {
      await browser.close();
      server.closeAllConnections();
      server.close();
      edge.close();
      rmSync(dir, { recursive: true });
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

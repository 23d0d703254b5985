/* A web of one's own for the tag: https sites by name, a collector behind https, and a browser that finds them. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { chromium, type Browser } from 'playwright-core';

export interface Answer {
  body: string;
  headers?: Record<string, string>;
  status?: number;
}

export interface Web {
  browser: Browser;
  /** Sites by `host/path`; what is not there is 404. */
  sites: Map<string, Answer>;
  /** `host/path?query` of everything that sites were asked for. */
  asked: string[];
  close(): Promise<void>;
}

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Debian's Chromium. Throws where there is none: these tests are about a real browser. */
function findChromium(): string {
  const path = CHROMIUM.find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Error('Chromium is missing: infra/install-engines.sh installs it');
  return path;
}

/** `https://collect.example` is the collector at `collectorPort`; every other host is a site. */
export async function startWeb(collectorPort: () => number, flags: string[] = []): Promise<Web> {
  const certificate = makeCertificate();
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
  const [sitesPort, edgePort] = [await listen(server), await listen(edge as Server)];
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: [
      // Chromium's sandbox does not start as root, which is what containers of CI run as.
      '--no-sandbox',
      `--host-resolver-rules=MAP collect.example:443 127.0.0.1:${edgePort}, MAP *:443 127.0.0.1:${sitesPort}`,
      ...flags,
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
    },
  };
}

async function listen(server: Pick<Server, 'listen' | 'address'>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function makeCertificate(): { key: Buffer; cert: Buffer } {
  const dir = mkdtempSync(join(tmpdir(), 'muster-web-'));
  try {
    const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
    execFileSync(
      'openssl',
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=example -keyout ${key} -out ${cert}`.split(
        ' ',
      ),
      { stdio: 'pipe' },
    );
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

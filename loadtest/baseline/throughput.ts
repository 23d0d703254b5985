import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLmdbLookups } from '../../services/shared/stores/lookups/lmdb/open-lmdb-lookups';
import { drive, median, type Driven, type Load } from '../load/closed-loop';
import { bidRequests } from '../fixtures/bid-requests';
import { EXCHANGE } from '../fixtures/catalog';
import { fillLookups } from '../fixtures/fill-lookups';
import { splitCores, startPinned } from '../load/pinned';

const WARM_UP_S = 15;
/** The pixel waits for the disk: enough of them that this wait is not what is measured. */
const CONNECTIONS = { bid: 128, pixel: 1_024 };

export interface Comparison {
  name: string;
  /** Median over the rounds of (subject / ceiling), each of one round. */
  ratio: number;
  rounds: { ceiling: Driven; subject: Driven }[];
}

export interface ThroughputOptions {
  people: number;
  lineItems: number;
  rounds: number;
  seconds: number;
  say: (line: string) => void;
}

/** Bidder and pixel beside bare node:http, in turns, the server on one core and the load on another. */
export async function compareThroughput(
  options: ThroughputOptions,
): Promise<{ comparisons: Comparison[]; bytesPerPerson: number }> {
  const { people, lineItems, say } = options;
  const cores = splitCores(say);
  const dir = await mkdtemp(join(tmpdir(), 'muster-loadtest-'));
  try {
    const bytesPerPerson = await fill(dir, people, lineItems, say);
    cores.pinLoad();
    const core = cores.server;
    const bare = await startPinned('bare', [], core);
    const bidder = await startPinned('bidder', [dir], core);
    const bids: Load['requests'] = bidRequests(2_000, people).map((body) => ({
      method: 'POST',
      path: `/openrtb2/${EXCHANGE}`,
      headers: { 'content-type': 'application/json' },
      body,
    }));
    const bid = await compare('bid', bare.port, bidder.port, bids, options);
    bidder.stop();
    const collector = await startPinned('collector', [dir], core);
    const pixels: Load['requests'] = Array.from({ length: 500 }, (_, n) => ({
      method: 'GET',
      path: `/pixel.gif?pub=daily&ev=product_view&cat=shoes&sku=s${n}&url=${encodeURIComponent(`https://daily.example/p/${n}`)}`,
      headers: { cookie: `muid=${cookieId(n)}` },
    }));
    const pixel = await compare('pixel', bare.port, collector.port, pixels, options);
    collector.stop();
    bare.stop();
    return { comparisons: [bid, pixel], bytesPerPerson };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function compare(
  name: keyof typeof CONNECTIONS,
  ceilingPort: number,
  subjectPort: number,
  requests: Load['requests'],
  { rounds, seconds, say }: ThroughputOptions,
): Promise<Comparison> {
  const load = (port: number, duration: number): Promise<Driven> =>
    drive({ url: `http://127.0.0.1:${port}`, seconds: duration, connections: CONNECTIONS[name], requests });
  // Both as long: a server meets its traffic compiled, not on its first requests.
  await load(ceilingPort, WARM_UP_S);
  await load(subjectPort, WARM_UP_S);
  const measured: Comparison['rounds'] = [];
  for (let round = 1; round <= rounds; round++) {
    const ceiling = await load(ceilingPort, seconds);
    const subject = await load(subjectPort, seconds);
    if (ceiling.errors + subject.errors > 0) throw new Error(`${name}: requests failed in round ${round}`);
    measured.push({ ceiling, subject });
    say(
      `${name} ${round}/${rounds}: ratio ${(subject.requestsPerSecond / ceiling.requestsPerSecond).toFixed(3)} ${JSON.stringify(subject.statuses)}`,
    );
  }
  return {
    name,
    ratio: median(
      measured.map(({ ceiling, subject }) => subject.requestsPerSecond / ceiling.requestsPerSecond),
    ),
    rounds: measured,
  };
}

async function fill(
  dir: string,
  people: number,
  lineItems: number,
  say: (line: string) => void,
): Promise<number> {
  const lookups = await openLmdbLookups({ dir: join(dir, 'lookups') });
  await fillLookups(lookups, { people, lineItems, say });
  const stats = await lookups.stats();
  await lookups.close();
  const bytes = Object.entries(stats)
    .filter(([name]) => /^(identities|memberships).*bytes/i.test(name))
    .reduce((sum, [, value]) => sum + value, 0);
  return bytes / people;
}

/** 22 characters of base64url, not all alike. */
function cookieId(n: number): string {
  return Buffer.from(`muster-cookie-${String(n).padStart(2, '0')}`.padEnd(16, 'x').slice(0, 16)).toString(
    'base64url',
  );
}

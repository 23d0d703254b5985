import { EventLoad } from './event-load';
import { RunningPlatform } from './running-platform';

/** Of these, the share that takes the supervisor, and all with it. */
const ALL_EVERY = 10;

export interface Disturbed {
  /** What the platform goes through: `after kill -9 of …`. */
  title: string;
  /** Goes on until it resolves; events are sent all the while. */
  disturb: (platform: RunningPlatform) => Promise<void>;
  /** Addresses of engines; none: the embedded ones. */
  environment?: () => Record<string, string>;
  timeoutMs: number;
}

/**
 * An accepted event is in the lake exactly once whatever happens meanwhile, numbers are unique, and the audience is what
 * its rule says. The ledger of what was acknowledged is the judge.
 */
export function exactlyOnce({ title, disturb, environment = () => ({}), timeoutMs }: Disturbed): void {
  let platform: RunningPlatform;
  let load: EventLoad;

  beforeAll(async () => {
    platform = await RunningPlatform.start(environment());
    load = await EventLoad.prepare(platform);
  });

  afterAll(async () => {
    await platform.stop();
    await platform.dispose();
  });

  test(
    `an accepted event is in ClickHouse exactly once ${title}`,
    async () => {
      await load.during(() => disturb(platform));
      report(title, await load.verify());
    },
    timeoutMs,
  );
}

/** One line of what was seen. */
export function report(title: string, seen: object): void {
  const figures = Object.entries(seen).map(([name, value]) => `${value} ${name}`);
  process.stdout.write(`${title}: ${figures.join(', ')}\n`);
}

/** kill -9 of processes at random, now and then of all of them. */
export function killingProcesses(kills: number): (platform: RunningPlatform) => Promise<void> {
  return async (platform) => {
    for (let kill = 1; kill <= kills; kill++) {
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 1_200));
      if (kill % ALL_EVERY === 0) {
        await platform.killAll();
        platform.spawn();
        await platform.ready();
        continue;
      }
      const children = platform.children();
      const victim = children[Math.floor(Math.random() * children.length)];
      if (victim !== undefined) process.kill(victim, 'SIGKILL');
    }
  };
}

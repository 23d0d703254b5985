import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../../shared/testing/eventually';
import { EventLoad } from '../testing/event-load';
import { report } from '../testing/exactly-once-guarantee';
import { RunningPlatform } from '../testing/running-platform';
import { pause } from '../../shared/testing/pause';

const run = promisify(execFile);
const DISK_MB = 64;
const TIMES = 2;
const PAUSE_MS = 60;
const TIMEOUT_MS = 300_000;

let dir: string;
let disk: string;
let platform: RunningPlatform;
let load: EventLoad;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'muster-full-disk-'));
  disk = join(dir, 'data', 'log');
  await mkdir(disk, { recursive: true });
  // Whoever installs the engines may do that too.
  await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'muster-test', disk]);
  platform = await RunningPlatform.start({ MUSTER_DATA_DIR: join(dir, 'data') });
  load = await EventLoad.prepare(platform, PAUSE_MS);
}, TIMEOUT_MS);

afterAll(async () => {
  await platform?.stop();
  await platform?.dispose();
  await run('umount', [disk]);
  await rm(dir, { recursive: true, force: true });
}, TIMEOUT_MS);

test(
  'an accepted event is in ClickHouse exactly once although the disk of the log is full; nothing is accepted meanwhile',
  async () => {
    await load.during(async () => {
      for (let time = 0; time < TIMES; time++) {
        const before = load.count;
        await eventually(() => Promise.resolve(expect(load.count).toBeGreaterThan(before + 500)));
        await fill();
        const { refused } = load;
        await eventually(() => Promise.resolve(expect(load.refused).toBeGreaterThan(refused)));
        await pause(2);
        await rm(join(disk, 'ballast'));
        const full = load.count;
        await eventually(() => Promise.resolve(expect(load.count).toBeGreaterThan(full + 500)));
      }
    });
    report('disk full', { refused: load.refused, ...(await load.verify()) });
  },
  TIMEOUT_MS,
);

/** To the last byte. */
async function fill(): Promise<void> {
  const ballast = await open(join(disk, 'ballast'), 'w');
  try {
    for (let bytes = 1 << 20; bytes > 0;) {
      try {
        const { bytesWritten } = await ballast.write(Buffer.alloc(bytes));
        if (bytesWritten < bytes) bytes >>= 1;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        bytes >>= 1;
      }
    }
  } finally {
    await ballast.close();
  }
}

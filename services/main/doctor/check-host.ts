import { readFileSync, statSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import { ok, warning, wrong, type Finding } from './finding';

const NODE_MIN = [20, 19] as const;
const MEMORY_MIN = 1.5 * 2 ** 30;
/** Each connection, segment and part of a table is a file. */
const OPEN_FILES_MIN = 4_096;
/** Times over 5 minutes ahead are refused by the collector; a minute is wrong long before. */
const CLOCK_BACK_MS = 60_000;
const GIB = 2 ** 30;

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  return enough
    ? ok('Node.js', version)
    : wrong('Node.js', version, `install ${NODE_MIN.join('.')} or newer`);
}

/** `limit`: what the container may use, bytes; 0 or undefined without one. */
export function checkMemory(limit = process.constrainedMemory()): Finding {
  const total = totalmem();
  const usable = limit > 0 && limit < total ? limit : total;
  const kind = usable < total ? 'may be used here' : `of ${(total / GIB).toFixed(1)} GiB are free`;
  const detail = `${((usable < total ? usable : freemem()) / GIB).toFixed(1)} GiB ${kind}`;
  if (usable >= MEMORY_MIN) return ok('memory', detail);
  return warning('memory', detail, `give it ${MEMORY_MIN / GIB} GiB or more, or move stores to servers`);
}

/** `limits`: text of /proc/self/limits; undefined where the system has none. */
export function checkOpenFiles(limits = readLimits()): Finding[] {
  const soft = /^Max open files\s+(\S+)/m.exec(limits ?? '')?.[1];
  if (soft === undefined) return [];
  const detail = `${soft} files may be open`;
  if (soft === 'unlimited' || Number(soft) >= OPEN_FILES_MIN) return [ok('open files', detail)];
  return [
    warning('open files', detail, `raise it: ulimit -n ${OPEN_FILES_MIN * 16}, or LimitNOFILE= in systemd`),
  ];
}

function readLimits(): string | undefined {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether the clock has gone back since the platform last ran on this directory: its times would then not grow. */
export function checkClock(dataDir: string, now = Date.now()): Finding {
  const touched = ['supervisor.lock', 'engines.lock', 'log', 'lake', 'catalog', 'lookups'].flatMap((name) => {
    const stat = statSync(join(dataDir, name), { throwIfNoEntry: false });
    return stat === undefined ? [] : [stat.mtimeMs];
  });
  const aheadMs = Math.max(0, ...touched) - now;
  const shown = new Date(now).toISOString();
  if (aheadMs <= CLOCK_BACK_MS) return ok('clock', `${shown}, not before what is kept`);
  return wrong(
    'clock',
    `${shown}, but the data directory was written ${Math.round(aheadMs / 1_000)} s later than that`,
    'set the clock (timedatectl set-ntp true) before the platform starts',
  );
}

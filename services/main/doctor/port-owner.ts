import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTENS = '0A';

/**
 * Who listens on a TCP port of this host, as `process 123 (nginx: master)`; undefined where the system does not tell:
 * elsewhere than on Linux, or when it is another user's process.
 */
export function portOwner(port: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const inodes = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => listeners(readOr(path, ''), port)),
  );
  if (inodes.size === 0) return undefined;
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || !holds(pid, inodes)) continue;
    const command = readOr(`/proc/${pid}/cmdline`, '').split('\0').filter(Boolean).join(' ');
    return `process ${pid}${command === '' ? '' : ` (${command.slice(0, 80)})`}`;
  }
  return undefined;
}

/** Inodes of the sockets that listen on the port, from a table of the kernel's. */
function listeners(table: string, port: number): string[] {
  return table.split('\n').flatMap((row) => {
    const [, local = '', , state, , , , , , inode] = row.trim().split(/\s+/);
    const hex = local.slice(local.lastIndexOf(':') + 1);
    return state === LISTENS && parseInt(hex, 16) === port && inode !== undefined ? [inode] : [];
  });
}

function holds(pid: string, inodes: ReadonlySet<string>): boolean {
  const directory = `/proc/${pid}/fd`;
  return entries(directory).some((descriptor) => {
    const inode = /^socket:\[(\d+)\]$/.exec(linkOr(`${directory}/${descriptor}`, ''))?.[1];
    return inode !== undefined && inodes.has(inode);
  });
}

const entries = (directory: string): string[] => unlessHidden(() => readdirSync(directory), []);
const readOr = (path: string, otherwise: string): string =>
  unlessHidden(() => readFileSync(path, 'utf8'), otherwise);
const linkOr = (path: string, otherwise: string): string => unlessHidden(() => readlinkSync(path), otherwise);

/** Processes end while they are looked at, and those of others are not shown. */
function unlessHidden<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return otherwise;
    throw error;
  }
}

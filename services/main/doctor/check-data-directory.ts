import { existsSync, mkdtempSync, rmdirSync, statfsSync, statSync, type StatsFs } from 'node:fs';
import { dirname, join } from 'node:path';
import { SECRET_FILES } from '../secrets';
import { ok, warning, wrong, type Finding } from './finding';

const FREE_BYTES_MIN = 2 * 2 ** 30;
const FREE_FILES_MIN = 10_000;

/** Everything about the directory that does not depend on who runs. Nothing of it is made: that is for the first start. */
export function checkDataDirectory(dataDir: string): Finding[] {
  const what = 'data directory';
  const remedy = 'make it writable for this user, or set MUSTER_DATA_DIR to another';
  const there = nearestExisting(dataDir);
  try {
    if (!statSync(there).isDirectory()) return [wrong(what, `${there} is not a directory`, remedy)];
    // Asking for permission is not enough: root has it on a read-only disk too.
    rmdirSync(mkdtempSync(join(there, '.muster-doctor-')));
  } catch (error) {
    return [wrong(what, `${there} cannot be written: ${(error as Error).message}`, remedy)];
  }
  const isThere = there === dataDir;
  return [
    ok(what, isThere ? dataDir : `${dataDir}, made at the first start`),
    ...checkDisk(statfsSync(there)),
    ...(isThere ? checkPermissions(dataDir) : []),
  ];
}

/** @param disk of the file system that the directory is on */
export function checkDisk({
  bavail,
  bsize,
  files,
  ffree,
}: Pick<StatsFs, 'bavail' | 'bsize' | 'files' | 'ffree'>): Finding[] {
  const free = bavail * bsize;
  const detail = `${(free / 2 ** 30).toFixed(1)} GiB free`;
  const elsewhere = 'or set MUSTER_DATA_DIR to another disk';
  if (free < FREE_BYTES_MIN)
    return [wrong('disk', detail, `free ${FREE_BYTES_MIN / 2 ** 30} GiB, ${elsewhere}`)];
  // Some file systems do not count files.
  if (files > 0 && ffree < FREE_FILES_MIN)
    return [wrong('disk', `${detail}, but only ${ffree} more files fit`, `remove files, ${elsewhere}`)];
  return [ok('disk', detail)];
}

/** The secrets are for the owner alone, and so is the right to put others in their place. */
function checkPermissions(dataDir: string): Finding[] {
  const loose = [
    ...SECRET_FILES.map((name) => ({ path: join(dataDir, name), forbidden: 0o077, mode: '600' })),
    { path: dataDir, forbidden: 0o022, mode: '700' },
  ].flatMap(({ path, forbidden, mode }) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat !== undefined && (stat.mode & forbidden) !== 0 ? [{ path, stat, mode }] : [];
  });
  if (loose.length === 0) return [ok('permissions', 'secrets are for their owner alone')];
  return loose.map(({ path, stat, mode }) =>
    (stat.isDirectory() ? warning : wrong)(
      'permissions',
      `${path} is open to others (${(stat.mode & 0o777).toString(8)})`,
      `chmod ${mode} ${path}`,
    ),
  );
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

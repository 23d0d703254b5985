import type { Config } from '../../shared/runtime/config';
import { ownMigrations, readStamp, type Migrations, type Schema } from '../schema-stamp';
import { ok, warning, wrong, type Finding } from './finding';

/** Of the embedded engines; those of servers are asked for there. */
export function checkVersions({ dataDir, clickhouseUrl, postgresUrl }: Config): Finding[] {
  const stamp = readStamp(dataDir);
  return [
    ...(clickhouseUrl === undefined ? [checkMigrations('clickhouse', stamp.clickhouse)] : []),
    ...(postgresUrl === undefined ? [checkMigrations('postgres', stamp.postgres)] : []),
  ];
}

/** `applied`: what the store has; undefined when it has nothing yet. */
export function checkMigrations(
  schema: Schema,
  applied: Migrations | undefined,
  own = ownMigrations(schema),
): Finding {
  const what = `schema of ${schema}`;
  if (applied === undefined) return ok(what, 'made at the first start');
  const changed = Object.keys(own).filter(
    (file) => applied[file] !== undefined && applied[file] !== own[file],
  );
  if (changed.length > 0)
    return wrong(
      what,
      `${changed.join(', ')} differs from what was applied`,
      'run the version that made this data, or restore the file: an applied migration never changes',
    );
  const newer = Object.keys(applied).filter((file) => own[file] === undefined);
  if (newer.length > 0)
    return warning(
      what,
      `the data is newer than this version: it has ${newer.join(', ')}`,
      'go back to the newer version unless an upgrade is under way',
    );
  const missing = Object.keys(own).filter((file) => applied[file] === undefined);
  if (missing.length > 0) return ok(what, `the next start applies ${missing.join(', ')}`);
  return ok(what, `as this version has it (${Object.keys(own).at(-1)})`);
}

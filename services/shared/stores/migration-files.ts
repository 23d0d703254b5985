import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '../domain/sha256';

export interface MigrationFile {
  /** `0001_tables.sql`. */
  file: string;
  text: string;
  /** sha256 of the text, hex. */
  checksum: string;
}

/** `NNNN_*.sql` of a folder, in order. */
export function readMigrationFiles(directory: string): MigrationFile[] {
  return readdirSync(directory)
    .filter((file) => /^\d{4}_.*\.sql$/.test(file))
    .sort()
    .map((file) => {
      const text = readFileSync(join(directory, file), 'utf8');
      return { file, text, checksum: sha256Hex(text) };
    });
}

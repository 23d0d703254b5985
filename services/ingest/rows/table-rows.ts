import type { Row } from '../../shared/stores/lake/insert-statements';
import type { Item } from '../item';

/** Rows for one table. `item` is the record that is lost when the lake refuses the row; some rows have none. */
export interface TableRows {
  table: string;
  columns: readonly string[];
  rows: { row: Row; item: Item | undefined }[];
}

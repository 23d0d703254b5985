import { join } from 'node:path';
import type { Catalog } from '../shared/stores/catalog/catalog';
import { openCatalog } from '../shared/stores/catalog/open-catalog';
import type { Lake } from '../shared/stores/lake/lake';
import { openLake } from '../shared/stores/lake/open-lake';

/** The embedded ClickHouse and Postgres; one process per data directory may have them open. */
export async function openLakeAndCatalog({
  dataDir,
}: {
  dataDir: string;
}): Promise<{ lake: Lake; catalog: Catalog }> {
  const [lake, catalog] = await Promise.all([
    openLake({ path: join(dataDir, 'lake') }),
    openCatalog({ path: join(dataDir, 'catalog') }),
  ]);
  return { lake, catalog };
}

import { join } from 'node:path';
import type { Config } from '../shared/runtime/config';
import type { Logger } from '../shared/runtime/logger';
import type { Catalog } from '../shared/stores/catalog/catalog';
import { openCatalog } from '../shared/stores/catalog/open-catalog';
import type { Lake } from '../shared/stores/lake/lake';
import { openLake } from '../shared/stores/lake/open-lake';
import { stampSchema } from './schema-stamp';

/** LAKE and CATALOG: at the addresses that are set, else the embedded engines in this process. */
export async function openLakeAndCatalog(
  {
    dataDir,
    clickhouseUrl,
    clickhouseCluster,
    postgresUrl,
  }: Pick<Config, 'dataDir' | 'clickhouseUrl' | 'clickhouseCluster' | 'postgresUrl'>,
  logger: Logger,
): Promise<{ lake: Lake; catalog: Catalog }> {
  const [lake, catalog] = await Promise.all([
    openLake(
      clickhouseUrl === undefined
        ? { path: join(dataDir, 'lake') }
        : { url: clickhouseUrl, cluster: clickhouseCluster },
    ),
    openCatalog(
      postgresUrl === undefined ? { path: join(dataDir, 'catalog') } : { url: postgresUrl, logger },
    ),
  ]);
  if (clickhouseUrl === undefined) stampSchema(dataDir, 'clickhouse');
  if (postgresUrl === undefined) stampSchema(dataDir, 'postgres');
  return { lake, catalog };
}

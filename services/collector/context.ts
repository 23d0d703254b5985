import type { Logger } from 'pino';
import type { ConsentOptions } from '../shared/domain/consent/decide';
import type { PartnerIdCipher } from '../shared/domain/partner-id';
import type { DocumentLookups } from '../shared/stores/lookups/lookups';
import type { EdgeIndex } from './edge/edge-index';
import type { LogAppender } from './log-appender';
import type { CollectorMetrics } from './metrics';

/** What every endpoint works with. */
export interface CollectorContext {
  /** Undefined until the compiled catalog was seen once. */
  edge(): EdgeIndex | undefined;
  /** The catalog as it is stored now. */
  refreshedEdge(): Promise<EdgeIndex | undefined>;
  appender: LogAppender;
  documents: DocumentLookups;
  cipher: PartnerIdCipher;
  /** Our vendor id and the countries of addresses. */
  consent: ConsentOptions;
  /** Our public address. */
  publicUrl: URL;
  /** Older times are refused. */
  retentionMs: number;
  metrics: CollectorMetrics;
  logger: Logger;
  /** Epoch ms. */
  now(): number;
}

import { lakeJson } from '../../shared/domain/lake-json';
import type { EventRecord } from '../../shared/domain/records';
import type { Row } from '../../shared/stores/lake/insert-statements';

export const EVENT_COLUMNS = [
  'type',
  'iid',
  'at',
  'event_id',
  'received_at',
  'publisher',
  'url',
  'ref',
  'domain',
  'path',
  'category',
  'keywords',
  'sku',
  'value',
  'currency',
  'properties',
  'items',
  'consent',
  'source',
  'partition',
  'offset',
] as const;

export function eventRow(event: EventRecord, iid: number, partition: number, offset: number): Row {
  const { domain, path } = urlParts(event.url);
  return [
    event.event,
    iid,
    event.at,
    event.id ?? '',
    event.receivedAt,
    event.publisher ?? '',
    event.url ?? '',
    event.ref ?? '',
    domain,
    path,
    event.category ?? '',
    event.keywords ?? [],
    event.sku ?? '',
    event.value ?? null,
    event.currency ?? '',
    lakeJson(event.properties ?? {}),
    lakeJson(event.items ?? []),
    event.consent,
    event.source,
    partition,
    offset,
  ];
}

/** Host in lower case without `www.`, and path; both empty for what is no URL with a host. */
export function urlParts(url: string | undefined): { domain: string; path: string } {
  if (url === undefined || !URL.canParse(url)) return { domain: '', path: '' };
  const { hostname, pathname } = new URL(url);
  if (hostname === '') return { domain: '', path: '' };
  return { domain: hostname.toLowerCase().replace(/^www\./, ''), path: pathname };
}

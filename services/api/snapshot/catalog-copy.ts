import type { ApiKey } from '../../shared/stores/catalog/api-keys';
import type { AudienceState } from '../../shared/stores/catalog/audience-states';
import type { CatalogNews } from '../../shared/stores/catalog/catalog';
import type { Definitions } from '../../shared/stores/catalog/definitions';
import type { Stored } from '../../shared/stores/catalog/resources';
import type { StoredFxRates } from '../../shared/stores/catalog/small-stores';

type Kind = keyof Definitions;
export type Resources = { readonly [K in Kind]: ReadonlyMap<string, Stored<Definitions[K]>> };

/** The catalog in memory, kept up to date by what changed, so that compiling it never reads it all again. */
export class CatalogCopy {
  revision = 0;
  keys: readonly ApiKey[] = [];
  fxRates: StoredFxRates | undefined;
  /** Version of each audience. */
  readonly audienceStates = new Map<string, AudienceState>();
  private readonly maps = {
    partner: new Map<string, Stored<Definitions['partner']>>(),
    publisher: new Map<string, Stored<Definitions['publisher']>>(),
    provider: new Map<string, Stored<Definitions['provider']>>(),
    trait: new Map<string, Stored<Definitions['trait']>>(),
    advertiser: new Map<string, Stored<Definitions['advertiser']>>(),
    audience: new Map<string, Stored<Definitions['audience']>>(),
    lineItem: new Map<string, Stored<Definitions['lineItem']>>(),
    creative: new Map<string, Stored<Definitions['creative']>>(),
    exchange: new Map<string, Stored<Definitions['exchange']>>(),
  };

  /** What is there, archived things left out, in the order of creation. */
  get resources(): Resources {
    return this.maps;
  }

  apply(news: CatalogNews): void {
    merge(this.maps.partner, news.resources.partner);
    merge(this.maps.publisher, news.resources.publisher);
    merge(this.maps.provider, news.resources.provider);
    merge(this.maps.trait, news.resources.trait);
    merge(this.maps.advertiser, news.resources.advertiser);
    merge(this.maps.audience, news.resources.audience);
    merge(this.maps.lineItem, news.resources.lineItem);
    merge(this.maps.creative, news.resources.creative);
    merge(this.maps.exchange, news.resources.exchange);
    for (const state of news.audienceStates) this.audienceStates.set(state.id, state);
    this.keys = news.keys ?? this.keys;
    this.fxRates = news.fxRates ?? this.fxRates;
    this.revision = news.revision;
  }
}

/** Things come in the order of creation, and a Map keeps the place of what it has: so does the copy. */
function merge<Definition>(
  map: Map<string, Stored<Definition>>,
  changed: readonly Stored<Definition>[],
): void {
  for (const stored of changed) {
    if (stored.archivedAt === null) map.set(stored.id, stored);
    else map.delete(stored.id);
  }
}

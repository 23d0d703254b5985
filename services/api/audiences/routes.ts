import type { Catalog } from '../../shared/stores/catalog/catalog';
import type { AudienceState } from '../../shared/stores/catalog/audience-states';
import { ownerOf } from '../crud/references';
import { resourceRoutes } from '../crud/resource-routes';
import type { Route } from '../http/route';
import { acceptRule } from './accept-rule';
import { audience, audienceView, type AudienceBody } from './schema';
import { beginVersions } from './versions';

/** People by rule. */
export function audienceRoutes(catalog: Catalog): Route[] {
  return resourceRoutes<'audience', AudienceBody>(catalog, {
    kind: 'audience',
    path: '/v1/audiences',
    noun: 'audience',
    article: 'an',
    tag: 'Audiences',
    idPrefix: 'aud',
    body: audience,
    view: audienceView,
    readOnly: ['version', 'status', 'size', 'materializedAt', 'watermark', 'error'],
    readers: ['advertiser', 'analyst'],
    writers: ['advertiser'],
    tenancy: 'owned-or-house',
    accept: async ({ advertiserId, rule, ...fields }, context) => {
      // Left out of a replacement it stays what it is.
      const { ownerId, refs } = await ownerOf(
        advertiserId ?? context.previous?.ownerId ?? undefined,
        context,
      );
      const accepted = await acceptRule(rule, {
        ...{ caller: context.caller, resources: context.resources, ownerId, self: context.id },
        previousRefs: context.previous?.refs,
      });
      return {
        definition: { ...fields, rule: accepted.rule },
        ownerId,
        refs: [...refs, ...accepted.refs],
      };
    },
    show: ({ ownerId, definition }) => ({
      ...definition,
      ...(ownerId === null ? {} : { advertiserId: ownerId }),
    }),
    extras: async (from, ids) => {
      const states = await from.audienceStates.list(ids);
      return new Map(states.map((state) => [state.id, stateView(state)]));
    },
    written: beginVersions,
  });
}

function stateView(state: AudienceState): Record<string, unknown> {
  return {
    version: state.version,
    status: state.status,
    size: state.size,
    materializedAt: timeOrNull(state.materializedAt),
    watermark: timeOrNull(state.watermark),
    ...(state.error === undefined ? {} : { error: state.error }),
  };
}

function timeOrNull(ms: number): string | null {
  return ms === 0 ? null : new Date(ms).toISOString();
}

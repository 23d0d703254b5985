import type { ProblemError } from '../../shared/runtime/problem';
import type { ResourceReaders } from '../../shared/stores/catalog/catalog';
import type { NewResource } from '../../shared/stores/catalog/resources';
import type { TraitDefinition } from '../../shared/stores/catalog/definitions';
import { refTo } from '../crud/usage';
import { invalid } from '../http/api-problem';
import type { TraitBody } from './schema';

/** Where a trait stands in a body: '' when it is the body, `items[3].` in a list. */
export interface PlacedTrait {
  trait: TraitBody;
  prefix: string;
}

/**
 * Checks what the schema cannot: parents that are there (or come along), no code twice, and that no trait
 * becomes sensitive under a wildcard of an advertiser's rule. Throws ApiProblem 422.
 */
export async function acceptTraits(
  provider: string,
  traits: readonly PlacedTrait[],
  resources: ResourceReaders,
): Promise<NewResource<TraitDefinition>[]> {
  const errors: ProblemError[] = [...repeatedCodes(traits)];
  const coming = new Set(traits.map(({ trait }) => trait.code));
  const parents = traits.flatMap(({ trait }) => (trait.parent === undefined ? [] : [trait.parent]));
  const found = await resources.trait.getMany(parents.map((code) => traitId(provider, code)));
  const known = new Set(found.map((stored) => stored.id));
  for (const { trait, prefix } of traits) {
    errors.push(
      ...parentFaults(trait, prefix, (code) => coming.has(code) || known.has(traitId(provider, code))),
    );
    errors.push(...(await sensitiveFaults(provider, { trait, prefix }, resources)));
  }
  if (errors.length > 0) throw invalid(errors);
  return traits.map(({ trait }) => ({
    id: traitId(provider, trait.code),
    ownerId: provider,
    definition: trait,
    refs: trait.parent === undefined ? [] : [refTo('trait', traitId(provider, trait.parent))],
  }));
}

export function traitId(provider: string, code: string): string {
  return `${provider}/${code}`;
}

function repeatedCodes(traits: readonly PlacedTrait[]): ProblemError[] {
  const seen = new Set<string>();
  return traits.flatMap(({ trait, prefix }) => {
    if (seen.has(trait.code)) {
      return [{ path: `${prefix}code`, code: 'repeated', message: `${trait.code} is given twice` }];
    }
    seen.add(trait.code);
    return [];
  });
}

function parentFaults(trait: TraitBody, prefix: string, exists: (code: string) => boolean): ProblemError[] {
  if (trait.parent === undefined) return [];
  const path = `${prefix}parent`;
  // Rules find what is below a trait by its code: another place in the tree could not be kept.
  if (!trait.code.startsWith(`${trait.parent}/`)) {
    const message = `a code that does not begin with ${trait.parent}/ is not supported`;
    return [{ path, code: 'unsupported', message }];
  }
  if (exists(trait.parent)) return [];
  return [{ path, code: 'unknown_trait', message: `there is no trait ${trait.parent}` }];
}

/** An advertiser's rule must not come to use a sensitive trait because of what it is below. */
async function sensitiveFaults(
  provider: string,
  { trait, prefix }: PlacedTrait,
  resources: ResourceReaders,
): Promise<ProblemError[]> {
  if (!trait.sensitive) return [];
  const steps = trait.code.split('/');
  const wildcards = steps.map((_, depth) => [...steps.slice(0, depth), '*'].join('/'));
  const refs = [trait.code, ...wildcards].map((code) => refTo('trait', traitId(provider, code)));
  const users = (await resources.audience.referringTo(refs, 100)).filter((user) => user.ownerId !== null);
  if (users.length === 0) return [];
  return [
    {
      path: `${prefix}sensitive`,
      code: 'in_use',
      message: `rules of advertisers use it: audience ${users.map((user) => user.id).join(', ')}`,
    },
  ];
}

import { startBuilder } from '../../services/builder/builder';
import { CONSENT_DEFAULT_ALLOWED } from '../../services/shared/domain/consent/bits';
import type { Rule } from '../../services/shared/domain/rule/language';
import { DOCUMENTS, type AudiencesSnapshot, type RulesSnapshot } from '../../services/shared/domain/snapshot';
import { createLogger } from '../../services/shared/runtime/logger';
import { createRegistry } from '../../services/shared/runtime/metrics';
import type { Lake } from '../../services/shared/stores/lake/lake';
import type { Bench, Metric, Say } from '../bench';
import { openEmbeddedStores } from '../fixtures/embedded-stores';

export interface BuildOptions {
  people: number;
}

/** What a round builds, one after the other, from the first member to the last. */
const RULES: Record<string, Rule> = {
  'one trait, a tenth of the people': { trait: 'sim/interest/0' },
  'two traits': { all: [{ trait: 'sim/interest/1' }, { trait: 'sim/age/0' }] },
  'events counted': { event: 'product_view', where: { category: 'shoes' }, count: { gte: 2 }, within: '30d' },
  'a trait and not a purchase': {
    all: [{ trait: 'sim/interest/2' }, { not: { event: 'purchase', within: '7d' } }],
  },
};
const POLL_MS = 10;
const BUILD_MS_MAX = 3_600_000;

/** One audience, built for the first time: everybody in it has to be told to the bidders. */
export interface BuiltAudience {
  rule: string;
  seconds: number;
  /** Members at the end. */
  size: number;
}

/** A builder on embedded engines whose lake was filled by its own engine: five traits and four events a person. */
export async function openBuildBench({ people }: BuildOptions, say: Say): Promise<Bench> {
  const { stores, close } = await openEmbeddedStores();
  const { lookups, lake } = stores;
  try {
    await fillLake(lake, people);
    say(`build: ${people} people are in the lake`);
    const builder = await startBuilder({
      ...stores,
      registry: createRegistry({ process: 'builder' }),
      logger: createLogger({ level: 'error', name: 'builder', destination: 2 }),
    });
    let number = 0;
    const build = async (name: string, rule: Rule): Promise<BuiltAudience> => {
      number++;
      const id = `audience-${number}`;
      const rules: RulesSnapshot = { audiences: [{ id, number, version: 1, name: id, rule }] };
      const started = performance.now();
      await lookups.documents.put(DOCUMENTS.rules, number, Buffer.from(JSON.stringify(rules)));
      for (;;) {
        const document = await lookups.documents.get(DOCUMENTS.audiences);
        const { audiences } = JSON.parse(
          document?.body.toString() ?? '{"audiences":[]}',
        ) as AudiencesSnapshot;
        if (audiences.some((audience) => audience.number === number && audience.ready)) break;
        if (performance.now() - started > BUILD_MS_MAX) throw new Error(`${name}: not ready after an hour`);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
      const seconds = (performance.now() - started) / 1_000;
      const size =
        (
          await lake.numbers(`SELECT toUInt64(count()) FROM membership_rows FINAL WHERE audience = ${number}`)
        )[0] ?? 0;
      if (size === 0) throw new Error(`${name}: ready, and nobody is in it`);
      return { rule: name, seconds, size };
    };
    return {
      round: async (n) => {
        const detail: BuiltAudience[] = [];
        for (const [name, rule] of Object.entries(RULES)) {
          const built = await build(name, rule);
          detail.push(built);
          say(`build ${n}, ${name}: ${built.seconds.toFixed(2)} s, ${built.size} of ${people} people`);
        }
        return { metrics: metricsOf(detail, people), detail };
      },
      close: async () => {
        await builder.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function metricsOf(built: readonly BuiltAudience[], people: number): Metric[] {
  const seconds = built.reduce((sum, audience) => sum + audience.seconds, 0);
  const members = built.reduce((sum, audience) => sum + audience.size, 0);
  return [
    ...built.map(({ rule, seconds }): Metric => ({
      name: `build: ${rule}`,
      unit: 's',
      better: 'less',
      value: seconds,
    })),
    { name: 'people looked through', unit: '/s', better: 'more', value: (people * built.length) / seconds },
    { name: 'members published', unit: '/s', better: 'more', value: members / seconds },
  ];
}

async function fillLake(lake: Lake, people: number): Promise<void> {
  const consent = CONSENT_DEFAULT_ALLOWED;
  const everybody = `numbers(1, ${people})`;
  await lake.command(
    `INSERT INTO identity_rows (identity, iid, kind, linked_at, source)
     SELECT concat('cookie:', toString(number)), number, 'cookie', now64(3), 'loadtest' FROM ${everybody}`,
  );
  // Who has which is spread by multiplication, so that no two audiences are the same people.
  for (const [trait, values] of [
    ['interest', 10],
    ['age', 5],
    ['brand', 100],
    ['region', 50],
    ['model', 1_000],
  ] as const)
    await lake.command(
      `INSERT INTO trait_rows (provider, trait, iid, at, op, expires_at, received_at, consent, import_id, line)
       SELECT 'sim', concat('${trait}/', toString(intHash32(number * ${values}) % ${values})), number,
         now64(3) - toIntervalHour(number % 240), 'set', now64(3) + toIntervalDay(90), now64(3), ${consent}, 'loadtest', number
       FROM ${everybody}`,
    );
  for (let event = 0; event < 4; event++)
    await lake.command(
      `INSERT INTO event_rows (type, iid, at, event_id, received_at, publisher, domain, category, sku, consent, source)
       SELECT if(intHash32(number + ${event}) % 12 = 0, 'purchase', 'product_view'), number,
         now64(3) - toIntervalMinute(intHash32(number * 7 + ${event}) % 28800), concat('loadtest-', toString(${event}), '-', toString(number)),
         now64(3), 'daily', 'daily.example', ['shoes', 'jackets', 'books', 'news'][1 + intHash32(number * 3 + ${event}) % 4],
         concat('sku-', toString(number % 1000)), ${consent}, 'loadtest'
       FROM ${everybody}`,
    );
}

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { readConfig, VARIABLES } from '../shared/runtime/config';
import { createRegistry, LATENCY_BUCKETS_S } from '../shared/runtime/metrics';
import { SERVE_TARGETS } from './roles';

const ROOT = join(__dirname, '../..');
const INFRA = join(ROOT, 'infra');

const filesBelow = (folder: string, ending: RegExp): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => ending.test(path))
    .map((path) => join(folder, path))
    .sort();
const text = (path: string): string => readFileSync(path, 'utf8');
const yaml = <T>(path: string): T => parse(text(join(INFRA, path)), { merge: true, strict: true }) as T;
const named = (path: string): string => relative(ROOT, path);

interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}
interface Dashboard {
  uid: string;
  panels: { id: number; title: string; targets: { expr: string }[] }[];
}
interface ComposeService {
  image?: string;
  build?: unknown;
  restart?: string;
  environment?: Record<string, string>;
  healthcheck?: { test: string[] };
  deploy?: { resources?: { limits?: { cpus?: string; memory?: string } } };
  networks?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
}
interface Compose {
  services: Record<string, ComposeService>;
  networks: Record<string, unknown>;
  volumes: Record<string, unknown>;
}
interface Container {
  name: string;
  args?: string[];
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  securityContext?: unknown;
  ports?: { name: string; containerPort: number }[];
  [probe: `${string}Probe`]: unknown;
}
interface Manifest {
  kind: string;
  metadata: { name: string };
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  spec: {
    replicas?: number;
    strategy?: { type?: string };
    selector: { matchLabels: Record<string, string> } & Record<string, string>;
    template: {
      metadata: { labels: Record<string, string> };
      spec: { containers: Container[]; securityContext: unknown; terminationGracePeriodSeconds: number };
    };
    scaleTargetRef?: { name: string };
    ports?: { port: number }[];
  };
}

const rules = filesBelow(join(INFRA, 'prometheus/rules'), /\.yaml$/).flatMap((path) =>
  (parse(text(path)) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules),
);
const alerts = rules.filter((rule) => rule.alert !== undefined);
const dashboards = filesBelow(join(INFRA, 'grafana/dashboards'), /\.json$/).map(
  (path) => JSON.parse(text(path)) as Dashboard,
);
const compose = yaml<Compose>('compose.yaml');
const kustomization = yaml<{
  resources: string[];
  components: string[];
  images: { newTag: string }[];
}>('kubernetes/kustomization.yaml');
const manifests = kustomization.resources.flatMap((path) =>
  parseAllDocuments(text(join(INFRA, 'kubernetes', path))).map((document) => document.toJS() as Manifest),
);
const ofKind = (kind: string): Manifest[] => manifests.filter((manifest) => manifest.kind === kind);

/** Every metric that the code registers, with the names of its labels. */
function registeredMetrics(): Map<string, Set<string>> {
  const metrics = new Map<string, Set<string>>();
  const add = (name: string, labels: Iterable<string>): void => {
    metrics.set(name, new Set([...(metrics.get(name) ?? []), ...labels]));
  };
  const sources = filesBelow(join(ROOT, 'services'), /(?<!\.test)\.ts$/).map(text);
  const topicOfLag = ['topic'];
  for (const source of sources) {
    for (const [, name = ''] of source.matchAll(
      /(?:name: |gauge\(registry, |name = |gauge\(\s*registry,\s*)'(muster_\w+)'/g,
    ))
      add(name, name.endsWith('_lag_records') ? topicOfLag : []);
    for (const [, name = '', labels = ''] of source.matchAll(
      /name: '(muster_\w+)'[^}]*?labelNames: \[([^\]]*)\]/g,
    ))
      add(
        name,
        [...labels.matchAll(/'(\w+)'/g)].map(([, label = '']) => label),
      );
    for (const [, name = ''] of source.matchAll(
      /(?:new Histogram|batchedHistogram)\(\{\s*(?:registry,\s*)?name: '(muster_\w+)'/g,
    ))
      for (const suffix of ['_bucket', '_sum', '_count']) add(`${name}${suffix}`, ['le']);
  }
  for (const [name, labels] of metrics) {
    const base = name.replace(/_(bucket|sum|count)$/, '');
    if (base !== name) add(name, metrics.get(base) ?? labels);
  }
  add('muster_dead_letters_total', ['reason']);
  for (const metric of createRegistry({ process: 'any', defaultMetrics: true }).getMetricsAsArray())
    add(metric.name, []);
  for (const { record, labels = {} } of rules) if (record !== undefined) add(record, Object.keys(labels));
  return metrics;
}

const queries: { where: string; expr: string }[] = [
  ...rules.map(({ alert, record, expr }) => ({ where: alert ?? record ?? '', expr })),
  ...dashboards.flatMap(({ uid, panels }) =>
    panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: `${uid}: ${title}`, expr }))),
  ),
];
const METRIC = /\b(muster[_:][\w:]+|nodejs_\w+|process_\w+)(?:\{([^}]*)\})?/g;

describe('everything under infra can be read', () => {
  const paths = filesBelow(INFRA, /\.(ya?ml|json)$/);

  test.each(paths.map(named))('%s', (path) => {
    if (path.endsWith('.json')) return void JSON.parse(text(join(ROOT, path)));
    const documents = parseAllDocuments(text(join(ROOT, path)), {
      merge: true,
      strict: true,
      uniqueKeys: true,
    });
    for (const { errors, warnings } of documents) expect([...errors, ...warnings]).toEqual([]);
  });
});

describe('rules and dashboards ask for what there is', () => {
  const metrics = registeredMetrics();

  test('the code registers metrics, labels included', () => {
    expect([...(metrics.get('muster_bid_requests_total') ?? [])]).toEqual(['exchange', 'outcome']);
    expect(metrics.get('muster_api_request_seconds_bucket')?.has('route')).toBe(true);
    expect(metrics.has('muster_builder_lag_records')).toBe(true);
    expect(metrics.has('muster_bidder_buffer_records')).toBe(true);
  });

  test('every query names a metric, and each metric is registered', () => {
    const unknown = queries.flatMap(({ where, expr }) => {
      const names = [...expr.matchAll(METRIC)].map(([, name = '']) => name);
      if (names.length === 0 && !expr.startsWith('up{')) return [`${where}: no metric`];
      return names.filter((name) => !metrics.has(name)).map((name) => `${where}: ${name}`);
    });
    expect(unknown).toEqual([]);
  });

  test('selectors use labels that the metric has, and values that the code knows', () => {
    const words = new Set(
      filesBelow(join(ROOT, 'services'), /(?<!\.test)\.ts$/).flatMap((path) =>
        [...text(path).matchAll(/'([\w-]+)'/g)].map(([, word]) => word),
      ),
    );
    const buckets = new Set(LATENCY_BUCKETS_S.map(String));
    const wrong = queries.flatMap(({ where, expr }) =>
      [...expr.matchAll(METRIC)].flatMap(([, name = '', selector = '']) =>
        [...selector.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)].flatMap(([, label = '', , value = '']) => {
          if (!metrics.get(name)?.has(label) && label !== 'process') return [`${where}: ${name}{${label}}`];
          if (label === 'le') return buckets.has(value) ? [] : [`${where}: le="${value}"`];
          if (value.includes('.')) return [];
          return value
            .split('|')
            .filter((word) => !words.has(word))
            .map((word) => `${where}: ${label}="${word}"`);
        }),
      ),
    );
    expect(wrong).toEqual([]);
  });

  test('dashboards have names and panels of their own', () => {
    expect(dashboards.map(({ uid }) => uid)).toEqual([
      'muster-audiences',
      'muster-bidder',
      'muster-money',
      'muster-pipeline',
    ]);
    for (const { panels } of dashboards) expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});

describe('alerts say what to do', () => {
  const tested = text(join(INFRA, 'prometheus/tests/alerts.test.yaml'));

  test.each(alerts.map((rule) => [rule.alert ?? '', rule] as const))(
    '%s',
    (name, { labels, annotations }) => {
      expect(labels?.['severity']).toMatch(/^(critical|warning)$/);
      expect(annotations?.['summary']).toBeTruthy();
      expect(annotations?.['description']).toBeTruthy();
      const [path = '', anchor = ''] = (annotations?.['runbook_url'] ?? '').split('#', 2);
      const anchors = [...text(join(ROOT, path)).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replace(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      );
      expect(anchors).toContain(anchor);
      expect(tested).toContain(name);
    },
  );

  test('every section of the runbooks belongs to an alert', () => {
    const headings = [...text(join(INFRA, 'runbooks.md')).matchAll(/^## (.+)$/gm)].map(
      ([, heading]) => heading,
    );
    expect(headings.sort()).toEqual(alerts.map(({ alert }) => alert).sort());
  });
});

/** Not a fault for want of a variable, nor for one that is unknown. */
function expectAcceptable(environment: Record<string, string>): void {
  const known = new Set(VARIABLES.map(({ name }) => name));
  expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]);
  expect(readConfig({ environment })).toMatchObject({ ok: true });
  for (const engine of ['KAFKA_BROKERS', 'CLICKHOUSE_URL', 'REDIS_URL', 'POSTGRES_URL'])
    expect(environment).toHaveProperty(engine);
}

describe('compose.yaml', () => {
  const services = Object.entries(compose.services);

  test.each(services)('%s is watched, limited, restarted and pinned', (_name, service) => {
    expect(service.healthcheck?.test.length).toBeGreaterThan(1);
    expect(service.deploy?.resources?.limits?.cpus).toMatch(/^\d/);
    expect(service.deploy?.resources?.limits?.memory).toMatch(/^\d+[mg]$/);
    expect(service.restart).toBe('unless-stopped');
    expect(service.image).toMatch(/:[\w.-]*\d[\w.-]*$/);
    for (const network of service.networks ?? []) expect(compose.networks).toHaveProperty([network]);
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(compose.services).toHaveProperty([other]);
      expect(condition).toBe('service_healthy');
    }
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':', 1);
      if (source.startsWith('./')) expect(() => filesOrFile(join(INFRA, source))).not.toThrow();
      else expect(compose.volumes).toHaveProperty([source]);
    }
  });

  test('the platform gets variables that it knows, with values that it accepts', () => {
    const filled = Object.entries(compose.services['muster']?.environment ?? {}).map(([name, value]) => [
      name,
      value.replace(
        /\$\{\w+(?::-([^}]*)|:\?[^}]*)\}/g,
        (_all, fallback?: string) => fallback ?? 'filled-in-0123456789',
      ),
    ]);
    expectAcceptable(Object.fromEntries(filled) as Record<string, string>);
  });

  test('.env.example names every variable that must be given', () => {
    const example = new Set(
      [...text(join(INFRA, '.env.example')).matchAll(/^(\w+)=/gm)].map(([, name]) => name),
    );
    const asked = [...text(join(INFRA, 'compose.yaml')).matchAll(/(?<!\$)\$\{(\w+):\?/g)].map(
      ([, name]) => name,
    );
    expect(asked.filter((name) => !example.has(name))).toEqual([]);
    expect(asked).toEqual(expect.arrayContaining(['MUSTER_ADMIN_TOKEN', 'MUSTER_SECRET']));
  });
});

function filesOrFile(path: string): unknown {
  return /\.\w+$/.test(path) ? readFileSync(path) : readdirSync(path);
}

describe('clickhouse-cluster', () => {
  const folder = join(INFRA, 'clickhouse-cluster');
  const { services } = yaml<Compose>('clickhouse-cluster/compose.yaml');
  const config = text(join(folder, 'config', 'cluster.xml'));
  const keepers = text(join(folder, 'config', 'keeper.xml'));
  const servers = Object.entries(services).filter(([name]) => name.startsWith('clickhouse-'));

  test('each server is the replica of the shard under which the others know it', () => {
    const shards = [...config.matchAll(/<shard>([^]*?)<\/shard>/g)].map(([, shard = '']) => ({
      internal: shard.includes('<internal_replication>true</internal_replication>'),
      hosts: [...shard.matchAll(/<host>([^<]+)<\/host>/g)].map(([, host]) => host),
    }));
    expect(shards.every(({ internal }) => internal)).toBe(true);
    expect(shards.flatMap(({ hosts }) => hosts).sort()).toEqual(servers.map(([name]) => name).sort());
    for (const [name, { environment }] of servers) {
      const shard = shards.findIndex(({ hosts }) => hosts.includes(name)) + 1;
      expect(environment).toMatchObject({ SHARD: String(shard), REPLICA: name });
    }
  });

  test('servers and Keepers find the Keepers that there are', () => {
    const there = Object.keys(services).filter((name) => name.startsWith('keeper-'));
    const asked = [...config.matchAll(/<host>(keeper-[^<]+)<\/host>/g)].map(([, host]) => host);
    const raft = [...keepers.matchAll(/<id>(\d+)<\/id><hostname>([^<]+)</g)].map(([, id, host]) => [
      host,
      id,
    ]);
    expect(asked).toEqual(there);
    expect(raft).toEqual(there.map((name) => [name, services[name]?.environment?.['KEEPER_ID']]));
  });

  test('what the files take from the environment is there, and the releases are those of compose.yaml', () => {
    for (const [, { environment = {}, image }] of servers) {
      for (const [, name = ''] of config.matchAll(/from_env="(\w+)"/g))
        expect(environment).toHaveProperty(name);
      expect(image).toBe(compose.services['clickhouse']?.image);
    }
  });
});

describe('kubernetes', () => {
  const deployments = ofKind('Deployment');

  test('every service runs, under a name that `muster serve` knows', () => {
    const targets = deployments.map(({ spec }) => spec.template.spec.containers[0]?.args);
    const parts = Object.keys(SERVE_TARGETS).filter((target) => target !== 'all');
    expect(targets.map((args) => args?.[1]).sort()).toEqual(parts.sort());
  });

  test.each(deployments.map((manifest) => [manifest.metadata.name, manifest] as const))(
    '%s is probed, limited and without rights',
    (_name, { spec }) => {
      const { metadata, spec: pod } = spec.template;
      expect(metadata.labels).toMatchObject(spec.selector.matchLabels);
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      // Longer than the 10 s in which the supervisor drains.
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(10);
      for (const container of pod.containers) {
        for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const)
          expect(JSON.stringify(container[probe])).toContain('127.0.0.1:9464/');
        const { requests = {}, limits = {} } = container.resources ?? {};
        expect(Object.keys(requests)).toEqual(['cpu', 'memory']);
        expect(Object.keys(limits)).toContain('memory');
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
    },
  );

  test('who writes alone has one replica, and no two for a moment', () => {
    for (const name of ['muster-ingest', 'muster-builder']) {
      const spec = deployments.find(({ metadata }) => metadata.name === name)?.spec;
      expect(spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
      expect(ofKind('HorizontalPodAutoscaler').map((hpa) => hpa.spec.scaleTargetRef?.name)).not.toContain(
        name,
      );
    }
  });

  test('services, autoscalers and budgets point at deployments', () => {
    const names = deployments.map(({ metadata }) => metadata.name);
    const components = deployments.map(
      ({ spec }) => spec.selector.matchLabels['app.kubernetes.io/component'],
    );
    for (const { spec } of ofKind('HorizontalPodAutoscaler'))
      expect(names).toContain(spec.scaleTargetRef?.name);
    for (const { spec } of ofKind('Service'))
      expect(components).toContain(spec.selector['app.kubernetes.io/component']);
    for (const { spec } of ofKind('PodDisruptionBudget'))
      expect(components).toContain(spec.selector.matchLabels['app.kubernetes.io/component']);
  });

  test('ConfigMap and Secret hold variables that the platform knows, with values that it accepts', () => {
    const secret = yaml<Manifest>('kubernetes/secret.example.yaml').stringData;
    expectAcceptable({ ...ofKind('ConfigMap')[0]?.data, ...secret });
  });

  test('the example of the secret is not applied, and images are pinned', () => {
    expect(kustomization.resources).not.toContain('secret.example.yaml');
    for (const { newTag } of kustomization.images) expect(newTag).toMatch(/\d/);
  });
});

test('no image is the latest one', () => {
  for (const path of [...filesBelow(INFRA, /\.ya?ml$/), join(INFRA, 'Dockerfile')])
    expect(text(path)).not.toMatch(/:latest\b|newTag: latest/);
});

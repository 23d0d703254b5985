/** Direction: domain ← stores, runtime ← services ← main. Vendor packages stay inside their own store. */
const services = 'collector|ingest|builder|api|bidder';
const vendorOnlyIn = (name, packages, folder) => ({
  name,
  comment: `${packages} only inside ${folder}`,
  severity: 'error',
  from: { path: '^(services|loadtest)/', pathNot: [folder, '\\.test\\.ts$', '^loadtest/'] },
  to: { path: `^node_modules/(${packages})(/|$)` },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-is-pure',
      comment: 'domain knows no store, no runtime and no service, and does no I/O',
      severity: 'error',
      from: { path: '^services/shared/domain/', pathNot: '\\.test\\.ts$' },
      to: { path: '^services/(shared/(stores|runtime)|main|' + services + ')/' },
    },
    {
      name: 'stores-and-runtime-below-services',
      severity: 'error',
      from: { path: '^services/shared/(stores|runtime)/' },
      to: { path: `^services/(${services}|main)/` },
    },
    {
      name: 'stores-and-runtime-apart',
      severity: 'error',
      from: { path: '^services/shared/runtime/' },
      to: { path: '^services/shared/stores/' },
    },
    {
      name: 'no-service-imports-another',
      severity: 'error',
      from: { path: `^services/(${services})/` },
      to: { path: `^services/(${services}|main)/`, pathNot: '^services/$1/' },
    },
    {
      name: 'services-know-ports-not-adapters',
      severity: 'error',
      from: { path: `^services/(${services})/`, pathNot: '\\.test\\.ts$|/testing/' },
      to: { path: '^services/shared/stores/[^/]+/[^/]+/' },
    },
    vendorOnlyIn('lmdb-only-in-its-adapter', 'lmdb', '^services/shared/stores/lookups/lmdb/'),
    vendorOnlyIn(
      'clickhouse-only-in-lake',
      '@clickhouse/client|@clickhouse/client-common|chdb',
      '^services/shared/stores/lake/',
    ),
    vendorOnlyIn(
      'postgres-only-in-catalog',
      'drizzle-orm|pg|@electric-sql/pglite',
      '^services/shared/stores/catalog/',
    ),
    vendorOnlyIn('kafkajs-only-in-its-adapter', 'kafkajs', '^services/shared/stores/log/kafka/'),
    vendorOnlyIn('ioredis-only-in-its-adapter', 'ioredis', '^services/shared/stores/lookups/redis/'),
    {
      name: 'no-dev-dependency-at-run-time',
      severity: 'error',
      from: { path: '^services/', pathNot: '\\.test\\.ts$|/testing/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['require', 'node', 'default', 'types'],
    },
  },
};

/** What a query may read: the documented tables and views, and what clients need to show them. */
const DOCUMENTED = [
  'events',
  'traits',
  'identities',
  'audience_members',
  'audiences',
  'bids',
  'requests',
  'notices',
  'dead_letters',
  'ledger',
];

const SYSTEM = [
  'one',
  'numbers',
  'numbers_mt',
  'zeros',
  'zeros_mt',
  'tables',
  'columns',
  'databases',
  'functions',
  'table_functions',
  'aggregate_function_combinators',
  'data_type_families',
  'formats',
  'keywords',
  'settings',
  'time_zones',
];

const INFORMATION_SCHEMA = ['tables', 'columns', 'schemata', 'views'];

/** Table functions that make rows out of nothing. */
const TABLE_FUNCTIONS = new Set([
  'numbers',
  'numbers_mt',
  'zeros',
  'zeros_mt',
  'generate_series',
  'generateseries',
  'values',
]);

/** As the engine prints a table: `events`, `muster.events`, `system.one`. */
export function isAllowedTable(database: string, table: string): boolean {
  const [first = '', ...rest] = table.split('.');
  if (rest.length === 0) return DOCUMENTED.includes(first);
  const name = rest.join('.');
  if (first === database) return DOCUMENTED.includes(name);
  if (first === 'system') return SYSTEM.includes(name);
  return (
    /^(information_schema|INFORMATION_SCHEMA)$/.test(first) && INFORMATION_SCHEMA.includes(name.toLowerCase())
  );
}

export function isAllowedTableFunction(name: string): boolean {
  return TABLE_FUNCTIONS.has(name.toLowerCase());
}

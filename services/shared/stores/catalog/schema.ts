import { bigint, boolean, integer, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

/** Tables of `schemas/postgres`, as queries see them. The SQL files are what creates them. */

const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
const integer64 = (name: string) => bigint(name, { mode: 'number' });

/** Every resource has the same shape; see `0001_catalog.sql`. */
function resourceTable<Name extends string>(name: Name) {
  return pgTable(name, {
    id: text('id').primaryKey(),
    seq: integer64('seq').notNull().generatedAlwaysAsIdentity(),
    ownerId: text('owner_id'),
    definition: jsonb('definition').notNull(),
    refs: text('refs').array().notNull(),
    version: integer('version').notNull(),
    revision: integer64('revision').notNull(),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
    archivedAt: moment('archived_at'),
  });
}

export type ResourceTable = ReturnType<typeof resourceTable>;

export const RESOURCE_TABLES = {
  partner: resourceTable('partners'),
  publisher: resourceTable('publishers'),
  provider: resourceTable('providers'),
  trait: resourceTable('traits'),
  advertiser: resourceTable('advertisers'),
  audience: resourceTable('audiences'),
  lineItem: resourceTable('line_items'),
  creative: resourceTable('creatives'),
  exchange: resourceTable('exchanges'),
} satisfies Record<string, ResourceTable>;

export type ResourceKind = keyof typeof RESOURCE_TABLES;

export const catalogRevision = pgTable('catalog_revision', {
  onlyRow: boolean('only_row').primaryKey().default(true),
  value: integer64('value').notNull(),
});

export const apiKeys = pgTable('api_keys', {
  id: text('id').primaryKey(),
  seq: integer64('seq').notNull().generatedAlwaysAsIdentity(),
  hash: text('hash').notNull(),
  roleKind: text('role_kind').notNull(),
  roleId: text('role_id'),
  name: text('name'),
  revision: integer64('revision').notNull(),
  createdAt: moment('created_at').notNull(),
  revokedAt: moment('revoked_at'),
});

export const audienceStates = pgTable('audience_states', {
  id: text('id').primaryKey(),
  number: integer64('number').notNull(),
  version: integer('version').notNull(),
  status: text('status', { enum: ['building', 'ready', 'failed'] }).notNull(),
  size: integer64('size').notNull(),
  materializedAt: integer64('materialized_at').notNull(),
  watermark: integer64('watermark').notNull(),
  error: text('error'),
});

export const fxRates = pgTable('fx_rates', {
  onlyRow: boolean('only_row').primaryKey().default(true),
  definition: jsonb('definition').notNull(),
  version: integer('version').notNull(),
  revision: integer64('revision').notNull(),
  updatedAt: moment('updated_at').notNull(),
});

export const idempotentAnswers = pgTable('idempotent_answers', {
  keyHash: text('key_hash').primaryKey(),
  requestHash: text('request_hash').notNull(),
  answer: text('answer').notNull(),
  createdAt: moment('created_at').notNull(),
});

export const counters = pgTable('counters', {
  name: text('name').primaryKey(),
  next: integer64('next').notNull(),
});

export const ingestPlans = pgTable(
  'ingest_plans',
  {
    topic: text('topic').notNull(),
    partition: integer('partition').notNull(),
    from: integer64('from_offset').notNull(),
    to: integer64('to_offset').notNull(),
    optedOut: jsonb('opted_out').$type<number[]>().notNull().default([]),
  },
  (table) => [primaryKey({ columns: [table.topic, table.partition] })],
);

export const keyValues = pgTable('key_values', {
  key: text('key').primaryKey(),
  value: text('value').notNull(),
});

// The models of the tests of rows: one of everything that a single-row operation treats differently.

import { f, hooks, model, pgEnum, pk, sql, type Context, type InferEnum } from '../../../src/index.ts';
import { link } from './link.ts';

export const Mood = pgEnum('mood', ['fine', 'so-so']);
export type Mood = InferEnum<typeof Mood>;

export class Person extends model('people', {
  name: f.text({ maxLength: 40 }),
  age: f
    .int()
    .nullable()
    .check(sql`age > 0`),
  email: f.text().nullable().unique(),
  mood: f.enum(Mood).default('fine'),
  tags: f.array(f.text()).default([]),
  since: f.timestamptz().nullable(),
  token: f.text().defaultFn(() => 'made'),
  initial: f.text().generated(sql`left(name, 1)`),
  get mentor() {
    return link(Person).nullable();
  },
}) {
  get label(): string {
    return `${this.name} (${this.age ?? '?'})`;
  }
  shout(): string {
    return this.name.toUpperCase();
  }
}

export class Account extends model('accounts', { owner: f.text(), cents: f.int().default(0), revision: f.version() }) {}

/** Every field is tracked. */
export class Page extends model(
  'pages',
  { title: f.text(), tags: f.array(f.text()), at: f.timestamptz(), body: f.bytea(), price: f.decimal(8, 2), note: f.text().nullable() },
  { tracking: 'all' },
) {}

/** One field is tracked. */
export class Note extends model('notes', { title: f.text(), body: f.text().tracked(), tags: f.array(f.text()).tracked() }) {}

export class Country extends model(
  'countries',
  { name: f.text() },
  { pk: pk.custom({ name: 'iso', field: f.varchar(2), column: 'code' }), timestamps: false },
) {}
export class Counter extends model('counters', { name: f.text() }, { pk: pk.serial({ column: 'nr' }) }) {}
export class Event extends model('events', { name: f.text() }, { pk: pk.ranjId() }) {}
export class Token extends model(
  'tokens',
  { name: f.text() },
  { pk: pk.custom({ name: 'token', field: f.uuid(), default: sql`gen_random_uuid()` }) },
) {}
let made = 0;
export class Ticket extends model(
  'tickets',
  { name: f.text() },
  { pk: pk.custom({ name: 'ticket', field: f.text(), generate: () => `T-${++made}` }), timestamps: false, tracking: 'all' },
) {}
/** A table where nothing but the key need be written. */
export class Blank extends model('blanks', { note: f.text().nullable() }) {}

/** What the hooks of `Post` did, and what they are told to do. */
export const log: string[] = [];
export const script: {
  beforeCreate?: (draft: any, ctx: Context) => unknown;
  beforeSave?: (row: any) => unknown;
  afterSave?: (row: any) => unknown;
  beforeDelete?: (row: any) => unknown;
  afterCreate?: (row: any, ctx: Context) => unknown;
  afterDelete?: (row: any) => unknown;
} = {};

export class Post extends model('posts', {
  title: f.text(),
  slug: f.text().filled(),
  tags: f.array(f.text()).default([]),
  views: f.int().default(0),
}) {
  static readonly hooks = hooks(Post, {
    async beforeCreate(draft, ctx) {
      log.push(`beforeCreate ${draft.title}`);
      draft.slug ??= draft.title.toLowerCase().replaceAll(' ', '-');
      await script.beforeCreate?.(draft, ctx);
    },
    async afterCreate(row, ctx) {
      log.push(`afterCreate ${row.slug}`);
      await script.afterCreate?.(row, ctx);
    },
    async beforeSave(row) {
      log.push(`beforeSave ${row.title}`);
      await script.beforeSave?.(row);
    },
    async afterSave(row) {
      log.push(`afterSave ${row.title}`);
      await script.afterSave?.(row);
    },
    async beforeDelete(row) {
      log.push(`beforeDelete ${row.title}`);
      await script.beforeDelete?.(row);
    },
    async afterDelete(row) {
      log.push(`afterDelete ${row.title}`);
      await script.afterDelete?.(row);
    },
  });
}

export const people = [Person, Account, Page, Note, Country, Counter, Event, Token, Ticket, Blank, Post] as const;
export const tables = people.map(({ table }) => table);

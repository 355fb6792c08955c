// Tasks and the workers who do them, for writes of sets: every kind of column that a patch meets, and a log of what was sent.

import { f, hooks, model, pgEnum, pk, proxy, sql, type Context, type CreateOf } from '@djogi/core';
import type { QueryEvent } from '@djogi/core/pool';
import { djogiTest, type TestFixtures } from '@djogi/testing';
import { expect, type TestAPI } from 'vitest';
import { query, type SqlText, type WriteStatement } from '../../src/index.ts';

export const Status = pgEnum('status', ['open', 'done', 'dropped']);

const hooked: string[] = [];
/** The hooks that ran since the last call. */
export const ran = (): string[] => hooked.splice(0);

export class Task extends model(
  'tasks',
  {
    title: f.text(),
    worker: f.text().nullable(),
    status: f.enum(Status).default('open'),
    points: f.int().default(0),
    rank: f.int().nullable(),
    price: f.decimal(10, 2).default('0.00'),
    dueAt: f.timestamptz().nullable(),
    tags: f.array(f.text()).default([]),
    revision: f.version(),
    slug: f.text().generated(sql`lower(title)`),
  },
  { pk: pk.serial() },
) {
  static readonly hooks = hooks(Task, {
    beforeSave() {
      hooked.push('beforeSave');
    },
    afterSave() {
      hooked.push('afterSave');
    },
    beforeDelete() {
      hooked.push('beforeDelete');
    },
    afterDelete() {
      hooked.push('afterDelete');
    },
  });
  get shout(): string {
    return this.title.toUpperCase();
  }
}

/** The open tasks, dearest first. */
export class OpenTask extends proxy(Task, { filter: (t) => t.status.eq('open'), orderBy: (t) => t.points.desc() }) {}

/** Without stamps and version: an update writes what it is told and no more. */
export class Worker extends model(
  'workers',
  { name: f.text().unique(), load: f.int().default(0), boss: f.text().nullable() },
  { pk: pk.serial(), timestamps: false },
) {}

export const TASK_COLUMNS =
  '"id", "created_at", "updated_at", "title", "worker", "status", "points", "rank", "price", "due_at", "tags", "revision", "slug"';
/** What every update of a task writes by itself. */
export const STAMPS = '"revision" = "revision" + 1, "updated_at" = date_trunc(\'milliseconds\', now())';

/** Ids 1 to 5. */
export const TASKS: readonly CreateOf<typeof Task>[] = [
  { title: 'Plan', worker: 'ada', points: 3, price: '10.00' },
  { title: 'Build', worker: 'ada', points: 8, rank: 1, price: '20.50', tags: ['big'] },
  { title: 'Test', worker: 'bob', points: 5, status: 'done' },
  { title: 'Ship', worker: 'bob', points: 1, rank: 2 },
  { title: 'Rest', worker: null, points: 0, status: 'dropped' },
];
export const WORKERS: readonly CreateOf<typeof Worker>[] = [
  { name: 'ada' },
  { name: 'bob', boss: 'ada' },
  { name: 'cy', boss: 'ada', load: 7 },
];

export interface Sent {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly operation: string;
}

const log: Sent[] = [];
const onQuery = (event: QueryEvent): void => {
  if (event.operation !== 'raw') log.push({ text: event.sql, values: event.values ?? [], operation: event.operation });
};

/** What was sent since the last call, without raw SQL. */
export const sent = (): Sent[] => log.splice(0);

const base = djogiTest({ models: [Task, Worker], pool: { onQuery, includeValues: true, max: 8 } });

/** A test with the tasks and the workers in its database. */
export const test: TestAPI<TestFixtures> = base.extend<{ tasks: void }>({
  tasks: [
    async ({ ctx }, use) => {
      await query(Task).bulkCreate(ctx, TASKS);
      await query(Worker).bulkCreate(ctx, WORKERS);
      sent();
      ran();
      await use();
    },
    { auto: true },
  ],
});

/** Sends the write: text and parameters must be the expected ones in `toSql` and on the wire, and so must the number of rows. */
export async function expectWrite(
  ctx: Context,
  write: WriteStatement<any, any, any>,
  expected: { readonly text: string; readonly values?: readonly unknown[]; readonly count: number },
): Promise<void> {
  const { text, values = [], count } = expected;
  expect(write.toSql()).toEqual({ text, values } satisfies SqlText);
  sent();
  expect(await write.execute(ctx)).toBe(count);
  expect(sent()).toEqual([{ text, values, operation: text.startsWith('DELETE') ? 'delete' : 'update' }]);
}

/** Some properties of all tasks, by id. */
export async function tasks<Key extends keyof Task>(ctx: Context, ...keys: readonly Key[]): Promise<Task[Key][][]> {
  const rows = await query(Task)
    .orderBy((t) => t.id.asc())
    .fetchAll(ctx);
  return rows.map((row) => keys.map((key) => row[key]));
}

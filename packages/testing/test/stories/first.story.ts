// Run by harness/run.test.ts in a Vitest of its own: tests that end in every way.
import { executorOf } from '@djogi/core/extension';
import { appendFileSync } from 'node:fs';
import { expect } from 'vitest';
import { djogiTest, type TestDatabase } from '../../src/index.ts';

const test = djogiTest({ extensions: ['pg_trgm'] });
const note = (db: TestDatabase): void => appendFileSync(process.env['STORY_NOTES']!, `${db.name} ${new URL(db.url()).port}\n`);

test('passes', ({ db }) => {
  note(db);
});
test('fails', ({ db }) => {
  note(db);
  expect(1).toBe(2);
});
test('throws', ({ db }) => {
  note(db);
  throw new Error('on purpose');
});
test('times out with a statement under way', { timeout: 2_000 }, async ({ db, ctx }) => {
  note(db);
  await executorOf(ctx).script('SELECT pg_sleep(60)', { operation: 'test' });
});
test('times out before it has its database', { timeout: 1 }, ({ db }) => {
  expect(db.name).toBe('never');
});
test('fails once and is tried again', { retry: 1 }, ({ db, task }) => {
  note(db);
  expect(task.result?.retryCount ?? 0).toBe(1);
});
test.concurrent('runs beside another (a)', async ({ ctx, db }) => {
  note(db);
  await executorOf(ctx).script('CREATE TABLE one (id int); SELECT pg_sleep(0.1)', { operation: 'test' });
});
test.concurrent('runs beside another (b)', async ({ ctx, db }) => {
  note(db);
  await executorOf(ctx).script('CREATE TABLE one (id int); SELECT pg_sleep(0.1)', { operation: 'test' });
});

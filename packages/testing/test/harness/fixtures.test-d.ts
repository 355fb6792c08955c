// Types of the test function: compiled, not run.
import type { Context } from '@djogi/core';
import type { Pool } from '@djogi/core/pool';
import { djogiTest, expectStatements, type TestDatabase } from '../../src/index.ts';

type Same<Left, Right> = (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
const isTrue = <Answer extends true>(_answer: Answer): void => {};

const test = djogiTest({ extensions: ['pg_trgm'], pool: { max: 3 } });

test('fixtures', ({ ctx, db, pool }) => {
  isTrue<Same<typeof ctx, Context>>(true);
  isTrue<Same<typeof db, TestDatabase>>(true);
  isTrue<Same<typeof pool, Pool>>(true);
});

// @ts-expect-error There is no such fixture.
test('unknown fixture', ({ client }) => {
  void client;
});

test.for([1, 2])('%i', (n, { ctx }) => {
  isTrue<typeof n extends number ? true : false>(true);
  isTrue<Same<typeof ctx, Context>>(true);
});

test.extend('rows', async ({ ctx }) => [ctx])('extends', ({ rows }) => {
  isTrue<Same<typeof rows, Context[]>>(true);
});

// @ts-expect-error The database decides the URL.
djogiTest({ pool: { url: 'postgres://elsewhere' } });

const counted: Promise<string> = expectStatements(1, () => 'text');
void counted;

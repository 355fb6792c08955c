// What a piece of code costs in statements, round trips and bytes, counted on the connections themselves.

import type { Counters, TestDatabase } from '../database/test-database.ts';
import { TestingError } from '../error/testing-error.ts';

/** The databases of the tests that are running now: one, unless tests run concurrently within a file. */
const watched = new Set<TestDatabase>();

/** @internal Returns what ends the watch. */
export function watchDatabase(db: TestDatabase): () => void {
  watched.add(db);
  return () => {
    watched.delete(db);
  };
}

export interface Cost<Result> extends Counters {
  readonly result: Result;
}

type Work<Result> = () => Promise<Result> | Result;

/**
 * Runs `work` and reports what it cost on the test's database, over all pools of the harness.
 *
 * Shape: `statements`, `roundTrips`, `bytesSent`, `bytesReceived`, and the `result` of `work`. Opening a further connection counts, too.
 * Errors: EXPECTATION when several test databases are open and none is named; what `work` throws.
 */
export async function measureCost<Result>(work: Work<Result>, db: TestDatabase = onlyDatabase()): Promise<Cost<Result>> {
  const before = db.counters();
  const result = await work();
  const after = db.counters();
  return {
    result,
    statements: after.statements - before.statements,
    roundTrips: after.roundTrips - before.roundTrips,
    bytesSent: after.bytesSent - before.bytesSent,
    bytesReceived: after.bytesReceived - before.bytesReceived,
  };
}

/**
 * Runs `work`, which must run exactly `count` statements, and resolves to its result. Name `db` in concurrent tests.
 *
 * Errors: EXPECTATION with `expected` and `actual`; what `work` throws.
 *
 * @example
 * const people = await expectStatements(2, async () => query(Person).prefetch('vehicles').fetchAll(ctx));
 */
export function expectStatements<Result>(count: number, work: Work<Result>, db?: TestDatabase): Promise<Result> {
  return expectCost('statements', 'statement', count, work, db);
}

/** As `expectStatements`, for round trips: a transaction whose statements travel together is cheaper than their number. */
export function expectRoundTrips<Result>(count: number, work: Work<Result>, db?: TestDatabase): Promise<Result> {
  return expectCost('roundTrips', 'round trip', count, work, db);
}

async function expectCost<Result>(
  counter: 'statements' | 'roundTrips',
  word: string,
  expected: number,
  work: Work<Result>,
  db: TestDatabase | undefined,
): Promise<Result> {
  const cost = await measureCost(work, db);
  const actual = cost[counter];
  if (actual === expected) return cost.result;
  const plural = (count: number): string => `${count} ${word}${count === 1 ? '' : 's'}`;
  throw new TestingError('EXPECTATION', `Expected ${plural(expected)}, but it took ${plural(actual)}.`, { counter, expected, actual });
}

function onlyDatabase(): TestDatabase {
  const [db, ...others] = watched;
  if (db !== undefined && others.length === 0) return db;
  throw new TestingError(
    'EXPECTATION',
    db === undefined
      ? 'No test database is open to count on. Name ctx, pool or db among the fixtures of the test.'
      : `${watched.size} test databases are open, as in concurrent tests. Pass the one to count on: expectStatements(2, work, db).`,
  );
}

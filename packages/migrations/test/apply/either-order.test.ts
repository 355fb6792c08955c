// What is declared of reading and writing, held to the server: two random changes of one schema that are said not to meet end equal in either order.

import { rawSql } from '@djogi/core/raw';
import { expect, test } from 'vitest';
import { areDisjoint } from '../../src/apply/order.ts';
import {
  diffSnapshots,
  executePlan,
  labelOf,
  planDraft,
  planMigration,
  readCatalog,
  renderCreate,
  type SchemaDiff,
  type SchemaSnapshot,
} from '../../src/index.ts';
import { randomFrom } from '../convergence/random.ts';
import { ROLES, SchemaGenerator } from '../convergence/generator.ts';
import { hintsFrom, notedCopy, prune, snapshotFrom } from '../convergence/schema-model.ts';
import { useServer, type TestDatabase } from '../database.ts';

const database = useServer();
// A failure names its own seed. 5016 renamed a type that the other change used.
const SEEDS = Array.from({ length: 40 }, (_, index) => 5000 + index);

async function read({ ctx }: TestDatabase): Promise<SchemaSnapshot> {
  return (await readCatalog(ctx, { schemas: ['public', 'Billing'], roles: ROLES })).snapshot;
}

async function make(db: TestDatabase, snapshot: SchemaSnapshot): Promise<SchemaSnapshot> {
  const reset = ['DROP SCHEMA public CASCADE', 'DROP SCHEMA IF EXISTS "Billing" CASCADE', 'CREATE SCHEMA public'];
  await rawSql(db.ctx, 'a test makes schemas anew').script([...reset, ...renderCreate(snapshot)].join(';\n'));
  return read(db);
}

const planOf = (diff: SchemaDiff) => planMigration(diff, { allow: diff.operations.map(labelOf), onlineSafety: 'off' });

test('two changes that do not meet end equal in either order', { timeout: 120_000 }, async () => {
  const [one, other] = [await database(), await database()];
  let disjoint = 0;
  const failures: string[] = [];
  for (const seed of SEEDS) {
    const random = randomFrom(seed);
    const generator = new SchemaGenerator(random);
    const first = generator.schema();
    // Of one generator, so that two new things have two names.
    const changed = [1, 2].map(() => prune(generator.change(notedCopy(first), 1 + random.below(2))));
    const base = await make(one, snapshotFrom(first)).catch(() => null);
    if (base === null) continue;
    const diffs: SchemaDiff[] = [];
    for (const model of changed) diffs.push(diffSnapshots(base, await make(other, snapshotFrom(model)), hintsFrom(model)));
    const [left, right] = diffs.map((diff) => planDraft(diff, planOf(diff), { version: 'V20260101000000__x' }).touches ?? null);
    if (!areDisjoint(left!, right!) || diffs.some(({ operations }) => operations.length === 0)) continue;
    disjoint++;
    await make(other, snapshotFrom(first));
    try {
      for (const [db, order] of [
        [one, diffs],
        [other, diffs.toReversed()],
      ] as const)
        for (const diff of order) await executePlan(db.ctx, planOf(diff));
      const operations = diffSnapshots(await read(one), await read(other)).operations.map(labelOf);
      if (operations.length > 0) failures.push(`seed ${seed}: ${operations.join(', ')}`);
    } catch (error) {
      failures.push(`seed ${seed}: ${diffs.map(({ operations }) => operations.map(labelOf).join(', ')).join(' | ')}: ${String(error)}`);
    }
  }
  expect(failures).toEqual([]);
  expect(disjoint).toBeGreaterThan(SEEDS.length / 10);
});

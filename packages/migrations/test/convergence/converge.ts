// One pair of schemas through everything: create the first, plan and run the way to the second, look, and run the way back.

import type { Context } from '@djogi/core';
import { rawSql } from '@djogi/core/raw';
import {
  diffSnapshots,
  executePlan,
  labelOf,
  planMigration,
  readCatalog,
  renderCreate,
  type MigrationPlan,
  type OperationKind,
  type SchemaSnapshot,
} from '../../src/index.ts';
import { ROLES, SchemaGenerator } from './generator.ts';
import { randomFrom } from './random.ts';
import { hintsFrom, notedCopy, prune, snapshotFrom, type SchemaModel } from './schema-model.ts';

const SCHEMAS = ['public', 'Billing'];

export interface PairOutcome {
  readonly kinds: readonly OperationKind[];
  readonly isReversible: boolean;
}

export interface Workplace {
  /** Holds the first schema and becomes the second. */
  readonly ctx: Context;
  /** Where the second schema is made, to see how the server spells it. */
  readonly scratch: Context;
}

async function make(ctx: Context, snapshot: SchemaSnapshot): Promise<SchemaSnapshot> {
  const raw = rawSql(ctx, 'a test makes schemas anew for each pair');
  const reset = ['DROP SCHEMA public CASCADE', 'DROP SCHEMA IF EXISTS "Billing" CASCADE', 'CREATE SCHEMA public'];
  await raw.script([...reset, ...renderCreate(snapshot)].join(';\n'));
  return read(ctx);
}

async function read(ctx: Context): Promise<SchemaSnapshot> {
  const { snapshot, unsupported } = await readCatalog(ctx, { schemas: SCHEMAS, roles: ROLES });
  if (unsupported.length > 0) throw new Error(`not in the snapshot: ${JSON.stringify(unsupported)}`);
  return snapshot;
}

export class PairFailure extends Error {
  constructor(seed: number, stage: string, details: string, options?: ErrorOptions) {
    super(`seed ${seed}, ${stage}:\n${details}`, options);
  }
}

const shown = (plan: MigrationPlan['segments']): string =>
  plan.map(({ kind, steps }) => `-- ${kind}\n${steps.flatMap(({ statements }) => statements).join(';\n')}`).join('\n');

/** The pair that belongs to `seed`. */
export function pairOf(seed: number): { readonly first: SchemaModel; readonly second: SchemaModel } {
  const random = randomFrom(seed);
  const generator = new SchemaGenerator(random);
  const first = generator.schema();
  // Mostly a few changes, as people make them; now and then another schema altogether.
  const second = random.chance(0.05) ? generator.schema() : generator.change(notedCopy(first), 1 + random.below(7));
  return { first, second: prune(second) };
}

export async function runPair({ ctx, scratch }: Workplace, seed: number, isSimple: boolean): Promise<PairOutcome> {
  const { first, second } = pairOf(seed);
  const hints = hintsFrom(second);
  let from: SchemaSnapshot;
  let to: SchemaSnapshot;
  try {
    [from, to] = await Promise.all([make(ctx, snapshotFrom(first)), make(scratch, snapshotFrom(second))]);
  } catch (error) {
    throw new PairFailure(seed, 'making the schemas', String(error), { cause: error });
  }
  let plan: MigrationPlan;
  let kinds: readonly OperationKind[];
  try {
    const diff = diffSnapshots(from, to, hints);
    kinds = diff.operations.map(({ kind }) => kind);
    plan = planMigration(diff, { allow: diff.operations.map(labelOf), isSimple });
  } catch (error) {
    throw new PairFailure(seed, 'planning', String(error), { cause: error });
  }
  await executePlan(ctx, plan).catch((error: unknown) => {
    throw new PairFailure(seed, 'running the plan', `${String(error)}\n${shown(plan.segments)}`, { cause: error });
  });
  expectEqual(seed, 'after the plan', plan.segments, await read(ctx), to);
  const isReversible = plan.down.irreversible.length === 0;
  if (isReversible) {
    const allow = plan.down.segments.flatMap(({ steps }) => steps.map(({ label }) => label));
    await executePlan(ctx, plan, { direction: 'down', allow }).catch((error: unknown) => {
      throw new PairFailure(
        seed,
        'running the way back',
        `${String(error)}\n${shown(plan.segments)}\n-- DOWN\n${shown(plan.down.segments)}`,
        { cause: error },
      );
    });
    expectEqual(seed, 'after the way back', plan.down.segments, await read(ctx), from);
  }
  return { kinds, isReversible };
}

function expectEqual(seed: number, stage: string, plan: MigrationPlan['segments'], found: SchemaSnapshot, wanted: SchemaSnapshot): void {
  const { operations } = diffSnapshots(found, wanted);
  if (operations.length > 0) throw new PairFailure(seed, stage, `${JSON.stringify(operations, null, 1)}\n${shown(plan)}`);
}

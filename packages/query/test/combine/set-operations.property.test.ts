// Set operations in SQL against the same on lists in memory: random rows, random trees of operations.

import { f, model, pk } from '@djogi/core';
import { djogiTest } from '@djogi/testing';
import fc from 'fast-check';
import { expect } from 'vitest';
import { query, type Combined } from '../../src/index.ts';

class Item extends model('items', { bag: f.int(), a: f.int().nullable(), b: f.text() }, { pk: pk.serial(), timestamps: false }) {}
const test = djogiTest({ models: [Item] });

interface Pair {
  readonly a: number | null;
  readonly b: string;
}
type Bags = readonly (readonly Pair[])[];
type Method = 'union' | 'unionAll' | 'intersect' | 'intersectAll' | 'except' | 'exceptAll';
type Tree = number | { readonly method: Method; readonly arms: readonly Tree[] };

const pair = fc.record({ a: fc.constantFrom(null, 0, 1), b: fc.constantFrom('', 'x') });
const bags = fc.array(fc.array(pair, { maxLength: 7 }), { minLength: 3, maxLength: 3 });
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.nat(2),
    fc.record({
      method: fc.constantFrom<Method>('union', 'unionAll', 'intersect', 'intersectAll', 'except', 'exceptAll'),
      arms: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));

const keyOf = ({ a, b }: Pair): string => JSON.stringify([a, b]);

/** How often each row occurs. */
const counted = (rows: readonly Pair[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  return counts;
};

const inMemory: Record<Method, (left: number, right: number) => number> = {
  union: (left, right) => Math.min(1, left + right),
  unionAll: (left, right) => left + right,
  intersect: (left, right) => Math.min(1, left, right),
  intersectAll: (left, right) => Math.min(left, right),
  except: (left, right) => (left > 0 && right === 0 ? 1 : 0),
  exceptAll: (left, right) => Math.max(0, left - right),
};

function expected(of: Tree, rows: Bags): Map<string, number> {
  if (typeof of === 'number') return counted(rows[of]!);
  return of.arms
    .map((arm) => expected(arm, rows))
    .reduce((left, right) => {
      const keys = new Set([...left.keys(), ...right.keys()]);
      return new Map([...keys].map((key) => [key, inMemory[of.method](left.get(key) ?? 0, right.get(key) ?? 0)]));
    });
}

const bagSet = (bag: number) =>
  query(Item)
    .filter((i) => i.bag.eq(bag))
    .select((i) => ({ a: i.a, b: i.b }));

type Asked = ReturnType<typeof bagSet> | Combined<any, { a: number | null; b: string }>;

function asked(of: Tree): Asked {
  if (typeof of === 'number') return bagSet(of);
  const [first, ...others] = of.arms.map(asked);
  return (first as Combined<any, Pair>)[of.method](...(others as Combined<any, Pair>[])) as Asked;
}

test('gives the rows of the same operations on multisets, nulls included', async ({ ctx }) => {
  await fc.assert(
    fc.asyncProperty(bags, tree, async (rows, of) => {
      await ctx
        .atomic(async (tx) => {
          await query(Item).bulkCreate(
            tx,
            rows.flatMap((list, bag) => list.map((row) => ({ ...row, bag }))),
          );
          const set = asked(of);
          const given = await set.fetchAll(tx);
          const wanted = new Map([...expected(of, rows)].filter(([, count]) => count > 0));
          expect(counted(given)).toEqual(wanted);
          if (typeof of !== 'number') expect(await set.count(tx)).toBe(given.length);
          expect(await query(set).count(tx)).toBe(given.length);
          expect(await set.exists(tx)).toBe(given.length > 0);
          throw new Rollback();
        })
        .catch((error: unknown) => {
          if (!(error instanceof Rollback)) throw error;
        });
    }),
    { numRuns: 120 },
  );
}, 60_000);

class Rollback extends Error {}

// Walks in SQL against a search in memory: random graphs of rows, cycles and rows that refer to themselves among them.

import { f, model, pk, type Id } from '@djogi/core';
import { djogiTest } from '@djogi/testing';
import fc from 'fast-check';
import { expect } from 'vitest';
import { ancestors, descendants, query, walk } from '../../src/index.ts';

const key = pk.serial();
type NodeId = Id<'serial', number, 'nodes'>;
class GraphNode extends model(
  'nodes',
  { next: f.id<NodeId>(key).nullable(), other: f.id<NodeId>(key).nullable(), group: f.int() },
  { pk: key, timestamps: false },
) {}
const test = djogiTest({ models: [GraphNode] });

interface Plain {
  readonly id: number;
  readonly next: number | null;
  readonly other: number | null;
  readonly group: number;
}
const SIZE = 8;
const to = fc.option(fc.integer({ min: 1, max: SIZE }), { freq: 3 });
const graph = fc.array(fc.record({ next: to, other: to, group: fc.nat(2) }), { minLength: SIZE, maxLength: SIZE });
const start = fc.uniqueArray(fc.integer({ min: 1, max: SIZE }), { maxLength: 3 });
const options = fc.record({ maxDepth: fc.option(fc.nat(4), { nil: undefined }), without: fc.option(fc.nat(2), { nil: undefined }) });

type Follow = (row: Plain, candidate: Plain) => boolean;

/** Ids with the number of steps of a shortest way. */
function search(
  rows: readonly Plain[],
  from: readonly number[],
  leads: Follow,
  maxDepth: number,
  may: (row: Plain) => boolean,
): Map<number, number> {
  const depths = new Map<number, number>();
  let border = rows.filter((row) => from.includes(row.id));
  for (let depth = 0; border.length > 0 && depth <= maxDepth; depth++) {
    for (const row of border) if (!depths.has(row.id)) depths.set(row.id, depth);
    border = rows.filter((row) => !depths.has(row.id) && may(row) && border.some((of) => leads(of, row)));
  }
  return depths;
}

/** All ways that meet no row twice. */
function ways(rows: readonly Plain[], from: readonly number[], leads: Follow, maxDepth: number, may: (row: Plain) => boolean): string[] {
  const found: string[] = [];
  const go = (path: readonly Plain[]): void => {
    found.push(path.map((row) => row.id).join());
    if (path.length > maxDepth) return;
    for (const row of rows) if (!path.includes(row) && may(row) && leads(path.at(-1)!, row)) go([...path, row]);
  };
  for (const row of rows) if (from.includes(row.id)) go([row]);
  return found.toSorted();
}

class Rollback extends Error {}

test('meets the rows that a search meets, at the same depth, once each or once a way', async ({ ctx }) => {
  await fc.assert(
    fc.asyncProperty(graph, start, options, async (plain, from, { maxDepth, without }) => {
      await ctx
        .atomic(async (tx) => {
          const created = await query(GraphNode).bulkCreate(
            tx,
            plain.map((row) => ({ ...row, next: null, other: null })),
          );
          const ids = created.map((row) => row.id),
            real = (of: number | null): NodeId | null => (of === null ? null : ids[of - 1]!),
            plainOf = (id: NodeId): number => ids.indexOf(id) + 1;
          for (const [at, row] of created.entries()) await row.update(tx, { next: real(plain[at]!.next), other: real(plain[at]!.other) });
          const rows = plain.map((row, at): Plain => ({ ...row, id: at + 1 }));
          const begin = query(GraphNode).filter((n) => n.id.in(from.map((of) => real(of)!)));
          const limits = {
            ...(maxDepth === undefined ? {} : { maxDepth }),
            ...(without === undefined ? {} : { where: (n: { group: { neq(of: number): any } }) => n.group.neq(without) }),
          };
          const most = maxDepth ?? Infinity,
            may = (row: Plain): boolean => row.group !== without;

          const cases = [
            [ancestors(begin, (n) => n.next, limits), (row: Plain, to: Plain) => row.next === to.id],
            [descendants(begin, (n) => n.next, limits), (row: Plain, to: Plain) => to.next === row.id],
            [
              walk(
                begin,
                [
                  { from: (n) => n.next, to: (n) => n.id },
                  { from: (n) => n.other, to: (n) => n.id },
                ],
                limits,
              ),
              (row: Plain, to: Plain) => row.next === to.id || row.other === to.id,
            ],
            [
              walk(begin, { from: (n) => n.other, to: (n) => n.next }, limits),
              (row: Plain, to: Plain) => row.other !== null && row.other === to.next,
            ],
          ] as const;
          for (const [set, leads] of cases) {
            const met = await set.select((n) => ({ id: n.id, depth: n.walk.depth, path: n.walk.path })).fetchAll(tx);
            expect(new Map(met.map((row) => [plainOf(row.id), row.depth]))).toEqual(search(rows, from, leads, most, may));
            expect(met.length).toBe(new Set(met.map((row) => row.id)).size);
            for (const { id, depth, path } of met) {
              expect(path.length).toBe(depth + 1);
              expect(path.at(-1)).toBe(id);
            }
          }
          const [, leads] = cases[2];
          const every = walk(
            begin,
            [
              { from: (n) => n.next, to: (n) => n.id },
              { from: (n) => n.other, to: (n) => n.id },
            ],
            { ...limits, each: 'path' },
          );
          const paths = await every.select((n) => ({ path: n.walk.path })).fetchAll(tx);
          expect(paths.map(({ path }) => path.map(plainOf).join()).toSorted()).toEqual(ways(rows, from, leads, most, may));
          // Depth first: every row after the one that leads to it.
          const ordered = await descendants(begin, (n) => n.next, { ...limits, depthFirstBy: (n) => n.group })
            .select((n) => ({ id: n.id, path: n.walk.path }))
            .fetchAll(tx);
          const seen = new Set<NodeId>();
          for (const { id, path } of ordered) {
            if (path.length > 1) expect(seen.has(path.at(-2)!)).toBe(true);
            seen.add(id);
          }
          throw new Rollback();
        })
        .catch((error: unknown) => {
          if (!(error instanceof Rollback)) throw error;
        });
    }),
    { numRuns: 60 },
  );
}, 90_000);

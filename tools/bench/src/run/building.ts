// What a query costs before it is sent: built from its clauses, keyed by its structure, and found again among the texts that are known. There is no server in it.

import { f, model, or, pk } from '@djogi/core';
import { query } from '@djogi/query';
import { spread, type Spread } from '../measure/statistics.ts';

class Thing extends model(
  'things',
  {
    name: f.text(),
    code: f.text(),
    size: f.int(),
    weight: f.double().nullable(),
    price: f.decimal(10, 2),
    isOpen: f.boolean(),
    total: f.bigint(),
    madeAt: f.timestamptz().nullable(),
    tags: f.array(f.text()),
  },
  { pk: pk.heerId() },
) {}

/** Twenty clauses of all sorts, of which `at` is a value. */
const twentyClauses = (at: number) =>
  query(Thing)
    .filter(
      (t) => t.name.eq('a'),
      (t) => t.code.startsWith('x'),
      (t) => t.size.gt(at),
      (t) => t.size.lt(at + 10),
      (t) => t.size.between(1, at),
    )
    .filter(
      (t) => or(t.weight.isNull(), t.weight.gt(1.5)),
      (t) => t.price.gte('1.50'),
      (t) => t.isOpen,
      (t) => t.total.neq(5n),
      (t) => t.tags.contains(['a']),
    )
    .exclude(
      (t) => t.name.in(['a', 'b', 'c']),
      (t) => t.code.iexact('y'),
    )
    .orderBy((t) => [t.madeAt.desc(), t.name.asc(), t.size.add(t.size).desc()])
    .distinctOn((t) => t.madeAt)
    .limit(50)
    .offset(at)
    .select((t) => ({ name: t.name, size: t.size, twice: t.size.mul(2) }));

/** In milliseconds: a tenth of what a round trip takes on one machine. */
export const BUILDING_GOAL_MS = 0.05;
const WARM_UP = 3000,
  BUILDS = 1000;

/** Milliseconds for a query of twenty clauses, whose structure is known and whose values are new. */
export function measureBuilding(rounds: number): Spread {
  const built = (from: number, count: number): void => {
    for (let at = from; at < from + count; at++) twentyClauses(at).toSql();
  };
  built(0, WARM_UP);
  return spread(
    Array.from({ length: rounds }, (_, round) => {
      const start = performance.now();
      built(round * BUILDS, BUILDS);
      return (performance.now() - start) / BUILDS;
    }),
  );
}

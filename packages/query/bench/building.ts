// What building and keying a query costs, without a database: a known shape must be found again in well under 0.05 ms.
//
//   node --conditions=@djogi/source packages/query/bench/building.ts
//
// Prints microseconds per query, the best and the median of several rounds.

import { f, model, or, pk } from '@djogi/core';
import { compileSelect } from '../src/set/lower.ts';
import type { Selection } from '../src/set/selection.ts';
import { query, type QuerySet } from '../src/index.ts';

class Thing extends model(
  'things',
  {
    name: f.text(),
    code: f.text(),
    size: f.int(),
    count: f.int(),
    weight: f.double().nullable(),
    price: f.decimal(10, 2),
    isOpen: f.boolean(),
    total: f.bigint(),
    madeAt: f.timestamptz().nullable(),
    tags: f.array(f.text()),
  },
  { pk: pk.heerId() },
) {}

type Build = (at: number) => QuerySet<typeof Thing, unknown>;

const builds: Record<string, Build> = {
  'whole table': () => query(Thing),
  'get-like (1 clause)': (at) => query(Thing).filter((t) => t.size.eq(at)),
  'page (filter, order, limit 50)': (at) =>
    query(Thing)
      .filter(
        (t) => t.size.gte(at),
        (t) => t.isOpen,
      )
      .orderBy((t) => t.madeAt.desc())
      .limit(50),
  '20 clauses, one filter each': (at) => {
    let set: QuerySet<typeof Thing, unknown> = query(Thing);
    for (let clause = 0; clause < 20; clause++) set = set.filter((t) => t.size.gte(at + clause));
    return set;
  },
  '20 clauses of all sorts': (at) =>
    query(Thing)
      .filter(
        (t) => t.name.eq('a'),
        (t) => t.code.startsWith('x'),
        (t) => t.size.gt(at),
        (t) => t.size.lt(at + 10),
        (t) => t.count.between(1, at),
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
      .orderBy((t) => [t.madeAt.desc(), t.name.asc(), t.size.add(t.count).desc()])
      .distinctOn((t) => t.madeAt)
      .limit(50)
      .offset(at)
      .select((t) => ({ name: t.name, size: t.size, twice: t.size.mul(2) })),
};

/** `toSql` compiles and gives back the text, as a terminal does before it sends. */
const compile = (set: QuerySet<typeof Thing, unknown>): unknown =>
  compileSelect((set as unknown as { selection: Selection }).selection).values;

const ROUNDS = 30,
  CALLS = 2000;

for (const [name, build] of Object.entries(builds)) {
  for (let at = 0; at < 3000; at++) compile(build(at));
  const built: number[] = [],
    both: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    let start = performance.now();
    for (let at = 0; at < CALLS; at++) build(at);
    built.push(((performance.now() - start) / CALLS) * 1000);
    start = performance.now();
    for (let at = 0; at < CALLS; at++) compile(build(at));
    both.push(((performance.now() - start) / CALLS) * 1000);
  }
  const shown = (times: number[]): string => {
    const sorted = times.sort((a, b) => a - b);
    return `best ${sorted[0]!.toFixed(2).padStart(6)}, median ${sorted[Math.floor(sorted.length / 2)]!.toFixed(2).padStart(6)}`;
  };
  console.log(`${name.padEnd(34)} build ${shown(built)}   build and key ${shown(both)}  µs`);
}

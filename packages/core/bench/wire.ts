// The wire layer against plain `pg` with named statements and its default row objects: get by key, and a list of 1,000 rows of 12 mixed columns.
// Rounds are interleaved, and the ratio is taken within a round, so that what slows the machine slows both. The results are compared first.
//
// Run: node --conditions=@djogi/source packages/core/bench/wire.ts [rounds]
// One CPU for client and server gives the steadiest figures: taskset -c 0 node ...

import assert from 'node:assert/strict';
import pg from 'pg';
import { startEmbedded } from '@djogi/testing/embedded';
import type { CompiledStatement } from '../src/db/port.ts';
import { connect } from '../src/pg/connect.ts';
import { bool, float8, int4, jsonb, shape, statement, text, textArray, timestamptz } from '../test/support/wire-codecs.ts';

const TABLE = `
  create table items (id bigint primary key, quantity int not null, weight float8, is_active bool not null, name text not null, note text, price numeric(10, 2) not null,
    token uuid not null, created_at timestamptz not null, updated_at timestamptz, document jsonb, tags text[] not null);
  insert into items select i, i % 97, i / 7.0, i % 3 = 0, 'item ' || i, case when i % 2 = 0 then 'a note about the item that is some sixty characters long ' || i end,
    i * 1.25, gen_random_uuid(), timestamptz '2026-01-01' + i * interval '1 minute', case when i % 4 = 0 then timestamptz '2026-02-01' + i * interval '1 hour' end,
    case when i % 5 = 0 then jsonb_build_object('n', i, 'ok', true) end, array['red', 'green'] from generate_series(1, 10000) i;
  analyze items`;

const columns = {
  id: text,
  quantity: int4,
  weight: float8,
  is_active: bool,
  name: text,
  note: text,
  price: text,
  token: text,
  created_at: timestamptz,
  updated_at: timestamptz,
  document: jsonb,
  tags: textArray,
};
const get = statement('select * from items where id = $1', [text], shape(columns, 'items'));
const list = statement('select * from items where id > $1 order by id limit 1000', [text], shape(columns, 'items'));

interface Workload {
  readonly name: string;
  readonly of: CompiledStatement<any>;
  readonly perRound: number;
  readonly value: (index: number) => string;
  readonly goal: number;
}
const workloads: readonly Workload[] = [
  { name: 'get by key', of: get, perRound: 1000, value: (index) => String(1 + ((index * 37) % 10000)), goal: 0.8 },
  { name: 'list 1,000 x 12', of: list, perRound: 30, value: (index) => String((index * 37) % 9000), goal: 0.5 },
];

const rounds = Number(process.argv[2] ?? 15);
const server = await startEmbedded();
try {
  const wire = await connect({ url: server.url });
  const plain = new pg.Client(server.url);
  await plain.connect();
  await wire.script(TABLE);

  for (const { name, of, perRound, value, goal } of workloads) {
    const ours = (index: number): Promise<{ rows: unknown[] }> => wire.execute({ statement: of, values: [value(index)] });
    const theirs = (index: number): Promise<{ rows: unknown[] }> => plain.query({ name, text: of.text, values: [value(index)] });
    assert.deepEqual(
      (await ours(1)).rows.map((row) => ({ ...(row as object) })),
      (await theirs(1)).rows,
    );
    const ratios: number[] = [],
      times: number[] = [],
      cpuRatios: number[] = [];
    for (let round = -3; round < rounds; round++) {
      const first = await measure(round % 2 === 0 ? ours : theirs, perRound),
        second = await measure(round % 2 === 0 ? theirs : ours, perRound);
      const [mine, other] = round % 2 === 0 ? [first, second] : [second, first];
      if (round < 0) continue; // the compilers are still at work
      ratios.push(mine.ms / other.ms);
      cpuRatios.push(mine.cpuMs / other.cpuMs);
      times.push(mine.ms / perRound);
    }
    const ratio = median(ratios);
    console.log(
      `${name.padEnd(16)} ratio ${ratio.toFixed(2)} (goal ${goal.toFixed(2)}) [client CPU ${median(cpuRatios).toFixed(2)}]  ${(median(times) * 1000).toFixed(0)} us each, ratios ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`,
    );
  }
  await plain.end();
  await wire.close();
} finally {
  await server.stop();
}

async function measure(run: (index: number) => Promise<unknown>, count: number): Promise<{ ms: number; cpuMs: number }> {
  const cpu = process.cpuUsage(),
    start = performance.now();
  for (let index = 0; index < count; index++) await run(index);
  const ms = performance.now() - start,
    { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1000 };
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1]!;
}

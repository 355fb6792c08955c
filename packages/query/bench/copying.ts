// What copyFrom and copyTo cost beside bulkCreate, fetchAll and a COPY of hand-made bytes.
//
//   node --expose-gc --conditions=@djogi/source bench/copying.ts [rows = 100000] [rounds = 3]

import { f, model, pk, type CreateOf } from '@djogi/core';
import { rawSql } from '@djogi/core/raw';
import { setupTestDb } from '@djogi/testing';
import { query } from '../src/index.ts';

const ROWS = Number(process.argv[2] ?? 100_000),
  ROUNDS = Number(process.argv[3] ?? 3);

const fields = {
  name: f.text(),
  country: f.text(),
  population: f.int(),
  area: f.double().nullable(),
  code: f.uuid(),
  price: f.decimal(10, 2),
  seenAt: f.timestamptz(),
  isCapital: f.boolean().default(false),
};
class Place extends model('places', fields, { pk: pk.serial(), timestamps: false }) {}
/** Ranges have no binary form to write, so rows of this model travel as text. */
class TextPlace extends model('text_places', { ...fields, span: f.range('int4').nullable() }, { pk: pk.serial(), timestamps: false }) {}

function row(at: number): CreateOf<typeof Place> {
  return {
    name: `place number ${at}`,
    country: 'NO',
    population: at * 7,
    area: at % 5 === 0 ? null : at / 3,
    code: `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
    price: `${at % 1000}.50`,
    seenAt: new Date(1_700_000_000_000 + at * 1000),
    isCapital: at % 2 === 0,
  };
}

function* rows(): Generator<CreateOf<typeof Place>> {
  for (let at = 0; at < ROWS; at++) yield row(at);
}

/** The least code that does the same: text rows without any check. */
function* lines(): Generator<Uint8Array> {
  let text = '';
  for (let at = 0; at < ROWS; at++) {
    const { name, country, population, area, code, price, seenAt, isCapital } = row(at);
    text += `${name}\t${country}\t${population}\t${area ?? '\\N'}\t${code}\t${price}\t${seenAt.toISOString()}\t${isCapital === true ? 't' : 'f'}\n`;
    if (text.length > 65_536) {
      yield Buffer.from(text);
      text = '';
    }
  }
  yield Buffer.from(text);
}

const setup = await setupTestDb({ models: [Place, TextPlace] });
const { ctx } = setup;
const raw = rawSql(ctx, 'the comparison, and emptying between runs');
const COLUMNS = 'name, country, population, area, code, price, seen_at, is_capital';

const loads: Readonly<Record<string, () => Promise<unknown>>> = {
  'COPY of hand-made text': () => raw.withConnection((connection) => connection.copyIn(`COPY places (${COLUMNS}) FROM STDIN`, lines())),
  'copyFrom, binary': () => query(Place).copyFrom(ctx, rows()),
  'copyFrom, text': () => query(TextPlace).copyFrom(ctx, rows()),
  'copyFrom, asynchronous rows': () =>
    query(Place).copyFrom(
      ctx,
      (async function* () {
        yield* rows();
      })(),
    ),
  'bulkCreate, all at once': () => query(Place).bulkCreate(ctx, [...rows()]),
  'bulkCreate, 1,000 at a time': async () => {
    let batch: CreateOf<typeof Place>[] = [];
    for (const each of rows()) {
      batch.push(each);
      if (batch.length < 1000) continue;
      await query(Place).bulkCreate(ctx, batch);
      batch = [];
    }
    await query(Place).bulkCreate(ctx, batch);
  },
};
const reads: Readonly<Record<string, () => Promise<unknown>>> = {
  'copyTo, csv': async () => {
    let bytes = 0;
    for await (const piece of query(Place).copyTo(ctx)) bytes += piece.length;
    return bytes;
  },
  'copyTo, binary': async () => {
    let bytes = 0;
    for await (const piece of query(Place).copyTo(ctx, { format: 'binary' })) bytes += piece.length;
    return bytes;
  },
  fetchAll: () => query(Place).fetchAll(ctx),
};

async function timed(act: () => Promise<unknown>): Promise<{ ms: number; cpuMs: number; peakMb: number }> {
  (globalThis as { gc?: () => void }).gc?.();
  const base = process.memoryUsage().rss;
  let peak = base;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 5);
  const cpu = process.cpuUsage(),
    from = performance.now();
  await act();
  const ms = performance.now() - from,
    used = process.cpuUsage(cpu);
  clearInterval(watch);
  return { ms, cpuMs: (used.user + used.system) / 1000, peakMb: (Math.max(peak, process.memoryUsage().rss) - base) / 1e6 };
}

const median = (numbers: number[]): number => numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)]!;
const results = new Map<string, { ms: number; cpuMs: number; peakMb: number }[]>();
const record = async (name: string, act: () => Promise<unknown>): Promise<void> => {
  results.set(name, [...(results.get(name) ?? []), await timed(act)]);
};

for (let round = 0; round < ROUNDS; round++) {
  for (const [name, act] of Object.entries(loads)) {
    await raw.script('TRUNCATE places, text_places');
    await record(name, act);
  }
  for (const [name, act] of Object.entries(reads)) await record(name, act);
}
await setup.dispose();

console.log(`${ROWS} rows of 8 columns, median of ${ROUNDS} rounds`);
for (const [name, runs] of results) {
  const of = (pick: 'ms' | 'cpuMs' | 'peakMb'): string =>
    median(runs.map((run) => run[pick]))
      .toFixed(0)
      .padStart(6);
  console.log(`${name.padEnd(30)}${of('ms')} ms ${of('cpuMs')} ms client CPU ${of('peakMb')} MB more resident at the most`);
}

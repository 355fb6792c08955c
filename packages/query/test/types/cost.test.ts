// What the compiler pays for a query: type instantiations per call of each public method, at few and at many models. The numbers are ceilings a
// little above what was measured; a change of one is a line in the diff.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
const compiler = fileURLToPath(import.meta.resolve('typescript/package.json')).replace('package.json', 'bin/tsc');

/** Runs the compiler; what it complains about is the error. */
const compile = (options: string[]): Promise<{ stdout: string }> =>
  promisify(execFile)(process.execPath, [compiler, ...options]).catch((error: { stdout: string }) => {
    throw new Error(error.stdout);
  });

/** Prints what was measured when it is asked for. */
const show = (measured: object): void => {
  if (process.env['DJOGI_SHOW_COST'] !== undefined) process.stdout.write(`${JSON.stringify(measured, null, 2)}\n`);
};

const modelText = (at: number): string => `export class M${at} extends model('m${at}', {
  name: f.text(), code: f.text().unique(), size: f.int(), count: f.int().default(0), weight: f.double().nullable(), price: f.decimal(10, 2), isOpen: f.boolean().default(true), total: f.bigint().nullable(),
  madeAt: f.timestamptz().nullable(), day: f.date(), tags: f.array(f.text()).default([]), revision: f.version(),
}) {}`;

/** Compiles `models` models and `lines` per model; resolves to the number of instantiations. Errors in the text are errors here. */
async function instantiations(models: number, lines: readonly string[]): Promise<number> {
  const folder = await mkdtemp(join(here, '.cost-'));
  try {
    const names = Array.from({ length: models }, (_, at) => `M${at}`);
    await writeFile(
      join(folder, 'models.ts'),
      `import { f, model } from '@djogi/core';\n${names.map((_, at) => modelText(at)).join('\n')}\n`,
    );
    const body = names
      .map(
        (name) =>
          `export async function use${name}(ctx: Context, tx: TransactionContext) {\n${lines.map((line) => `  ${line.replaceAll('$M', name)};`).join('\n')}\n}`,
      )
      .join('\n');
    await writeFile(
      join(folder, 'use.ts'),
      `import { countAll, grouping, rowNumber, type Context, type TransactionContext } from '@djogi/core';\nvoid [countAll, grouping, rowNumber];\nimport { query } from '@djogi/query';\nimport { ${names.join(', ')} } from './models.ts';\n${body}\n`,
    );
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../../../../tsconfig.base.json',
        compilerOptions: { types: ['node'] },
        files: ['models.ts', 'use.ts'],
      }),
    );
    const { stdout } = await compile(['-p', folder, '--extendedDiagnostics', '--singleThreaded']);
    return Number(/Instantiations:\s+(\d+)/.exec(stdout)![1]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const MODELS = 10;

/** The price of a method's first use on a model, with what the bag or the create input of that model costs; about a fifth more than was measured. */
const CALLS: Readonly<Record<string, readonly [line: string, ceiling: number]>> = {
  query: ['query($M)', 20],
  filter: ['query($M).filter(m => m.size.gt(1))', 105],
  'filter with four predicates': ['query($M).filter(m => m.size.gt(1), m => m.name.eq("a"), m => m.weight.isNull(), m => m.isOpen)', 145],
  exclude: ['query($M).exclude(m => m.size.gt(1))', 105],
  orderBy: ['query($M).orderBy(m => [m.size.asc(), m.name.desc()])', 115],
  reorder: ['query($M).reorder(m => m.size.asc())', 105],
  'limit and offset': ['query($M).limit(1).offset(2).distinct().none()', 40],
  distinctOn: ['query($M).distinctOn(m => [m.size, m.name])', 120],
  select: ['query($M).select(m => ({ a: m.name, b: m.weight, c: m.size }))', 170],
  selectTuple: ['query($M).selectTuple(m => [m.name, m.weight, m.size])', 175],
  fetchAll: ['await query($M).fetchAll(ctx)', 30],
  fetchOne: ['await query($M).fetchOne(ctx)', 30],
  first: ['await query($M).first(ctx)', 30],
  count: ['await query($M).count(ctx)', 25],
  inBulk: ['await query($M).inBulk(ctx, [])', 80],
  stream: ['for await (const row of query($M).stream(tx)) row.name', 50],
  predicate: ['query($M).predicate()', 25],
  bulkCreate: ['await query($M).bulkCreate(ctx, [{ name: "a", code: "b", size: 1, price: "1", day: null! }])', 700],
  upsert: [
    'await query($M).upsert(ctx, { name: "a", code: "b", size: 1, price: "1", day: null! }, { conflict: ["code"], update: ["size"] })',
    710,
  ],
  bulkUpsert: [
    'await query($M).bulkUpsert(ctx, [{ name: "a", code: "b", size: 1, price: "1", day: null! }], { conflict: ["code"], update: ["size"] })',
    710,
  ],
  bulkUpdateRows: ['await query($M).bulkUpdateRows(ctx, [{ id: null!, size: 1 }], { fields: ["size"] })', 700],
  createOrFind: [
    'await query($M).createOrFind(ctx, { name: "a", code: "b", size: 1, price: "1", day: null! }, { conflict: ["code"] })',
    710,
  ],
  getOrCreate: ['await query($M).getOrCreate(ctx, () => ({ name: "a", code: "b", size: 1, price: "1", day: null! }))', 710],
  'upsert with a function': [
    'await query($M).upsert(ctx, { name: "a", code: "b", size: 1, price: "1", day: null! }, { conflict: ["code"], update: (s, o) => ({ size: s.size.add(o.size) }) })',
    1000,
  ],
};

/** Likewise where each use makes types of its own: those of its keys, its annotations and its rows. */
const SHAPED: Readonly<Record<string, readonly [line: string, ceiling: number]>> = {
  annotate: ['query($M).annotate(m => ({ n: countAll(), most: m.size.max(), place: rowNumber().over({ orderBy: [m.name.asc()] }) }))', 150],
  qualify: ['query($M).annotate(() => ({ n: countAll() })).qualify(a => a.n.gt(1)).orderBy(a => a.n.asc()).limit(1)', 145],
  'groupBy with having': [
    'query($M).groupBy(m => ({ name: m.name })).annotate(m => ({ n: countAll(), size: m.size.sum() })).having(g => g.n.gt(1)).orderBy(g => g.size.desc())',
    250,
  ],
  rollup: ['query($M).rollup(m => ({ name: m.name })).annotate((m, k) => ({ n: countAll(), level: grouping(k.name) }))', 230],
  groupingSets: ['query($M).groupingSets(m => ({ name: m.name, size: m.size }), [["name"], []]).annotate(() => ({ n: countAll() }))', 240],
  aggregate: ['await query($M).aggregate(ctx, m => ({ n: countAll(), size: m.size.sum() }))', 165],
};

test('keeps the price of each method within its ceiling', async () => {
  const base = await instantiations(MODELS, ['void $M']);
  const prices: Record<string, number> = {};
  for (const [name, [line]] of Object.entries({ ...CALLS, ...SHAPED }))
    prices[name] = Math.round(((await instantiations(MODELS, [line])) - base) / MODELS);
  show(prices);
  expect(Object.entries(prices).filter(([name, price]) => price > { ...CALLS, ...SHAPED }[name]![1])).toEqual([]);
}, 300_000);

test('pays next to nothing for what was used before', async () => {
  const lines = Object.values(CALLS).map(([line]) => line);
  const once = await instantiations(MODELS, lines),
    many = await instantiations(MODELS, Array.from({ length: 6 }, () => lines).flat());
  const price = (many - once) / MODELS / 5 / lines.length;
  show({ repeated: price });
  expect(price).toBeLessThan(10);
}, 60_000);

test('pays for the types of its result when a group or an annotation is repeated, and no more', async () => {
  const lines = Object.values(SHAPED).map(([line]) => line);
  const once = await instantiations(MODELS, lines),
    many = await instantiations(MODELS, Array.from({ length: 6 }, () => lines).flat());
  const price = (many - once) / MODELS / 5 / lines.length;
  show({ shaped: price });
  expect(price).toBeLessThan(75);
}, 60_000);

const QUERY =
  'await query($M).filter(m => m.size.gte(2000), m => m.name.startsWith("A"), m => m.weight.isNotNull()).orderBy(m => m.madeAt.desc()).limit(20).select(m => ({ name: m.name, size: m.size, weight: m.weight })).fetchAll(ctx)';

test('does not pay more for a query when there are more models', async () => {
  const priceAt = async (models: number): Promise<number> =>
    ((await instantiations(models, [QUERY, QUERY, QUERY])) - (await instantiations(models, ['void $M']))) / models / 3;
  const few = await priceAt(10),
    many = await priceAt(100);
  show({ few, many });
  // The budget of a project, with all that its models cost at first use.
  expect(many).toBeLessThan(300);
  expect(many).toBeLessThanOrEqual(few);
}, 300_000);

test('refuses a wrong field name for no more than twice the price of a right one', async () => {
  const right = 'query($M).filter(m => m.size.gt(1))',
    wrong = '// @ts-expect-error a misspelt field\n  query($M).filter(m => m.sise.gt(1))';
  const price = async (line: string): Promise<number> =>
    instantiations(
      MODELS,
      Array.from({ length: 10 }, () => line),
    );
  const base = await price('void $M');
  const [rightly, wrongly] = [(await price(right)) - base, (await price(wrong)) - base];
  show({ rightly, wrongly });
  expect(wrongly).toBeLessThan(rightly * 2);
}, 60_000);

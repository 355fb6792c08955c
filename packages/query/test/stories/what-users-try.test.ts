// What users will try, and must find working: the scenarios of the specification that plain queries answer, told as somebody would write them.

import { caseWhen, f, model, pk, type ValidationError } from '@djogi/core';
import { rawSql } from '@djogi/core/raw';
import { djogiTest, expectStatements } from '@djogi/testing';
import { expect } from 'vitest';
import { parseFilter, query, type Page } from '../../src/index.ts';

class Vehicle extends model(
  'vehicles',
  { make: f.text(), price: f.int(), active: f.boolean().default(true), ownerName: f.text().nullable() },
  { pk: pk.serial() },
) {}
class Promo extends model('promos', { text: f.text() }, { pk: pk.serial() }) {}

const test = djogiTest({ models: [Vehicle, Promo] });

const FLEET = [
  ['Honda', 5],
  ['Honda', 50],
  ['Audi', 10],
  ['Audi', 20],
  ['Fiat', 15],
  ['Fiat', 25],
].map(([make, price]) => ({ make: make as string, price: price as number }));

test('1: two branches of one base give independent results, and awaiting the base sends nothing', async ({ ctx }) => {
  await query(Vehicle).bulkCreate(ctx, FLEET);
  const base = query(Vehicle)
    .filter((v) => v.make.neq('Fiat'))
    .orderBy((v) => v.price.asc());
  await expectStatements(0, async () => {
    // oxlint-disable-next-line typescript/await-thenable -- a mistake that people make: it must be harmless
    expect(await base).toBe(base);
  });
  const cheap = base.filter((v) => v.price.lte(10)),
    dear = base.filter((v) => v.price.gt(10)).reorder((v) => v.price.desc());
  const [one, two, all] = await Promise.all([cheap.fetchAll(ctx), dear.fetchAll(ctx), base.fetchAll(ctx)]);
  expect(one.map((v) => v.price)).toEqual([5, 10]);
  expect(two.map((v) => v.price)).toEqual([50, 20]);
  expect(all.map((v) => v.price)).toEqual([5, 10, 20, 50]);
});

test('2: a fluent AND, then OR, has the right parentheses and placeholders', async ({ ctx }) => {
  await query(Vehicle).bulkCreate(ctx, FLEET);
  const set = query(Vehicle)
    .filter((v) => v.price.gte(10).and(v.price.lte(20)).or(v.make.eq('Honda')))
    .orderBy((v) => v.price.asc());
  expect(set.toSql()).toEqual({
    text: 'SELECT "id", "created_at", "updated_at", "make", "price", "active", "owner_name" FROM "vehicles" WHERE "price" >= $1 AND "price" <= $2 OR "make" = $3 ORDER BY "price" ASC',
    values: [10, 20, 'Honda'],
  });
  expect((await set.fetchAll(ctx)).map((v) => [v.make, v.price])).toEqual([
    ['Honda', 5],
    ['Audi', 10],
    ['Fiat', 15],
    ['Audi', 20],
    ['Honda', 50],
  ]);
  const other = query(Vehicle).filter((v) => v.make.eq('Honda').or(v.price.gte(10)).and(v.price.lte(20)));
  expect(other.toSql().text).toContain('WHERE ("make" = $1 OR "price" >= $2) AND "price" <= $3');
  expect(await other.count(ctx)).toBe(4);
});

test('3: contains finds the literal text 50%_off\\ and nothing like it', async ({ ctx }) => {
  await query(Promo).bulkCreate(
    ctx,
    ['now 50%_off\\ today', 'now 50X_off\\', 'now 50%Xoff\\', '50%_off', 'NOW 50%_OFF\\'].map((text) => ({ text })),
  );
  const found = (set = query(Promo).filter((p) => p.text.contains('50%_off\\'))): Promise<string[]> =>
    set
      .orderBy((p) => p.id.asc())
      .fetchAll(ctx)
      .then((rows) => rows.map((row) => row.text));
  expect(await found()).toEqual(['now 50%_off\\ today']);
  expect(await found(query(Promo).filter((p) => p.text.icontains('50%_off\\')))).toEqual(['now 50%_off\\ today', 'NOW 50%_OFF\\']);
  expect(await found(query(Promo).filter((p) => p.text.startsWith('50%_')))).toEqual(['50%_off']);
  expect(await found(query(Promo).filter((p) => p.text.endsWith('\\')))).toEqual(['now 50X_off\\', 'now 50%Xoff\\', 'NOW 50%_OFF\\']);
});

test('5: pages by limit and offset skip no row although many were created in one millisecond', async ({ ctx }) => {
  await query(Vehicle).bulkCreate(
    ctx,
    Array.from({ length: 95 }, (_, at) => ({ make: `m${at}`, price: at })),
  );
  const list = query(Vehicle).orderBy((v) => [v.createdAt.desc(), v.id.desc()]);
  const seen: number[] = [];
  for (let page = 0; ; page++) {
    const rows = await list
      .limit(10)
      .offset(page * 10)
      .fetchAll(ctx);
    if (rows.length === 0) break;
    seen.push(...rows.map((row) => row.price));
  }
  expect(seen).toEqual(Array.from({ length: 95 }, (_, at) => 94 - at));
});

test('9: fifty increments at once all count, and a CASE of literals only is an integer', async ({ ctx }) => {
  await query(Vehicle).bulkCreate(ctx, FLEET);
  const fiats = query(Vehicle).filter((v) => v.make.eq('Fiat'));
  const counts = await Promise.all(Array.from({ length: 50 }, () => fiats.update((v) => ({ price: v.price.add(1) })).execute(ctx)));
  expect(counts).toEqual(new Array(50).fill(2));
  const prices = (): Promise<[number][]> =>
    fiats
      .orderBy((v) => v.id.asc())
      .selectTuple((v) => [v.price])
      .fetchAll(ctx);
  expect(await prices()).toEqual([[65], [75]]);

  await fiats.update((v) => ({ price: caseWhen(v.price.gt(70), 2).otherwise(1) })).execute(ctx);
  expect(await prices()).toEqual([[1], [2]]);
});

test('15: a hundred thousand rows stream in a transaction, which is usable after an early break', async ({ ctx }) => {
  await rawSql(ctx, 'fills a table for a story of streaming').execute(
    "INSERT INTO vehicles (make, price) SELECT 'm', i FROM generate_series(1, 100000) i",
  );
  await ctx.atomic(async (tx) => {
    let sum = 0;
    for await (const vehicle of query(Vehicle).stream(tx, { batchSize: 5000 })) sum += vehicle.price;
    expect(sum).toBe(5_000_050_000);
    for await (const vehicle of query(Vehicle)
      .orderBy((v) => v.id.asc())
      .stream(tx))
      if (vehicle.price === 1500) break;
    expect(
      await query(Vehicle)
        .filter((v) => v.price.gt(99_990))
        .count(tx),
    ).toBe(10);
  });
});

test('a search form with optional parts is a chain of ifs', async ({ ctx }) => {
  await query(Vehicle).bulkCreate(ctx, FLEET);
  const search = (form: { make?: string; upTo?: number; sort?: 'price' | 'make' }): Promise<Vehicle[]> => {
    const { make, upTo } = form;
    let set = query(Vehicle).filter((v) => v.active);
    if (make !== undefined) set = set.filter((v) => v.make.iexact(make));
    if (upTo !== undefined) set = set.filter((v) => v.price.lte(upTo));
    return set
      .orderBy((v) => v[form.sort ?? 'price'].asc())
      .limit(20)
      .fetchAll(ctx);
  };
  expect((await search({})).map((v) => v.price)).toEqual([5, 10, 15, 20, 25, 50]);
  expect((await search({ make: 'HONDA' })).map((v) => v.price)).toEqual([5, 50]);
  expect((await search({ make: 'audi', upTo: 15 })).map((v) => v.price)).toEqual([10]);
});

test('rows that were fetched are rows: they are changed, saved and deleted', async ({ ctx }) => {
  await query(Vehicle).bulkCreate(ctx, FLEET);
  const vehicle = await query(Vehicle)
    .filter(
      (v) => v.make.eq('Honda'),
      (v) => v.price.lt(10),
    )
    .fetchOne(ctx);
  await vehicle.update(ctx, { price: 7 });
  expect((await Vehicle.get(ctx, vehicle.id)).price).toBe(7);
  expect(await vehicle.delete(ctx)).toBe(true);
  expect(
    await query(Vehicle)
      .filter((v) => v.make.eq('Honda'))
      .count(ctx),
  ).toBe(1);
});

test('many questions at once share the pool', async ({ ctx, pool }) => {
  await query(Vehicle).bulkCreate(ctx, FLEET);
  const counts = await Promise.all(
    Array.from({ length: 100 }, (_, at) =>
      query(Vehicle)
        .filter((v) => v.price.gt(at % 50))
        .count(ctx),
    ),
  );
  expect(counts.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, at) => FLEET.filter((v) => v.price > at).length));
  expect(pool.status().size).toBeLessThanOrEqual(10);
});

test('a column that was changed behind the program is met with a clear error and then with the new rows', async ({ ctx }) => {
  await query(Vehicle).bulkCreate(ctx, FLEET);
  const makes = query(Vehicle)
    .select((v) => ({ make: v.make }))
    .distinct()
    .orderBy((v) => v.make.asc());
  for (let time = 0; time < 3; time++) expect(await makes.fetchAll(ctx)).toEqual([{ make: 'Audi' }, { make: 'Fiat' }, { make: 'Honda' }]);
  await rawSql(ctx, 'a migration that runs beside the program').script('ALTER TABLE vehicles ALTER COLUMN make TYPE varchar(20)');
  for (let time = 0; time < 3; time++) expect(await makes.fetchAll(ctx)).toEqual([{ make: 'Audi' }, { make: 'Fiat' }, { make: 'Honda' }]);
});

test('4: a saved filter comes back from a browser as JSON, within a list of fields, and a wrong operator names its clause', async ({
  ctx,
}) => {
  await query(Vehicle).bulkCreate(ctx, FLEET);
  const saved = JSON.stringify(
    parseFilter(Vehicle, {
      clauses: [
        { field: 'make', op: 'in', value: ['Audi', 'Fiat'] },
        { field: 'price', op: 'gte', value: 15 },
      ],
    }),
  );
  const allow = ['make', 'price'] as const;
  const found = query(Vehicle).filter(parseFilter(Vehicle, JSON.parse(saved), { allow }));
  expect(found.toSql()).toEqual(
    query(Vehicle)
      .filter(
        (v) => v.make.in(['Audi', 'Fiat']),
        (v) => v.price.gte(15),
      )
      .toSql(),
  );
  expect(await found.count(ctx)).toBe(3);
  const refused = (json: string): unknown => {
    try {
      return parseFilter(Vehicle, JSON.parse(json), { allow });
    } catch (error) {
      return (error as ValidationError).issues.map((issue) => [issue.path, issue.rule]);
    }
  };
  expect(refused(saved.replace('"gte"', '"atLeast"'))).toEqual([['clauses[1].op', 'unknown_operator']]);
  expect(refused(saved.replace('"make"', '"ownerName"'))).toEqual([['clauses[0].field', 'field_not_allowed']]);
});

test('5: a list by time pages without a skip although all of it was made in one millisecond', async ({ ctx }) => {
  await query(Vehicle).bulkCreate(ctx, [...FLEET, ...FLEET, ...FLEET]);
  const newest = query(Vehicle).orderBy((v) => [v.createdAt.desc(), v.id.desc()]);
  const seen: number[] = [];
  for (let after: string | null = null; ;) {
    const page: Page<Vehicle> = await newest.fetchPage(ctx, { size: 5, after });
    seen.push(...page.rows.map((v) => v.id));
    if (page.next === null) break;
    after = page.next;
  }
  expect(new Set((await newest.fetchAll(ctx)).map((v) => v.createdAt.getTime())).size).toBe(1);
  expect(seen).toEqual(Array.from({ length: 18 }, (_, at) => 18 - at));
});

test('6 and 7: a held row is refused at once or left out, and running again gets it', async ({ ctx }) => {
  await query(Vehicle).bulkCreate(ctx, FLEET);
  const oldest = query(Vehicle)
    .orderBy((v) => v.id.asc())
    .limit(1);
  const [first, second] = await ctx.atomic(async (tx) => {
    const held = await oldest.forUpdate({ wait: 'skipLocked' }).first(tx);
    await expect(ctx.atomic((other) => oldest.forUpdate({ wait: 'nowait' }).first(other))).rejects.toMatchObject({
      code: 'LOCK_CONFLICT',
      isTransient: true,
    });
    return [held!.id, (await ctx.atomic((other) => oldest.forUpdate({ wait: 'skipLocked' }).first(other)))!.id];
  });
  expect([first, second]).toEqual([1, 2]);
  const again = await ctx.retry((c) => c.atomic((tx) => oldest.forUpdate({ wait: 'nowait' }).first(tx)), { attempts: 3 });
  expect(again!.id).toBe(1);
});

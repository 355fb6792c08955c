// Common results of queries, exported so that the compiler writes their types down as a reader of an editor's tooltip would see them.

import { countAll, f, lag, model, pgEnum, rowNumber, type Context } from '@djogi/core';
import { cte, query } from '@djogi/query';

const Climate = pgEnum('climate', ['polar', 'temperate']);

export class City extends model('cities', {
  name: f.text(),
  population: f.int(),
  area: f.double().nullable(),
  climate: f.enum(Climate),
  tags: f.array(f.text()),
  founded: f.date().nullable(),
  note: f.text().nullable(),
}) {}

declare const ctx: Context;

export const set = query(City);
export const refined = query(City)
  .filter((c) => c.name.eq('a'))
  .orderBy((c) => c.name.asc())
  .limit(3);
export const rows = await query(City).fetchAll(ctx);
export const first = await query(City).first(ctx);
export const byId = await query(City).inBulk(ctx, []);
export const stream = query(City).stream(ctx);
export const selected = query(City).select((c) => ({
  id: c.id,
  name: c.name,
  area: c.area,
  climate: c.climate,
  tags: c.tags,
  founded: c.founded,
  createdAt: c.createdAt,
}));
export const objects = await query(City)
  .select((c) => ({
    name: c.name,
    shout: c.note.upper(),
    size: c.note.length(),
    twice: c.area.mul(2),
    more: c.population.add(1),
    isLarge: c.population.gt(5),
  }))
  .fetchAll(ctx);
export const tuple = await query(City)
  .selectTuple((c) => [c.name, c.area])
  .first(ctx);
export const some = query(City).only('name', 'area');
export const others = await query(City).defer('id', 'createdAt', 'updatedAt').fetchAll(ctx);
export const page = await query(City).fetchPage(ctx, { size: 10 });
export const either = query(City).union(query(City).filter((c) => c.name.eq('a')));
export const names = await query(City)
  .select((c) => ({ text: c.name }))
  .unionAll(query(City).select((c) => ({ text: c.note })))
  .fetchAll(ctx);
export const overGroups = await query(
  query(City)
    .groupBy((c) => ({ climate: c.climate }))
    .annotate(() => ({ n: countAll() })),
).fetchAll(ctx);
export const named = await query(cte('some', query(City))).first(ctx);
export const totals = await query(City).aggregate(ctx, (c) => ({ n: countAll(), population: c.population.sum(), mean: c.area.avg() }));
export const most = await query(City).aggregate(ctx, (c) => c.population.max());
export const groups = await query(City)
  .groupBy((c) => ({ climate: c.climate }))
  .annotate((c) => ({ n: countAll(), founded: c.founded.min() }))
  .fetchAll(ctx);
export const rolledUp = await query(City)
  .rollup((c) => ({ climate: c.climate }))
  .annotate(() => ({ n: countAll() }))
  .fetchAll(ctx);
export const ranked = await query(City)
  .annotate((c) => ({ place: rowNumber().over({ orderBy: [c.population.desc()] }), before: lag(c.name).over({}) }))
  .fetchAll(ctx);
export const created = await query(City).bulkCreate(ctx, []);
export const upserted = await query(City).upsert(ctx, { name: 'a', population: 1, climate: 'polar', tags: [] }, { conflict: ['name'] });
export const manyUpserted = await query(City).bulkUpsert(ctx, [], { conflict: ['name'] });
export const found = await query(City)
  .filter((c) => c.name.eq('a'))
  .getOrCreate(ctx, () => ({ name: 'a', population: 1, climate: 'polar', tags: [] }));
export const write = query(City).update((c) => ({ population: c.population.add(1) }));
export const removal = query(City).delete();
export const changes = await query(City)
  .update({ note: null })
  .returning(ctx, (c, old) => ({ id: c.id, was: old.note, is: c.note }));
export const pairs = await query(City).update({ note: null }).returningPairs(ctx);
export const predicate = query(City).predicate();
export const sql = query(City).toSql();
export const plan = await query(City).explain(ctx, { format: 'json' });

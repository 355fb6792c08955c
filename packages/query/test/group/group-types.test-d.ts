// What must and what must not compile. Checked by `tsc`, never run.

import {
  arrayAgg,
  bitAnd,
  boolOr,
  corr,
  countAll,
  f,
  firstValue,
  grouping,
  jsonAgg,
  jsonObjectAgg,
  lag,
  mode,
  model,
  percentileCont,
  percentileDisc,
  pgEnum,
  pk,
  rank,
  rankOf,
  rowNumber,
  stddev,
  stringAgg,
  type Context,
  type TransactionContext,
} from '@djogi/core';
import type { Temporal } from 'temporal-spec';
import { query, type RowStream } from '../../src/index.ts';

const Status = pgEnum('post_status', ['draft', 'published']);

class Author extends model('authors', { name: f.text() }) {}
class Post extends model('posts', {
  author: f.id<Author['id']>(pk.heerIdDesc()),
  title: f.text(),
  note: f.text().nullable(),
  status: f.enum(Status),
  views: f.int(),
  likes: f.int().nullable(),
  total: f.bigint(),
  price: f.decimal(10, 2),
  isOpen: f.boolean(),
  publishedAt: f.timestamptz().nullable(),
  day: f.date(),
  took: f.interval(),
  tags: f.array(f.text()),
}) {}

type Same<Left, Right> = (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
declare function same<Left>(): <Right>(right: Right, isSame: Same<Left, Right>) => void;

declare const ctx: Context;
declare const tx: TransactionContext;
const posts = query(Post);

export async function compiles(): Promise<void> {
  // results, null included
  const values = await posts.aggregate(ctx, (p) => ({
    n: countAll(),
    live: countAll().filter(p.status.eq('published')),
    titles: p.title.count().distinct(),
    views: p.views.sum(),
    likes: p.likes.sum(),
    total: p.total.sum(),
    price: p.price.sum(),
    took: p.took.sum(),
    avgViews: p.views.avg(),
    avgTotal: p.total.avg(),
    avgPrice: p.price.avg(),
    exact: p.views.avg({ exact: true }),
    last: p.publishedAt.max(),
    first: p.id.min(),
    day: p.day.max(),
    status: p.status.max(),
    open: p.isOpen.max(),
    text: p.note.min(),
    all: stringAgg(p.note, ', ').orderBy(p.id.asc()),
    notes: arrayAgg(p.note),
    statuses: arrayAgg(p.status),
    json: jsonAgg(p.views),
    byTitle: jsonObjectAgg(p.title, p.views),
    any: boolOr(p.views.gt(1)),
    bits: bitAnd(p.likes),
    spread: stddev(p.price),
    corr: corr(p.views, p.likes),
    median: percentileCont(0.5, p.views),
    middle: percentileDisc(0.5, p.status),
    often: mode(p.note),
    place: rankOf(5, p.likes),
    ratio: p.views.sum().div(countAll()),
    more: p.total.sum().add(1n),
    span: p.publishedAt.max().since(new Date()),
    isLarge: p.views.sum().gt(5),
  }));
  same<{
    n: number;
    live: number;
    titles: number;
    views: number | null;
    likes: number | null;
    total: bigint | null;
    price: string | null;
    took: Temporal.Duration | null;
    avgViews: number | null;
    avgTotal: number | null;
    avgPrice: string | null;
    exact: string | null;
    last: Date | null;
    first: Post['id'] | null;
    day: Temporal.PlainDate | null;
    status: 'draft' | 'published' | null;
    open: boolean | null;
    text: string | null;
    all: string | null;
    notes: (string | null)[] | null;
    statuses: ('draft' | 'published')[] | null;
    json: unknown[] | null;
    byTitle: Record<string, unknown> | null;
    any: boolean | null;
    bits: number | null;
    spread: number | null;
    corr: number | null;
    median: number | null;
    middle: 'draft' | 'published' | null;
    often: string | null;
    place: number;
    ratio: number | null;
    more: bigint | null;
    span: Temporal.Duration | null;
    isLarge: boolean | null;
  }>()(values, true);
  same<number | null>()(await posts.aggregate(ctx, (p) => p.views.sum()), true);
  same<number>()(await posts.aggregate(ctx, () => countAll()), true);

  // groups
  const byAuthor = await posts
    .groupBy((p) => ({ author: p.author, note: p.note }))
    .annotate((p, k) => ({ n: countAll(), views: p.views.sum(), live: countAll().filter(p.status.eq('published')), shout: k.note.upper() }))
    .having((g) => g.n.gt(3).and(g.views.gte(1), g.note.isNotNull()))
    .orderBy((g) => [g.views.desc(), g.author.asc()])
    .limit(5)
    .offset(1n)
    .fetchAll(ctx);
  same<{ author: Author['id']; note: string | null; n: number; views: number | null; live: number; shout: string | null }[]>()(
    byAuthor,
    true,
  );
  same<{ title: string }[]>()(
    await posts
      .groupBy((p) => ({ title: p.title }))
      .annotate(() => ({}))
      .fetchAll(ctx),
    true,
  );

  // keys of totals may be null
  const totals = posts
    .rollup((p) => ({ status: p.status, title: p.title }))
    .annotate((p, k) => ({ n: countAll(), level: grouping(k.status), views: p.views.sum() }));
  same<{ status: 'draft' | 'published' | null; title: string | null; n: number; level: number; views: number | null }>()(
    await totals.fetchOne(ctx),
    true,
  );
  same<{ title: string | null; n: number } | null>()(
    await posts
      .cube((p) => ({ title: p.title }))
      .annotate(() => ({ n: countAll() }))
      .first(ctx),
    true,
  );
  const sets = posts
    .groupingSets((p) => ({ status: p.status, title: p.title }), [['status', 'title'], ['title'], []])
    .annotate(() => ({ n: countAll() }));
  same<RowStream<{ status: 'draft' | 'published' | null; title: string | null; n: number }>>()(sets.stream(tx), true);
  same<number>()(await sets.count(ctx), true);
  same<boolean>()(await sets.exists(ctx), true);

  // beside rows
  const ranked = posts.annotate((p) => ({
    place: rowNumber().over({ partitionBy: [p.author], orderBy: [p.views.desc()] }),
    running: p.views.sum().over({ orderBy: [p.id.asc()], frame: { unit: 'rows', from: -3, to: 'current', exclude: 'ties' } }),
    before: lag(p.views).over({ orderBy: [p.id.asc()] }),
    beforeOr: lag(p.views, 1, 0).over({ orderBy: [p.id.asc()] }),
    noted: lag(p.note, 1, 'none').over({}),
    first: firstValue(p.status).over({}),
    gain: p.views.sub(lag(p.views).over({})),
    total: p.total.sum(),
    title: p.title.upper(),
  }));
  const [found] = await ranked
    .qualify((a) => a.place.lte(3).and(a.before.isNotNull()))
    .orderBy((a) => [a.place.asc(), a.views.desc()])
    .limit(1)
    .fetchAll(ctx);
  same<{
    row: Post;
    place: number;
    running: number | null;
    before: number | null;
    beforeOr: number;
    noted: string | null;
    first: 'draft' | 'published' | null;
    gain: number | null;
    total: bigint | null;
    title: string;
  }>()(found!, true);
  same<{ row: { title: string }; n: number }[]>()(
    await posts
      .select((p) => ({ title: p.title }))
      .annotate(() => ({ n: countAll() }))
      .fetchAll(ctx),
    true,
  );
}

export function refused(): void {
  // @ts-expect-error text has no sum
  void posts.aggregate(ctx, (p) => ({ t: p.title.sum() }));
  // @ts-expect-error text has no average
  void posts.aggregate(ctx, (p) => ({ t: p.title.avg() }));
  // @ts-expect-error a boolean has no sum
  void posts.aggregate(ctx, (p) => ({ t: p.isOpen.sum() }));
  // @ts-expect-error a day has no average
  void posts.aggregate(ctx, (p) => ({ t: p.day.avg() }));
  // @ts-expect-error an array has no order
  void posts.aggregate(ctx, (p) => ({ t: p.tags.max() }));
  // @ts-expect-error a value is no expression
  void posts.aggregate(ctx, () => ({ t: 1 }));
  // @ts-expect-error rows are never the same
  void posts.aggregate(ctx, () => countAll().distinct());
  // @ts-expect-error rows are counted in any order
  void posts.aggregate(ctx, (p) => countAll().orderBy(p.id.asc()));
  // @ts-expect-error spread is of numbers
  void posts.aggregate(ctx, (p) => stddev(p.title));
  // @ts-expect-error text is joined, numbers are not
  void posts.aggregate(ctx, (p) => stringAgg(p.views, ','));
  // @ts-expect-error an enum is no text
  void posts.aggregate(ctx, (p) => stringAgg(p.status, ','));
  // @ts-expect-error truth is of booleans
  void posts.aggregate(ctx, (p) => boolOr(p.views));
  // @ts-expect-error a percentile between two texts does not exist
  void posts.aggregate(ctx, (p) => percentileCont(0.5, p.title));
  // @ts-expect-error an array has no mode
  void posts.aggregate(ctx, (p) => mode(p.tags));
  // @ts-expect-error an ordered-set aggregate takes all values
  void posts.aggregate(ctx, (p) => mode(p.title).distinct());
  // @ts-expect-error a hypothetical value is of the same type
  void posts.aggregate(ctx, (p) => rankOf('x', p.views));
  // @ts-expect-error a rank has no meaning without a window
  void posts.annotate(() => ({ r: rank() }));
  // @ts-expect-error the unit is one of three
  void posts.annotate(() => ({ r: rank().over({ frame: { unit: 'pages', from: 1 } }) }));
  // @ts-expect-error a window is told by an object
  void posts.annotate((p) => ({ r: rank().over(p.title) }));
  // @ts-expect-error a fallback is of the same type
  void posts.annotate((p) => ({ r: lag(p.views, 1, 'x').over({}) }));
  // @ts-expect-error `row` is the row
  void posts.annotate(() => ({ row: countAll() }));
  // @ts-expect-error a mode has no meaning for a single row
  void posts.annotate((p) => ({ m: mode(p.title) }));
  // @ts-expect-error grouping has no meaning for a single row
  void posts.annotate((p) => ({ m: grouping(p.title) }));
  // @ts-expect-error qualify knows the annotations
  void posts.annotate(() => ({ n: countAll() })).qualify((a) => a.title.eq('x'));
  // @ts-expect-error a number has no text lookups
  void posts.annotate(() => ({ n: countAll() })).qualify((a) => a.n.startsWith('1'));

  const grouped = posts.groupBy((p) => ({ title: p.title }));
  // @ts-expect-error groups have no terminals before it is said what is computed of them
  void grouped.fetchAll(ctx);
  // @ts-expect-error groups are grouped once
  void grouped.groupBy(() => ({}));
  // @ts-expect-error a name that a key has
  void grouped.annotate(() => ({ title: countAll() }));
  // @ts-expect-error having knows keys and annotations
  void grouped.annotate(() => ({ n: countAll() })).having((g) => g.views.gt(1));
  // @ts-expect-error a predicate is wanted
  void grouped.annotate(() => ({ n: countAll() })).having((g) => g.n);
  // @ts-expect-error a direction is wanted
  void grouped.annotate(() => ({ n: countAll() })).orderBy((g) => g.n);
  // @ts-expect-error a count has no null
  void grouped.annotate(() => ({ n: countAll() })).having((g) => g.n.eq(null));
  // @ts-expect-error no key of this name
  void posts.groupingSets((p) => ({ title: p.title }), [['views']]);
  // @ts-expect-error a key is an expression
  void posts.groupBy(() => ({ a: 'title' }));
}

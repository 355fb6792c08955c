// An audience's view: of rows in memory, in JSON and back, and as a query that never names what it hides.

import {
  assertDerivedParity,
  computed,
  countAll,
  evaluate,
  exists,
  f,
  model,
  pk,
  rowNumber,
  sql,
  visage,
  type Context,
  type StandardSchema,
} from '@djogi/core';
import { query } from '@djogi/query';
import { djogiTest, expectStatements } from '@djogi/testing';
import { describe, expect, test as plain } from 'vitest';
import { foreignKey } from '../../src/index.ts';
import {
  Author,
  AuthorName,
  AuthorPlain,
  AuthorPublic,
  models,
  Post,
  PostAdmin,
  PostCard,
  PostTag,
  Tag,
  TagPublic,
} from '../support/blog.ts';

const factsSchema: StandardSchema<{ address?: { city: string; street: string } }> = {
  '~standard': { version: 1, vendor: 'tests', validate: (value: unknown) => ({ value }) },
} as never;
class Profile extends model(
  'profiles',
  {
    name: f.text(),
    facts: f.jsonb(factsSchema),
    shout: f
      .text()
      .generated(sql`upper(name)`)
      .expose('public'),
  },
  { pk: pk.serial(), timestamps: false },
) {
  static readonly computed = computed(Profile, (p) => ({ loud: p.name.upper() }));
}
class ProfilePublic extends visage(
  Profile,
  'public',
  {},
  { derived: (p) => ({ city: p.facts.address.city }), compute: { city: (row) => row.facts.address?.city ?? null } },
) {}

const test = djogiTest({ models: [...models, Profile] });

async function blog(ctx: Context) {
  const ada = await Author.create(ctx, { name: 'Ada', email: 'a@x', balance: 9_007_199_254_740_993n }),
    ben = await Author.create(ctx, { name: 'Ben', email: 'b@x', bossId: ada.id });
  const [one, two] = await query(Post).bulkCreate(ctx, [
    { title: 'One', body: 'x', state: 'published', authorId: ada.id, editorId: ben.id, reviewerId: ben.id },
    { title: 'Two', authorId: ben.id },
  ]);
  const [sql, ts] = await query(Tag).bulkCreate(ctx, [{ label: 'sql' }, { label: 'ts' }]);
  await query(PostTag).bulkCreate(ctx, [
    { postId: one!.id, tagId: sql!.id },
    { postId: one!.id, tagId: ts!.id },
    { postId: two!.id, tagId: sql!.id },
  ]);
  return { ada, ben, one: one!, two: two!, sql: sql!, ts: ts! };
}

const loaded = (ctx: Context) =>
  query(Post)
    .selectRelated('author', 'editor')
    .prefetch('tags', (t) => t.orderBy((x) => x.label.asc()))
    .orderBy((p) => p.title.asc())
    .fetchAll(ctx);

describe('a visage of a row in memory', () => {
  test('has the key, the timestamps and what is exposed, in this order, and its peers', async ({ ctx }) => {
    const { one, ada, ben } = await blog(ctx);
    const card = PostCard.from((await loaded(ctx))[0]!);
    expect(Object.keys(card)).toEqual([
      'id',
      'createdAt',
      'updatedAt',
      'title',
      'state',
      'authorId',
      'editorId',
      'line',
      'length',
      'author',
      'editor',
      'tags',
    ]);
    expect(card).toBeInstanceOf(PostCard);
    expect(card.author).toBeInstanceOf(AuthorName);
    expect({ ...card.author }).toEqual({ id: ada.id, createdAt: ada.createdAt, updatedAt: ada.updatedAt, name: 'Ada' });
    expect(card.editor!.name).toBe(ben.name);
    expect(card.tags.map((tag) => tag.label)).toEqual(['sql', 'ts']);
    expect([card.id, card.line, card.length, card.heading]).toEqual([one.id, 'ONE!', 1, 'One (Ada)']);
    expect(JSON.stringify(card)).not.toContain('s3cret');
  });
  test('shows a nullable relation without a row as null', async ({ ctx }) => {
    await blog(ctx);
    expect(PostCard.from((await loaded(ctx))[1]!).editor).toBeNull();
  });
  test('names the relation that is not loaded, and the call that loads it', async ({ ctx }) => {
    const { one } = await blog(ctx);
    expect(() => PostCard.from(one as never)).toThrow(
      expect.objectContaining({
        code: 'VISAGE',
        kind: 'unresolvedRelation',
        field: 'author',
        message: expect.stringContaining("selectRelated('author')"),
      }),
    );
  });
  test('goes through JSON and back unchanged', async ({ ctx }) => {
    const { ada } = await blog(ctx);
    for (const row of await loaded(ctx)) {
      const card = PostCard.from(row);
      expect(PostCard.parse(JSON.parse(JSON.stringify(card)))).toEqual(card);
    }
    const view = AuthorPlain.from(ada);
    expect(JSON.parse(JSON.stringify(view)).balance).toBe('9007199254740993');
    expect(AuthorPlain.parse(JSON.parse(JSON.stringify(view)))).toEqual(view);
  });
  plain('refuses JSON that is no view, with the paths of all problems', () => {
    const stamp = '2026-01-01T00:00:00.000Z',
      base = { id: '1', createdAt: stamp, updatedAt: stamp };
    expect(() =>
      PostCard.parse({
        ...base,
        title: 1,
        state: 'gone',
        authorId: 1,
        editorId: null,
        line: 'x',
        length: null,
        author: { ...base, id: 1 },
        editor: null,
        tags: {},
      }),
    ).toThrow(
      expect.objectContaining({
        code: 'VALIDATION',
        issues: expect.arrayContaining([
          expect.objectContaining({ path: 'title' }),
          expect.objectContaining({ path: 'state' }),
          expect.objectContaining({ path: 'author.name', rule: 'required' }),
          expect.objectContaining({ path: 'tags', rule: 'type' }),
        ]),
      }),
    );
    expect(() => PostCard.parse(null)).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  });
  plain('names the element and the place inside a document, under the peer that has it', () => {
    const even: StandardSchema<{ size: number }> = {
      '~standard': {
        version: 1,
        vendor: 'tests',
        validate: (value: any) => (value.size % 2 === 0 ? { value } : { issues: [{ path: ['size'], message: 'must be even' }] }),
      },
    } as never;
    class Box extends model(
      'boxes',
      {
        facts: f.jsonb(even).expose('public'),
        notes: f.array(f.text()).expose('public'),
        raw: f.rawJson({ justification: 'whatever a box has to say' }).expose('public'),
      },
      { pk: pk.serial(), timestamps: false },
    ) {}
    class Shelf extends model('shelves', { box: foreignKey(Box).expose('public') }, { pk: pk.serial(), timestamps: false }) {}
    class BoxView extends visage(Box, 'public') {}
    class ShelfView extends visage(Shelf, 'public', { box: BoxView }) {}
    const json = { id: 1, boxId: 2, box: { id: 2, facts: { size: 3 }, notes: ['a', 'b\0'], raw: null } };
    expect(() => ShelfView.parse(json)).toThrow(
      expect.objectContaining({
        issues: [expect.objectContaining({ path: 'box.facts.size' }), expect.objectContaining({ path: 'box.notes[1]' })],
      }),
    );
    // The null of JSON is a document like another where the field has no NULL.
    const { box } = ShelfView.parse({ ...json, box: { ...json.box, facts: { size: 4 }, notes: [] } });
    expect(JSON.stringify(box)).toBe('{"id":2,"facts":{"size":4},"notes":[],"raw":null}');
    expect(box.raw).not.toBeNull();
  });
});

describe('a query of a visage', () => {
  test('selects what it shows and nothing else', async ({ ctx }) => {
    await blog(ctx);
    const set = query(AuthorName)
      .filter((a) => a.name.startsWith('A'))
      .orderBy((a) => a.createdAt.asc());
    expect(set.toSql()).toEqual({
      text: `SELECT "id", "created_at", "updated_at", "name" FROM "authors" WHERE "name" LIKE $1 ORDER BY "created_at" ASC`,
      values: ['A%'],
    });
    const [row] = await set.fetchAll(ctx);
    expect(row).toBeInstanceOf(AuthorName);
    expect(Object.keys(row!)).toEqual(['id', 'createdAt', 'updatedAt', 'name']);
  });
  test('gives what from gives, derived fields and peers included, by one more statement a peer', async ({ ctx }) => {
    await blog(ctx);
    const fetched = await expectStatements(4, async () =>
      query(PostCard)
        .orderBy((p) => p.title.asc())
        .fetchAll(ctx),
    );
    const made = (await loaded(ctx)).map((row) => PostCard.from(row));
    const sorted = (cards: readonly PostCard[]) =>
      cards.map((card) => ({ ...card, tags: [...card.tags].sort((a, b) => (a.label < b.label ? -1 : 1)) }));
    expect(sorted(fetched)).toEqual(sorted(made));
    fetched.forEach((card, at) => assertDerivedParity(made[at]!, card));
  });
  test('goes over relations as far as the peer shows them', async ({ ctx }) => {
    await blog(ctx);
    const titles = async (set: { fetchAll(ctx: Context): Promise<{ title: string }[]> }) =>
      (await set.fetchAll(ctx)).map((row) => row.title).sort();
    expect(await titles(query(PostCard).filter((p) => p.author.to.name.eq('Ada')))).toEqual(['One']);
    expect(await titles(query(PostCard).filter((p) => p.tags.some((t) => t.label.eq('sql'))))).toEqual(['One', 'Two']);
    expect(() => query(PostCard).filter((p: any) => p.author.to.email.eq('x'))).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
    expect(() => query(PostCard).filter((p: any) => p.tags.some((t: any) => t.secret.eq('x')))).toThrow(
      expect.objectContaining({ code: 'VALIDATION' }),
    );
    expect(() => query(PostCard).filter((p: any) => p.body.isNull())).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
    expect(() => query(AuthorPlain).filter((a: any) => a.boss.to.name.eq('x'))).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
    expect(
      await query(AuthorPlain)
        .filter((a) => a.boss.id.isNull())
        .count(ctx),
    ).toBe(1);
  });
  test('holds for every terminal that reads', async ({ ctx }) => {
    const { one, ada } = await blog(ctx);
    const set = query(PostCard).orderBy((p) => p.title.asc());
    expect((await set.first(ctx))!.author.name).toBe('Ada');
    expect((await set.filter((p) => p.title.eq('One')).fetchOne(ctx)).line).toBe('ONE!');
    expect(await set.count(ctx)).toBe(2);
    expect(await set.exists(ctx)).toBe(true);
    expect((await set.inBulk(ctx, [one.id])).get(one.id)!.tags).toHaveLength(2);
    expect((await set.fetchPage(ctx, { size: 1 })).rows[0]!.author.name).toBe('Ada');
    const streamed = await ctx.atomic(async (tx) => {
      const names: string[] = [];
      for await (const card of set.stream(tx, { batchSize: 1 })) names.push(card.author.name);
      return names;
    });
    expect(streamed).toEqual(['Ada', 'Ben']);
    expect(
      await query(Post)
        .filter((p) =>
          p.author.id.in(
            query(AuthorName)
              .filter((a) => a.name.eq('Ada'))
              .asSubquery((a) => a.id),
          ),
        )
        .count(ctx),
    ).toBe(1);
    expect(await query(AuthorPlain).aggregate(ctx, (a) => a.balance.max())).toBe(ada.balance);
    expect(
      await query(AuthorPlain)
        .orderBy((a) => a.name.asc())
        .limit(1)
        .aggregate(ctx, (a) => a.balance.min()),
    ).toBe(ada.balance);
  });
  test('shows the rows of a peer that has peers, and whole rows to whom may see them', async ({ ctx }) => {
    await blog(ctx);
    const authors = await query(AuthorPublic)
      .orderBy((a) => a.name.asc())
      .fetchAll(ctx);
    expect(authors.map((a) => [a.name, a.posts.map((p) => `${p.title} ${p.tags.length}`)])).toEqual([
      ['Ada', ['One 2']],
      ['Ben', ['Two 1']],
    ]);
    const [post] = await query(PostAdmin)
      .orderBy((p) => p.title.asc())
      .fetchAll(ctx);
    expect(post!.author).toBeInstanceOf(Author);
    expect(post!.author.email).toBe('a@x');
  });
  test('never names a hidden column, whatever is asked', async ({ ctx }) => {
    const { one } = await blog(ctx);
    const texts: string[] = [];
    for (const set of [query(PostCard), query(AuthorPublic), query(TagPublic), query(AuthorPlain)] as readonly any[]) {
      texts.push(
        set.toSql().text,
        set
          .orderBy((m: any) => m.id.asc())
          .limit(2)
          .toSql().text,
        set.filter((m: any) => m.id.isNotNull()).toSql().text,
      );
    }
    expect(texts.join('\n')).not.toMatch(/secret|reviewer/);
    expect(
      await query(PostCard)
        .filter((p) => p.id.eq(one.id))
        .fetchAll(ctx),
    ).toHaveLength(1);
  });
  test('has its ends, its columns, its values beside rows and its groups, peers or not', async ({ ctx }) => {
    const { one, two, ada } = await blog(ctx);
    const set = query(PostCard).orderByName('title', 'desc').reverse();
    const last = await expectStatements(3, async () => set.last(ctx));
    expect([last!.title, last!.author.name]).toEqual(['Two', 'Ben']);
    expect((await set.latest(ctx, (p) => p.author.to.name))!.title).toBe('Two');
    expect((await set.earliest(ctx, (p) => p.title))!.tags).toHaveLength(2);
    expect(await set.countBig(ctx)).toBe(2n);
    expect(await set.filter((p) => p.title.eq('One')).contains(ctx, two)).toBe(false);
    expect(await query(PostCard).distinctOnNames(['state']).count(ctx)).toBe(2);

    // Nothing of a peer comes with what is not the view.
    const chosen = set.select((p) => ({ title: p.title, by: p.author.to.name }));
    expect(await expectStatements(1, async () => chosen.fetchAll(ctx))).toEqual([
      { title: 'One', by: 'Ada' },
      { title: 'Two', by: 'Ben' },
    ]);
    expect(await set.selectTuple((p) => [p.title]).first(ctx)).toEqual(['One']);
    expect(await expectStatements(1, async () => set.only('title', 'authorId').first(ctx))).toEqual({ title: 'One', authorId: ada.id });
    expect(
      Object.keys(
        await query(PostCard)
          .filter((p) => p.id.eq(one.id))
          .defer('createdAt', 'updatedAt')
          .fetchOne(ctx),
      ),
    ).toEqual(['id', 'title', 'state', 'authorId', 'editorId']);
    expect(
      await expectStatements(1, async () =>
        query(PostCard)
          .groupBy((p) => ({ state: p.state }))
          .annotate(() => ({ n: countAll() }))
          .orderBy((g) => g.state.asc())
          .fetchAll(ctx),
      ),
    ).toEqual([
      { state: 'draft', n: 1 },
      { state: 'published', n: 1 },
    ]);
    expect(await set.limit(1).aggregate(ctx, (p) => ({ n: countAll(), title: p.title.max() }))).toEqual({ n: 1, title: 'One' });
    expect(
      await query(Author)
        .filter((a) => exists(query(PostCard).filter((p) => p.author.id.eq(a.id))))
        .count(ctx),
    ).toBe(2);
    expect(
      await query(Author)
        .filter((a) => a.id.in(query(PostCard).asSubquery((p) => p.author.id)))
        .count(ctx),
    ).toBe(2);
    const [ranked] = await set
      .annotate((p) => ({ n: rowNumber().over({ orderBy: [p.title.desc()] }) }))
      .qualify((a) => a.n.eq(1))
      .fetchAll(ctx);
    expect([ranked!.n, ranked!.row.title, ranked!.row.author.name, ranked!.row.tags.length]).toEqual([1, 'Two', 'Ben', 1]);
  });
  test('is refused in a subquery with a limit, as a set is', () => {
    const few = query(PostCard)
      .orderBy((p) => p.title.asc())
      .limit(1);
    for (const attempt of [() => few.asSubquery((p) => p.author.id), () => query(Author).filter(() => exists(few))])
      expect(attempt).toThrow(expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'subquery' })] }));
  });
  test('is a subquery of all its rows, in no order, as any other set', () => {
    const cards = query(PostCard) as any;
    for (const set of [cards.limit(1), cards.offset(1), cards.orderBy((p: any) => p.title.asc())]) {
      expect(() => set.asSubquery((p: any) => p.id)).toThrow(
        expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'subquery' })] }),
      );
      expect(() => query(Post).filter(() => exists(set))).toThrow(
        expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'subquery' })] }),
      );
    }
    expect(() => cards.asSubquery((p: any) => p.line)).toThrow(
      expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ path: 'line', rule: 'unknown_field' })] }),
    );
    for (const count of [-1, 0.5, Number.NaN]) {
      expect(() => cards.limit(count)).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
      expect(() => cards.offset(count)).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
    }
  });
  test('shows a narrower form of a document by a path of it, and the rest never leaves the database', async ({ ctx }) => {
    const row = await Profile.create(ctx, { name: 'Ada', facts: { address: { city: 'Oslo', street: 'hidden street' } } }),
      none = await Profile.create(ctx, { name: 'Ben', facts: {} }),
      set = query(ProfilePublic).orderBy((p) => p.id.asc());
    expect(set.toSql().text).toBe(`SELECT "id", "shout", "facts" -> 'address' -> 'city' FROM "profiles" ORDER BY "id" ASC`);
    const views = await set.fetchAll(ctx);
    expect(views).toEqual([row, none].map((one) => ProfilePublic.from(one)));
    expect(views.map(({ shout, city }) => [shout, city])).toEqual([
      ['ADA', 'Oslo'],
      ['BEN', null],
    ]);
    expect(JSON.stringify(views)).not.toContain('hidden');
    for (const name of ['facts', 'loud', 'city'])
      expect(() => set.filter((p: any) => p[name].isNull())).toThrow(
        expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ path: name, rule: 'unknown_field' })] }),
      );
  });
  test('filters in memory what it shows, and its loaded peers', async ({ ctx }) => {
    await blog(ctx);
    const cards = await query(PostCard)
        .orderBy((p) => p.title.asc())
        .fetchAll(ctx),
      byAda = query(PostCard)
        .filter((p) => p.author.to.name.eq('Ada').and(p.editor.to.name.isNotNull()))
        .predicate();
    expect(cards.map((card) => evaluate(byAda, card))).toEqual([true, false]);
    expect(cards.map((card) => evaluate(byAda, PostCard.parse(JSON.parse(JSON.stringify(card)))))).toEqual([true, false]);
  });
  test('never lets a hidden column be named by data', () => {
    const set = query(PostCard) as any;
    for (const attempt of [
      () => set.orderByName('body'),
      () => set.orderByName('reviewerId'),
      () => set.orderByName('line'),
      () => set.distinctOnNames(['secret']),
      () => set.only('secret'),
      () => set.defer('secret'),
    ])
      expect(attempt).toThrow(
        expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'unknown_field' })] }),
      );
  });
  test('only reads', async ({ ctx }) => {
    const set = query(PostCard) as any;
    for (const attempt of [
      () => set.insertInto(Tag, (p: any) => ({ label: p.title })),
      () =>
        set
          .groupBy((p: any) => ({ title: p.title }))
          .annotate(() => ({ n: countAll() }))
          .insertInto(Tag, (g: any) => ({ label: g.title })),
      () => query(set),
      () => set.forUpdate(),
      () => set.selectRelated('author'),
      () => set.prefetch('tags'),
      () => set.update({ title: 'x' }),
      () => set.delete(),
      () => set.union(query(PostCard)),
    ])
      expect(attempt).toThrow(expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'visage' })] }));
    const refused = expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'visage' })] });
    await expect(set.getOrCreate(ctx, () => ({ title: 'x' }))).rejects.toEqual(refused);
    await expect(set.updateOrCreate(ctx, { create: () => ({}), update: () => ({}) })).rejects.toEqual(refused);
    expect(set.bulkCreate).toBeUndefined();
    expect((PostCard as any).create).toBeUndefined();
    expect((PostCard.prototype as any).save).toBeUndefined();
  });
});

describe('a visage that cannot hold', () => {
  class Shy extends model('shy', {
    name: f.text().expose('public'),
    hidden: f.text(),
    other: foreignKey(Author).expose('public'),
    secretly: foreignKey(Author),
  }) {}
  const described = (declared: unknown) => () => query(declared as typeof AuthorName).toSql();

  plain.each([
    ['an audience that nothing is exposed to', () => visage(Shy, 'publik'), 'visage_audience', /public/],
    ['the audience none', () => visage(Shy, 'none'), 'visage_audience', /none/],
    ['a peer of a field that is no relation', () => visage(Shy, 'public', { name: AuthorName }), 'visage_peer', /no relation/],
    ['a peer of an unknown field', () => visage(Shy, 'public', { nope: AuthorName }), 'visage_peer', /no relation/],
    ['a peer of a hidden relation', () => visage(Shy, 'public', { secretly: AuthorName }), 'visage_peer', /not exposed/],
    ['a peer of another model', () => visage(Shy, 'public', { other: TagPublic }), 'visage_peer', /authors/],
    ['a peer that is none', () => visage(Shy, 'public', { other: Date }), 'visage_peer', /peer is none/],
    ['whole rows for the public', () => visage(Shy, 'public', { other: Author }), 'visage_peer', /admin/],
    [
      'a derived field named like another',
      () => visage(Shy, 'public', {}, { derived: (s) => ({ name: s.hidden }) }),
      'visage_derived',
      /name of a field/,
    ],
    [
      'a derived field that is no expression',
      () => visage(Shy, 'public', {}, { derived: () => ({ x: 1 as never }) }),
      'visage_derived',
      /no expression/,
    ],
    [
      'a derived field without a form in memory',
      () => visage(Shy, 'public', {}, { derived: (s) => ({ x: s.hidden.upper() }) }),
      'visage_derived',
      /compute/,
    ],
    [
      'something computed that is no derived field',
      () => visage(Shy, 'public', {}, { compute: { y: () => 1 } }),
      'visage_derived',
      /no expression/,
    ],
    [
      'a derived field over many rows',
      () => visage(Shy, 'public', {}, { derived: (s) => ({ x: s.name.count() as never }) }),
      'visage_derived',
      /one row/,
    ],
  ])('with %s is refused', (_, declared, rule, words) => {
    expect(described(declared())).toThrow(
      expect.objectContaining({ code: 'MODEL_DEFINITION', rule, message: expect.stringMatching(words) }),
    );
  });
  plain('of what is no model is refused at once', () => {
    expect(() => visage(undefined as never, 'public')).toThrow(expect.objectContaining({ code: 'MODEL_DEFINITION', rule: 'visage_model' }));
  });
  plain('tells when what is computed in memory is not what the database gives', () => {
    const view = { ...AuthorPlain.prototype },
      one = Object.assign(Object.create(AuthorPlain.prototype), view, { initials: 'A', known: true }),
      other = Object.assign(Object.create(AuthorPlain.prototype), view, { initials: 'B', known: true });
    expect(() => assertDerivedParity(one, other)).toThrow(
      expect.objectContaining({ code: 'VISAGE', kind: 'derivedDrift', field: 'initials' }),
    );
    expect(() => assertDerivedParity(one, one)).not.toThrow();
  });
});

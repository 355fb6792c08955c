import { beforeEach, describe, expect, test } from 'vitest';
import { descriptorOf, nodes, runtimeOf } from '../../src/extension.ts';
import { computed, createRegistry, f, hooks, index, model, pgEnum, pk, proxy } from '../../src/index.ts';
import { modelDatabase, rejection } from './support/database.ts';
import { definitionError, rulesOf } from './support/definition.ts';
import { ledger } from './support/ledger.ts';
import { link } from './support/link.ts';

const Status = pgEnum('post_status', ['draft', 'published']);
const heard: string[] = [];

class Post extends model(
  'posts',
  {
    title: f.text().unique(),
    status: f.enum(Status).default('draft'),
    views: f.int().default(0),
    editor: f.text().filled(),
    revision: f.version(),
  },
  { use: [ledger('editor')], name: 'Article' },
) {
  static readonly computed = computed(Post, (p) => ({ isPopular: p.views.gte(1000) }));
  static readonly tableObjects = [index(Post, (p) => [p.views], { where: (p) => p.status.eq('published'), name: 'posts_published' })];
  static readonly hooks = hooks(Post, {
    beforeCreate: () => {
      heard.push('parent');
    },
  });
  get shout(): string {
    return `${this.title}!`;
  }
}
class PublishedPost extends proxy(Post, {
  filter: (p) => p.status.eq('published'),
  orderBy: (p) => [p.views.desc(), p.title.asc()],
  name: 'Published',
}) {
  static override readonly hooks = hooks(PublishedPost, {
    beforeCreate: () => {
      heard.push('proxy');
    },
    beforeSave: () => {
      heard.push('saved');
    },
  });
  get isOut(): boolean {
    return this.status === 'published';
  }
}
class PopularPost extends proxy(Post, { filter: (p) => p.isPopular }) {}
class EveryPost extends proxy(Post, {}) {}

const db = modelDatabase(() => [Post], { clean: ['posts', 'ledger'] });
const as = () => db.pool.context({ auth: { name: 'ada' } });
beforeEach(() => {
  heard.length = 0;
});
const make = (title: string, status: 'draft' | 'published' = 'published', views = 0) => Post.create(as(), { title, status, views });

describe('a proxy', () => {
  test('has the table, the fields and the computed fields of its parent, and says whose slice it is', () => {
    expect(PublishedPost.table).toBe('posts');
    expect(PublishedPost.descriptor.fields).toEqual(Post.descriptor.fields);
    expect(PublishedPost.descriptor.computed).toEqual(Post.descriptor.computed);
    expect([PublishedPost.descriptor.proxyFor, PublishedPost.descriptor.name, Post.descriptor.proxyFor]).toEqual([
      'posts',
      'Published',
      null,
    ]);
    expect(EveryPost.descriptor.name).toBe('Posts');
  });

  test('does not inherit table objects, and has the unique keys that its fields bring', () => {
    expect(PublishedPost.descriptor.indexes.map(({ name }) => name)).toEqual(['posts_title_key']);
    expect(Post.descriptor.indexes.map(({ name }) => name)).toEqual(['posts_published', 'posts_title_key']);
  });

  test('has a slice over any source, with constants in it; a model has none', () => {
    const source = nodes.source('posts'),
      { slice } = runtimeOf(PublishedPost);
    expect(slice!.where(source)).toMatchObject({
      kind: 'operation',
      operands: [
        { kind: 'column', source, column: 'status' },
        { kind: 'constant', text: `'published'::"post_status"` },
      ],
    });
    expect(slice!.orderBy(source)).toMatchObject([
      { by: { source, column: 'views' }, direction: 'desc' },
      { by: { source, column: 'title' }, direction: 'asc' },
    ]);
    expect([runtimeOf(EveryPost).slice!.where(source), runtimeOf(EveryPost).slice!.orderBy(source)]).toEqual([null, []]);
    expect(runtimeOf(Post).slice).toBeNull();
  });

  test('makes rows of its own class, with the members of both', async () => {
    const { id } = await make('A');
    const post = await PublishedPost.get(db.ctx, id);
    expect(post).toBeInstanceOf(PublishedPost);
    expect(post).toBeInstanceOf(Post);
    expect([post.shout, post.isOut]).toEqual(['A!', true]);
    expect(await Post.get(db.ctx, id)).not.toBeInstanceOf(PublishedPost);
  });

  test('carries its filter in get and find', async () => {
    const draft = await make('A', 'draft'),
      out = await make('B');
    const { sent, result } = await db.record(() => PublishedPost.find(db.ctx, out.id));
    expect(result?.title).toBe('B');
    expect(sent).toMatchObject([
      {
        sql: `SELECT "id", "created_at", "updated_at", "title", "status", "views", "editor", "revision" FROM "posts" WHERE "status" = 'published'::"post_status" AND "id" = $1`,
        values: [out.id],
      },
    ]);
    expect(await PublishedPost.find(db.ctx, draft.id)).toBeNull();
    expect(await rejection(PublishedPost.get(db.ctx, draft.id))).toMatchObject({ code: 'NOT_FOUND' });
    expect((await Post.get(db.ctx, draft.id)).title).toBe('A');
  });

  test('carries its filter in update by id', async () => {
    const draft = await make('A', 'draft'),
      out = await make('B');
    expect(await rejection(PublishedPost.update(as(), draft.id, { views: 1 }))).toMatchObject({ code: 'NOT_FOUND' });
    expect((await PublishedPost.update(as(), out.id, { views: 1 })).views).toBe(1);
    expect((await Post.update(as(), draft.id, { views: 2 })).views).toBe(2);
    expect(await rejection(PublishedPost.update(as(), out.id, { views: 1 }, { version: 7 }))).toMatchObject({ code: 'LOCK_CONFLICT' });
  });

  test('carries its filter in refresh and reload', async () => {
    const { id } = await make('A');
    const post = await PublishedPost.get(db.ctx, id);
    await Post.update(as(), id, { status: 'draft' });
    expect(await rejection(post.refresh(db.ctx))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await rejection(post.reload(db.ctx))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('does not check its filter in create, save, update and delete of a row', async () => {
    const draft = await PublishedPost.create(as(), { title: 'A' });
    expect(draft.status).toBe('draft');
    draft.views = 3;
    await draft.save(as());
    await draft.update(as(), { views: 4 });
    expect((await Post.get(db.ctx, draft.id)).views).toBe(4);
    expect(await draft.delete(as())).toBe(true);
  });

  test('reads a row back that has nothing to write, wherever it is', async () => {
    class Note extends model(
      'posts',
      { title: f.text(), status: f.enum(Status), views: f.int() },
      { timestamps: false, tracking: 'all' },
    ) {}
    class Out extends proxy(Note, { filter: (n) => n.status.eq('published') }) {}
    const { id } = await make('A');
    const note = await Out.get(db.ctx, id);
    await Post.update(as(), id, { status: 'draft' });
    expect((await note.save(db.ctx)).status).toBe('draft');
  });

  test("runs its own hooks and not its parent's, and the parent its own", async () => {
    await (await PublishedPost.create(as(), { title: 'A' })).save(as());
    expect(heard).toEqual(['proxy', 'saved']);
    await PopularPost.create(as(), { title: 'B' });
    expect(heard).toEqual(['proxy', 'saved']);
    await Post.create(as(), { title: 'C' });
    expect(heard).toEqual(['proxy', 'saved', 'parent']);
  });

  test("is written with the parent's extensions", async () => {
    const post = await PublishedPost.create(as(), { title: 'A' });
    expect(post.editor).toBe('ada');
    expect(await db.rows('SELECT actor FROM ledger')).toEqual([{ actor: 'ada' }]);
  });

  test("tells the fields of the parent's constraints", async () => {
    await make('A');
    expect(await rejection(PublishedPost.create(as(), { title: 'A' }))).toMatchObject({
      code: 'CONSTRAINT',
      kind: 'unique',
      fields: ['title'],
    });
  });

  test('filters by a computed field', async () => {
    const [few, many] = [await make('A', 'published', 10), await make('B', 'draft', 1000)];
    expect([await PopularPost.find(db.ctx, few.id), (await PopularPost.find(db.ctx, many.id))?.title]).toEqual([null, 'B']);
  });

  test('is one of several, in a registry too, which lists them apart', () => {
    const registry = createRegistry({ models: { Post, PublishedPost, PopularPost, EveryPost, default: PopularPost } });
    expect(registry.models()).toEqual([Post]);
    expect(registry.descriptors()).toEqual([descriptorOf(Post)]);
    expect(registry.proxies()).toEqual([PublishedPost, PopularPost, EveryPost]);
    expect(registry.model('posts')).toBe(Post);
    expect(registry.displayName('posts')).toBe('Article');
  });

  test('can be the target of a reference, which goes to its table', () => {
    class Reply extends model('replies', { post: link(PublishedPost) }) {}
    expect(Reply.descriptor.fields.find((field) => field.name === 'post')?.reference).toMatchObject({ table: 'posts', columns: ['id'] });
    expect(createRegistry({ models: [Post, PublishedPost, Reply] }).models()).toEqual([Post, Reply]);
  });
});

describe('a registry refuses', () => {
  test('a proxy without its model', () => {
    expect(definitionError(() => createRegistry({ models: [PublishedPost] }))).toMatchObject({ rule: 'proxy_parent', model: 'posts' });
  });

  test('two proxies of one name, and one named like a model', () => {
    class Other extends proxy(Post, { name: 'Published' }) {}
    class Same extends proxy(Post, { name: 'Article' }) {}
    expect(definitionError(() => createRegistry({ models: [Post, PublishedPost, Other] }))).toMatchObject({ rule: 'duplicate_name' });
    expect(definitionError(() => createRegistry({ models: [Post, Same] }))).toMatchObject({ rule: 'duplicate_name' });
  });

  test('a wrong model once, however many proxies it has', () => {
    class Broken extends model('broken', { save: f.text() }) {}
    class Part extends proxy(Broken, {}) {}
    expect(definitionError(() => createRegistry({ models: [Broken, Part] }))).toSatisfy(
      (error) => error.rule === 'reserved_property' && error.problems === undefined,
    );
  });
});

describe('a proxy is refused', () => {
  test('of nothing, and of what is no model', () => {
    expect(definitionError(() => proxy(undefined as never, {}))).toMatchObject({ rule: 'proxy_spec' });
    expect(definitionError(() => proxy(Date as never, {}))).toMatchObject({ rule: 'proxy_spec' });
  });

  test('of a proxy', () => {
    class Inner extends proxy(PublishedPost, {}) {}
    expect(rulesOf(Inner)).toEqual(['proxy_spec']);
  });

  test('of a model without a single key', () => {
    class Log extends model('logs', { line: f.text() }, { pk: pk.none() }) {}
    class Lines extends proxy(Log, {}) {}
    expect(rulesOf(Lines)).toEqual(['proxy_spec']);
  });

  test('with a filter that is no predicate over one row, or throws', () => {
    class Number_ extends proxy(Post, { filter: (p) => p.views as never }) {}
    expect(rulesOf(Number_)).toEqual(['proxy_spec']);
    class Nothing extends proxy(Post, { filter: () => undefined as never }) {}
    expect(rulesOf(Nothing)).toEqual(['proxy_spec']);
    class Thrown extends proxy(Post, { filter: (p) => (p as never as { gone: { eq(v: number): never } }).gone.eq(1) }) {}
    expect(rulesOf(Thrown)).toEqual(['proxy_spec']);
  });

  test('with an order that is empty or none', () => {
    class Empty extends proxy(Post, { orderBy: () => [] }) {}
    expect(rulesOf(Empty)).toEqual(['proxy_spec']);
    class Column extends proxy(Post, { orderBy: (p) => p.views as never }) {}
    expect(rulesOf(Column)).toEqual(['proxy_spec']);
  });

  test('with an unknown option, or none where an object belongs', () => {
    class Odd extends proxy(Post, { fitler: () => true } as never) {}
    expect(rulesOf(Odd)).toEqual(['proxy_spec']);
    class Null extends proxy(Post, null as never) {}
    expect(rulesOf(Null)).toEqual(['proxy_spec']);
  });

  test('with table objects or computed fields of its own', () => {
    class Indexed extends proxy(Post, {}) {
      static override readonly tableObjects = [index(Indexed, (p) => [p.views])];
    }
    expect(rulesOf(Indexed)).toEqual(['proxy_spec']);
    class Computing extends proxy(Post, {}) {
      static override readonly computed = computed(Computing, (p) => ({ isPopular: p.views.gte(1) })) as never;
    }
    expect(rulesOf(Computing)).toEqual(['proxy_spec']);
  });

  test('when a class extends it, or its parent without proxy', () => {
    class Further extends PublishedPost {}
    expect(rulesOf(Further)).toEqual(['extends_model']);
    class Direct extends Post {}
    expect(rulesOf(Direct)).toEqual(['extends_model']);
  });
});

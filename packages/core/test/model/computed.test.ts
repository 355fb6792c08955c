import { describe, expect, test } from 'vitest';
import { bagOf, nodeOf, nodes, renderNode, SqlWriter } from '../../src/extension.ts';
import { and, check, computed, createRegistry, evaluate, f, index, matches, model, pgEnum, type Predicate } from '../../src/index.ts';
import { ddlOf } from './support/ddl.ts';
import { modelDatabase, rejection } from './support/database.ts';
import { definitionError, rulesOf } from './support/definition.ts';

const Shelf = pgEnum('shelf', ['front', 'back']);

class Book extends model('books', {
  title: f.text(),
  subtitle: f.text().nullable(),
  pages: f.int(),
  price: f.decimal(8, 2),
  shelf: f.enum(Shelf).default('back'),
  lent: f.boolean().default(false),
}) {
  static readonly computed = computed(Book, (b) => ({
    searchable: b.title.concat(" 'n' ", b.title).lower(),
    gross: b.price.mul('1.20'),
    isShown: b.shelf.eq('front').and(b.lent.eq(false)),
    isThin: b.pages.lt(50),
  }));
  static readonly tableObjects = [
    index(Book, (b) => [b.searchable]),
    index(Book, (b) => [b.gross.desc()], { where: (b) => b.isShown, name: 'books_shown' }),
    check(Book, 'affordable', (b) => b.gross.lt('1000')),
  ];
  get searchable(): string {
    return `${this.title} 'n' ${this.title}`.toLowerCase();
  }
}

const db = modelDatabase(() => [Book], { clean: ['books'] });

const textOf = (expression: object): string => {
  const writer = new SqlWriter();
  renderNode(writer, nodeOf(expression));
  return writer.text;
};
const bag = () => bagOf(Book, nodes.source('books'));

describe('computed fields', () => {
  test('are in the descriptor, with their type and SQL', () => {
    expect(Book.descriptor.computed).toEqual([
      { name: 'searchable', kind: 'text', sqlType: 'text', expression: `lower("title" || ' ''n'' '::text || "title")` },
      { name: 'gross', kind: 'decimal', sqlType: 'numeric', expression: `"price" * '1.20'::numeric` },
      { name: 'isShown', kind: 'boolean', sqlType: 'boolean', expression: `"shelf" = 'front'::"shelf" AND "lent" = false` },
      { name: 'isThin', kind: 'boolean', sqlType: 'boolean', expression: '"pages" < 50' },
    ]);
    expect(JSON.parse(JSON.stringify(Book.descriptor))).toEqual(Book.descriptor);
  });

  test('are no fields: no column, no property, no key of a bag under their parts', async () => {
    expect(Book.descriptor.fields.map((field) => field.name)).toEqual([
      'id',
      'createdAt',
      'updatedAt',
      'title',
      'subtitle',
      'pages',
      'price',
      'shelf',
      'lent',
    ]);
    const book = await Book.create(db.ctx, { title: 'Ore', pages: 10, price: '5' });
    expect(Object.keys(book)).not.toContain('gross');
    expect(book.searchable).toBe("ore 'n' ore");
  });

  test('are refused in create and in a patch', async () => {
    const book = await Book.create(db.ctx, { title: 'Ore', pages: 10, price: '5' });
    expect(await rejection(Book.create(db.ctx, { title: 'Ore', pages: 10, price: '5', gross: '6' } as never))).toMatchObject({
      code: 'VALIDATION',
      issues: [{ path: 'gross', rule: 'unknown_field' }],
    });
    expect(await rejection(book.update(db.ctx, { isThin: true } as never))).toMatchObject({
      code: 'VALIDATION',
      issues: [{ path: 'isThin', rule: 'unknown_field' }],
    });
  });

  test('stand for their expression in every bag, with constants in the text', () => {
    expect(textOf(bag()['searchable'].icontains('x'))).toBe(`lower("title" || ' ''n'' '::text || "title") ILIKE $1`);
    expect(textOf(and(bag()['isShown'], bag()['gross'].gte('6')))).toBe(
      `"shelf" = 'front'::"shelf" AND "lent" = false AND "price" * '1.20'::numeric >= $1`,
    );
  });

  test('belong to the source of their bag', () => {
    const one = nodes.source('books'),
      other = nodes.source('books');
    const columnOf = (from: typeof one) => nodes.operandsOf(nodeOf(bagOf(Book, from)['gross']))[0];
    expect(columnOf(one)).toMatchObject({ source: one });
    expect((columnOf(other) as { source: unknown }).source).toBe(other);
  });

  test('make indexes over expressions, and parts of checks and of partial indexes', () => {
    expect(Book.descriptor.indexes).toMatchObject([
      { name: 'books_expr_idx', elements: [{ expression: `lower("title" || ' ''n'' '::text || "title")` }] },
      {
        name: 'books_shown',
        elements: [{ expression: `"price" * '1.20'::numeric`, order: 'desc' }],
        where: `"shelf" = 'front'::"shelf" AND "lent" = false`,
      },
    ]);
    expect(ddlOf([Book])).toContain(
      `CREATE INDEX "books_expr_idx" ON "books" USING btree ((lower("title" || ' ''n'' '::text || "title")))`,
    );
  });

  test('hold as part of a check, which names the fields they read', async () => {
    expect(await rejection(Book.create(db.ctx, { title: 'Ore', pages: 10, price: '900' }))).toMatchObject({
      code: 'CONSTRAINT',
      kind: 'check',
      constraint: 'books_affordable_check',
      fields: ['price'],
    });
  });

  test('are found by an index over the same expression', async () => {
    await db.script(
      `INSERT INTO books (title, pages, price, shelf) SELECT 'T' || n, n, 1, 'back' FROM generate_series(1, 5000) n; ANALYZE books;`,
    );
    const rows = await db.rows(`EXPLAIN SELECT id FROM books WHERE ${textOf(bag()['searchable'])} = $1`, "t7 'n' t7");
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('books_expr_idx');
  });

  test('are evaluated in memory where their expression can be', () => {
    const thin = bag()['isThin'] as Predicate,
      shown = bag()['isShown'] as Predicate,
      text = bag()['searchable'].eq('x') as Predicate;
    expect([matches(thin, { pages: 49 }), matches(thin, { pages: 50 })]).toEqual([true, false]);
    expect(evaluate(shown, { shelf: 'front', lent: false })).toBe(true);
    expect(() => evaluate(text, { title: 'x' })).toThrow(expect.objectContaining({ code: 'PREDICATE', kind: 'unsupportedLookup' }));
  });

  test('are seen by a registry without being columns at its start', async () => {
    const registry = createRegistry({ models: [Book] });
    expect(registry.descriptors()[0]!.computed).toHaveLength(4);
  });
});

describe('a computed field is refused', () => {
  test('when its name is taken by a field, its property, the framework, or every row', () => {
    class Taken extends model('taken', { title: f.text(), owner: f.text() }) {
      static readonly computed = computed(Taken, (t) => ({
        title: t.owner.lower(),
        id: t.title.lower(),
        createdAt: t.title.lower(),
        save: t.title.lower(),
        // oxlint-disable-next-line unicorn/no-thenable -- the name is the point here
        then: t.title.lower(),
        '': t.title.lower(),
      }));
    }
    expect(rulesOf(Taken).sort()).toEqual([
      'computed_name ',
      'computed_name createdAt',
      'computed_name id',
      'computed_name save',
      'computed_name then',
      'computed_name title',
    ]);
  });

  test('when it builds on a sibling', () => {
    class Sibling extends model('siblings', { title: f.text() }) {
      static readonly computed = computed(Sibling, (s) => ({
        one: s.title.lower(),
        two: (s as never as { one: { upper(): ReturnType<typeof s.title.upper> } }).one.upper(),
      }));
    }
    expect(definitionError(() => Sibling.descriptor)).toMatchObject({
      rule: 'computed_spec',
      message: expect.stringContaining('is no field of the model'),
    });
  });

  test('when it is no expression', () => {
    class Plain extends model('plain', { title: f.text() }) {
      static readonly computed = computed(Plain, () => ({ one: 1 as never, two: undefined as never }));
    }
    expect(rulesOf(Plain)).toEqual(['computed_spec one', 'computed_spec two']);
    class Nothing extends model('nothing', { title: f.text() }) {
      static readonly computed = computed(Nothing, () => undefined as never);
    }
    expect(rulesOf(Nothing)).toEqual(['computed_spec']);
    class One extends model('one', { title: f.text() }) {
      static readonly computed = computed(One, (o) => o.title as never);
    }
    expect(rulesOf(One)).toEqual(['computed_spec']);
  });

  test('when it uses a bag of another model', () => {
    class Stranger extends model('strangers', { title: f.text() }) {
      static readonly computed = computed(Stranger, () => ({ one: bag()['title'].lower() }));
    }
    expect(definitionError(() => Stranger.descriptor)).toMatchObject({
      rule: 'computed_spec',
      field: 'one',
      message: expect.stringContaining('of another model or query'),
    });
  });

  test("when the static member is another model's, or none of computed()", () => {
    class Borrowed extends model('borrowed', { title: f.text() }) {
      static readonly computed = Book.computed;
    }
    expect(rulesOf(Borrowed)).toEqual(['computed_spec']);
    class Loose extends model('loose', { title: f.text() }) {
      static readonly computed = { one: 1 };
    }
    expect(rulesOf(Loose)).toEqual(['computed_spec']);
  });

  test('when it stands under another name', () => {
    class Stray extends model('stray', { title: f.text() }) {
      static readonly virtual = computed(Stray, (s) => ({ lower: s.title.lower() }));
    }
    expect(rulesOf(Stray)).toEqual(['unknown_static']);
  });
});

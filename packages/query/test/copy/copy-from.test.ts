import { f, hooks, model, pgEnum, pk, proxy, sql, type Context, type CreateOf } from '@djogi/core';
import { nodes, textKind, type Extension } from '@djogi/core/extension';
import { rawSql } from '@djogi/core/raw';
import { djogiTest, expectRoundTrips, expectStatements } from '@djogi/testing';
import { afterEach, describe, expect } from 'vitest';
import { query } from '../../src/index.ts';
import { logged, LogEntry } from '../support/logged.ts';
import { untyped } from '../support/untyped.ts';

const Size = pgEnum('crate_size', ['small', 'large']);
let made = 0;
const hooked: string[] = [];
const sent: { text: string; operation: string; rowCount: number; errorCode: string | undefined }[] = [];
afterEach(() => {
  sent.length = 0;
  hooked.length = 0;
  made = 0;
});

const stamped: Extension<'source'> = {
  name: 'stamped',
  names: ['source'],
  section: () => null,
  runtime: {
    populate(draft) {
      draft['source'] ??= 'extension';
    },
  },
};

/** Sets what a column default reads, the way a tenant would. */
const scoped: Extension = {
  name: 'scoped',
  names: [],
  section: () => null,
  runtime: {
    preamble: (ctx) => [
      {
        kind: 'select',
        from: null,
        projection: [nodes.sqlText(`set_config('app.owner', '${String(ctx.auth)}', true)`, textKind)],
        where: null,
        orderBy: [],
      },
    ],
  },
};

/** Wraps updates and leaves inserts as they are. */
const updatesOnly: Extension = {
  name: 'updates_only',
  names: [],
  section: () => null,
  runtime: { aroundWrite: (statement) => (statement.kind === 'update' ? { ...statement } : statement) },
};

/** What any validator of documents looks like. */
const hasText = {
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate: (value: unknown) =>
      typeof (value as { text?: unknown } | null)?.text === 'string'
        ? { value: value as { text: string } }
        : { issues: [{ message: 'must be a text', path: ['text'] }] },
  },
};

/** All its defaults are values, and all its kinds have a binary form. */
class Crate extends model(
  'crates',
  {
    code: f.text({ maxLength: 8 }).unique(),
    weight: f.decimal(6, 2),
    size: f.enum(Size).default('small'),
    count: f.int().default(2000),
    note: f.text().nullable(),
    tags: f.array(f.text()).default(["it's", 'default']),
    serial: f.int().defaultFn(() => ++made),
    source: f.text().filled(),
    revision: f.version(),
  },
  { use: [stamped] },
) {
  static readonly hooks = hooks(Crate, {
    beforeCreate() {
      hooked.push('before');
    },
    afterCreate() {
      hooked.push('after');
    },
  });
}
/** A default that only the database can evaluate. */
class Draft extends model(
  'drafts',
  {
    title: f.text().nullable(),
    mark: f.text().default(sql`upper('made')`),
    stars: f.int().default(3),
    due: f
      .timestamptz()
      .nullable()
      .default(sql`'2024-01-02T03:04:05Z'`),
  },
  { pk: pk.serial() },
) {}
class Page extends model(
  'pages',
  {
    body: f.jsonb(hasText).default({ text: "it's \\ default" }),
    raw: f.rawJson({ justification: 'imported from elsewhere' }).nullable(),
    words: f.array(f.text()),
  },
  { pk: pk.serial(), timestamps: false },
) {}
class Pair extends model(
  'pairs',
  { left: f.int(), right: f.int(), note: f.text().nullable() },
  { pk: pk.composite('left', 'right'), timestamps: false },
) {}
class Token extends model(
  'tokens',
  { name: f.text() },
  { pk: pk.custom({ name: 'token', field: f.int(), generate: () => 100 + ++made }) },
) {}
class Sku extends model('skus', { name: f.text() }, { pk: pk.custom({ name: 'sku', field: f.text() }) }) {}
class Bare extends model('bares', {}, { pk: pk.serial() }) {}
class Reading extends model('readings', { value: f.double() }, { pk: pk.none(), timestamps: false }) {}
class Wrapped extends model('wrapped', { name: f.text(), size: f.int().nullable() }, { pk: pk.serial(), use: [logged] }) {}
class Watched extends model('watched', { name: f.text() }, { pk: pk.serial(), use: [updatesOnly] }) {}
class Owned extends model(
  'owned',
  { name: f.text().unique(), owner: f.text().default(sql`current_setting('app.owner', true)`) },
  { pk: pk.serial(), use: [scoped] },
) {}
class Order extends model(
  'order',
  { group: f.int().column('Group By'), computed: f.int().generated(sql`"Group By" * 2`) },
  { pk: pk.serial() },
) {}
class HeavyCrate extends proxy(Crate, { filter: (c) => c.weight.gt('100') }) {}

const test = djogiTest({
  models: [Crate, Draft, Page, Pair, Token, Sku, Bare, Reading, Wrapped, Watched, Owned, Order, LogEntry],
  pool: {
    max: 2,
    onQuery: ({ operation, sql: text, rowCount, errorCode }) => {
      if (operation !== 'raw') sent.push({ text, operation, rowCount, errorCode });
    },
  },
});
const raw = (ctx: Context): ReturnType<typeof rawSql> => rawSql(ctx, 'looks behind the models in a test');
const backend = (ctx: Context): Promise<unknown> => raw(ctx).scalar('SELECT pg_backend_pid()');
const crates = (count: number): CreateOf<typeof Crate>[] =>
  Array.from({ length: count }, (_, at) => ({ code: `c${at}`, weight: `${at % 1000}.50` }));
const caught = (running: Promise<unknown>): Promise<unknown> =>
  running.then(
    () => undefined,
    (error: unknown) => error,
  );

async function* later<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  for (const item of items) {
    await Promise.resolve();
    yield item;
  }
}

describe('copyFrom', () => {
  test('asks for the types of the columns, and copies in binary', async ({ ctx }) => {
    expect(await query(Crate).copyFrom(ctx, crates(50))).toBe(50);
    expect(sent.map(({ operation, rowCount }) => [operation, rowCount])).toEqual([
      ['copyFrom', 8],
      ['copyFrom', 50],
    ]);
    expect(sent[1]!.text).toBe(
      'COPY "crates" ("code", "weight", "size", "count", "note", "tags", "serial", "source") FROM STDIN WITH (FORMAT binary)',
    );
    const rows = await query(Crate)
      .orderBy((c) => c.serial.asc())
      .fetchAll(ctx);
    expect(rows.map((row) => row.code)).toEqual(crates(50).map((row) => row.code));
    expect(rows[7]!.toJSON()).toMatchObject({
      code: 'c7',
      weight: '7.50',
      size: 'small',
      count: 2000,
      note: null,
      source: 'extension',
      revision: 0,
    });
    expect(rows[7]!.tags).toEqual(["it's", 'default']);
  });

  test('copies as text where a default is one that only the database can evaluate', async ({ ctx }) => {
    const rows = [
      { title: null },
      { title: '\\D', mark: '\\D', stars: 5, due: null },
      { title: '\\N', mark: '\\N' },
      { title: '', mark: '', due: new Date(5) },
      { title: '\\.', mark: 'a\tb\\\nc\r"\'' },
      {},
    ];
    expect(await query(Draft).copyFrom(ctx, rows)).toBe(6);
    expect(sent[1]!.text).toBe(`COPY "drafts" ("title", "mark", "stars", "due") FROM STDIN WITH (FORMAT text, DEFAULT E'\\\\D')`);
    const due = new Date('2024-01-02T03:04:05Z');
    const stored = await query(Draft)
      .orderBy((d) => d.id.asc())
      .fetchAll(ctx);
    expect(stored.map((row) => [row.title, row.mark, row.stars, row.due])).toEqual([
      [null, 'MADE', 3, due],
      ['\\D', '\\D', 5, null],
      ['\\N', '\\N', 3, due],
      ['', '', 3, new Date(5)],
      ['\\.', 'a\tb\\\nc\r"\'', 3, due],
      [null, 'MADE', 3, due],
    ]);
  });

  test('has one text whatever keys the rows have', async ({ ctx }) => {
    for (const row of [{}, { title: 'a' }, { stars: 1, mark: 'm' }]) await query(Draft).copyFrom(ctx, [row]);
    expect(new Set(sent.map((statement) => statement.text)).size).toBe(2);
  });

  test('takes lists, generators, asynchronous generators and whatever else can be iterated over', async ({ ctx }) => {
    const rows = Array.from({ length: 2000 }, (_, at) => ({ left: 0, right: at }));
    let group = 0;
    const next = (): typeof rows => ((group += 1), rows.map((row) => ({ ...row, left: group })));
    const custom = next();
    let at = 0;
    const sources = [
      next(),
      new Set(next()),
      next().values(),
      later(next()),
      {
        [Symbol.iterator]: () => ({
          next: () => ({ done: at >= custom.length, value: custom[at++]! }) as IteratorResult<(typeof rows)[number]>,
        }),
      },
      { [Symbol.asyncIterator]: () => later(next()) },
    ];
    for (const source of sources)
      expect(await expectStatements(2, () => expectRoundTrips(2, () => query(Pair).copyFrom(ctx, source)))).toBe(2000);
    expect(await query(Pair).count(ctx)).toBe(12_000);
  });

  test('sends nothing for no rows', async ({ ctx }) => {
    await expectStatements(0, async () => {
      for (const rows of [[], new Set<never>(), later<never>([])]) expect(await query(Crate).copyFrom(ctx, rows)).toBe(0);
    });
  });

  test('takes documents whole, and refuses those that their schema refuses', async ({ ctx }) => {
    const body = { text: 'a\t\n\\"\'\u0007 🦊', more: { deep: [1, null, 'x'] } };
    await query(Page).copyFrom(ctx, [{ body, raw: ['a', { b: '\\n' }], words: ['"', '\\', 'NULL', '', '{}', 'a\nb'] }, { words: [] }]);
    const stored = await query(Page)
      .orderBy((p) => p.id.asc())
      .fetchAll(ctx);
    expect(stored.map((row) => [row.body, row.raw, row.words])).toEqual([
      [body, ['a', { b: '\\n' }], ['"', '\\', 'NULL', '', '{}', 'a\nb']],
      [{ text: "it's \\ default" }, null, []],
    ]);
    const error = await caught(query(Page).copyFrom(ctx, [{ words: [] }, { body: { text: 1 }, words: [] }]));
    expect(error).toMatchObject({ code: 'VALIDATION', issues: [{ path: '[1].body.text' }] });
  });

  test('makes values in process once for each row that lacks them, and runs no hooks', async ({ ctx }) => {
    await query(Crate).copyFrom(ctx, [
      ...crates(2),
      { code: 'x', weight: '1', serial: 77, source: 'own' },
      { code: 'y', weight: '1' },
    ] as never);
    const rows = await query(Crate)
      .orderBy((c) => c.code.asc())
      .fetchAll(ctx);
    expect(rows.map((row) => [row.serial, row.source])).toEqual([
      [1, 'extension'],
      [2, 'extension'],
      [77, 'own'],
      [3, 'extension'],
    ]);
    expect(hooked).toEqual([]);
    await query(Token).copyFrom(ctx, [{ name: 'a' }, { name: 'b' }]);
    expect((await query(Token).fetchAll(ctx)).map((row) => row.id)).toEqual([104, 105]);
  });

  test('ignores id, timestamps, version and generated columns in a row, and never changes it', async ({ ctx }) => {
    const [one] = await query(Crate).bulkCreate(ctx, crates(1));
    const input = Object.freeze({ ...one!, code: 'b', revision: 9 });
    await query(Crate).copyFrom(ctx, [input]);
    const two = await query(Crate)
      .filter((c) => c.code.eq('b'))
      .fetchOne(ctx);
    expect([two.id === one!.id, two.revision]).toEqual([false, 0]);
    await query(Order).copyFrom(ctx, [{ group: 2, computed: 7 } as never]);
    expect(sent.at(-1)!.text).toBe('COPY "order" ("Group By") FROM STDIN WITH (FORMAT binary)');
    expect((await query(Order).fetchOne(ctx)).computed).toBe(4);
  });

  test('takes keys that the caller supplies by declaration, and composite ones', async ({ ctx }) => {
    await query(Sku).copyFrom(ctx, [{ id: 'B-2', name: 'b' }]);
    expect((await query(Sku).fetchOne(ctx)).id).toBe('B-2');
    expect(await caught(query(Sku).copyFrom(ctx, [{ name: 'x' } as never]))).toMatchObject({
      issues: [{ path: '[0].id', rule: 'required' }],
    });
    await query(Pair).copyFrom(ctx, [{ left: 1, right: 2 }]);
    await query(Reading).copyFrom(ctx, [{ value: Number.NaN }, { value: -0 }]);
    expect((await query(Reading).fetchAll(ctx)).map((row) => row.value)).toEqual([Number.NaN, -0]);
  });

  test('takes ids from a list, and in batches that are made while the rows are copied', async ({ ctx }) => {
    const ids = await Crate.nextIds(ctx, 3);
    await query(Crate).copyFrom(ctx, crates(3), { ids });
    expect(
      (
        await query(Crate)
          .orderBy((c) => c.serial.asc())
          .fetchAll(ctx)
      ).map((row) => row.id),
    ).toEqual(ids);
    const given: Crate['id'][] = [];
    async function* batches(): AsyncGenerator<Crate['id']> {
      for (;;) {
        for (const id of await Crate.nextIds(ctx, 100)) {
          given.push(id);
          yield id;
        }
      }
    }
    await query(Crate).copyFrom(
      ctx,
      crates(250).map((row) => ({ ...row, code: `b${row.code}` })),
      { ids: batches() },
    );
    const stored = await query(Crate)
      .filter((c) => c.code.startsWith('b'))
      .orderBy((c) => c.serial.asc())
      .fetchAll(ctx);
    expect(stored.map((row) => row.id)).toEqual(given.slice(0, 250));
  });

  test('refuses ids that do not fit', async ({ ctx }) => {
    const set = untyped(query(Crate));
    const [one, two] = await Crate.nextIds(ctx, 2);
    const issuesOf = async (rows: unknown, ids: unknown): Promise<unknown> =>
      ((await caught(set.copyFrom(ctx, rows, { ids }) as never)) as { issues?: { path: string; rule: string }[] } | undefined)?.issues?.map(
        ({ path, rule }) => `${path} ${rule}`,
      );
    expect(await issuesOf(crates(2), [one])).toEqual(['ids length']);
    expect(await issuesOf(crates(1).values(), [one, two])).toEqual(['ids length']);
    expect(await issuesOf(crates(2).values(), [one])).toEqual(['ids[1] required']);
    expect(await issuesOf(crates(2), [one, undefined])).toEqual(['ids[1] required']);
    expect(await issuesOf(crates(2), [one, 'x'])).toEqual(['ids[1] id']);
    expect(await issuesOf(crates(2), new Set([one]))).toEqual(['ids[1] required']);
    expect(await issuesOf(crates(1), 'ids')).toEqual(['ids type']);
    expect(await caught(set.copyFrom(ctx, crates(1), { ids: ['0'] }) as never)).toMatchObject({ code: 'ID_ZERO_SENTINEL' });
    expect(await caught(untyped(query(Pair)).copyFrom(ctx, [{ left: 1, right: 1 }], { ids: [1] }) as never)).toMatchObject({
      issues: [{ path: 'ids', rule: 'key' }],
    });
    expect(await query(Crate).count(ctx)).toBe(0);
    // More ids than rows are left where there is no end to them.
    expect(
      await query(Crate).copyFrom(ctx, crates(1), {
        ids: (function* () {
          yield one!;
          yield two!;
        })(),
      }),
    ).toBe(1);
  });

  test('refuses a row with everything that is wrong with it, by its position', async ({ ctx }) => {
    const error = await caught(
      query(Crate).copyFrom(ctx, [
        ...crates(3),
        { code: 'much too long', weight: '1.234', tags: ['a', null], colour: 'red', size: 'huge' },
        null,
      ] as never),
    );
    expect(error).toMatchObject({ code: 'VALIDATION', model: 'crates' });
    expect((error as { issues: { path: string; rule: string }[] }).issues.map(({ path, rule }) => `${path} ${rule}`)).toEqual([
      '[3].code max_length',
      '[3].weight scale',
      '[3].size enum_label',
      '[3].tags[1] not_null',
      '[3].colour unknown_field',
    ]);
    expect(await query(Crate).count(ctx)).toBe(0);
    for (const row of [undefined, null, 1, 'row', []])
      expect(await caught(query(Crate).copyFrom(ctx, [row as never]))).toMatchObject({ issues: [{ path: '[0]', rule: 'type' }] });
    expect(await caught(query(Crate).copyFrom(ctx, [{ code: null, weight: undefined } as never]))).toMatchObject({
      issues: [
        { path: '[0].code', rule: 'not_null' },
        { path: '[0].weight', rule: 'required' },
      ],
    });
  });

  test('refuses what gives no rows, and a model without a column, before anything is sent', async ({ ctx }) => {
    const set = untyped(query(Crate));
    await expectStatements(0, async () => {
      for (const rows of [undefined, null, 'rows', 1, {}, () => []])
        expect(await caught(set.copyFrom(ctx, rows) as never)).toMatchObject({ code: 'VALIDATION', issues: [{ rule: 'type' }] });
      expect(await caught(query(Bare).copyFrom(ctx, [{}]))).toMatchObject({ issues: [{ rule: 'no_columns' }] });
      expect(await caught(untyped(query(Crate)).copyFrom(null, []) as never)).toMatchObject({ issues: [{ rule: 'context' }] });
    });
  });
});

describe('a copyFrom that fails', () => {
  test('stores nothing, ends its source and keeps its connection, whichever side it fails on', async ({ ctx }) => {
    const pids = new Set([await backend(ctx)]);
    let ended = 0,
      pulled = 0;
    const failure = new Error('the source broke');
    function* source(last: () => unknown): Generator<never> {
      try {
        for (const row of crates(20_000)) yield row as never;
        yield last() as never;
        for (; pulled < 2_000_000; pulled++) yield { code: `d${pulled}`, weight: '1' } as never;
      } finally {
        ended++;
      }
    }
    const cases: [string, () => unknown, object][] = [
      [
        'a row that is refused',
        () => ({ code: 'x', weight: 1 }),
        { code: 'VALIDATION', issues: [{ path: '[20000].weight', rule: 'type' }] },
      ],
      [
        'a row that the server refuses',
        () => ({ code: 'c7', weight: '1' }),
        { code: 'CONSTRAINT', kind: 'unique', fields: ['code'], rowIndex: 20_000 },
      ],
      [
        'a source that throws',
        () => {
          throw failure;
        },
        failure,
      ],
    ];
    for (const [name, last, expected] of cases) {
      for (const isLater of [false, true]) {
        const rows = isLater ? later(source(last)) : source(last);
        const error = await caught(query(Crate).copyFrom(ctx, rows));
        if (expected === failure) expect(error).toBe(failure);
        else expect({ name, error }).toMatchObject({ name, error: expected });
        await expect.poll(() => ended).toBeGreaterThan(0);
        // The server is heard while the source still has rows, however fast it gives them.
        expect(pulled).toBeLessThan(500_000);
        ended = pulled = 0;
        expect(await query(Crate).count(ctx)).toBe(0);
        pids.add(await backend(ctx));
      }
    }
    expect(pids.size).toBe(1);
    expect(sent.filter((event) => event.text.startsWith('COPY')).map((event) => event.errorCode)).toEqual([
      'VALIDATION',
      'VALIDATION',
      'CONSTRAINT',
      'CONSTRAINT',
      'UNKNOWN',
      'UNKNOWN',
    ]);
  });

  test('says which row the server refused in the text format, too', async ({ ctx }) => {
    await raw(ctx).script('ALTER TABLE drafts ADD CONSTRAINT few CHECK (stars < 10)');
    const rows = Array.from({ length: 100 }, (_, at) => ({ title: 'a\nb', stars: at === 42 ? 99 : 1 }));
    expect(await caught(query(Draft).copyFrom(ctx, rows))).toMatchObject({
      code: 'CONSTRAINT',
      kind: 'check',
      constraint: 'few',
      rowIndex: 42,
    });
  });

  test('does not take rows ahead of a server that is slow', async ({ ctx }) => {
    await raw(ctx).script(`
      CREATE FUNCTION wait_here() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(77); RETURN new; END $$;
      CREATE TRIGGER slow BEFORE INSERT ON readings FOR EACH ROW EXECUTE FUNCTION wait_here()`);
    let taken = 0;
    function* endless(): Generator<CreateOf<typeof Reading>> {
      for (; taken < 5_000_000; taken++) yield { value: taken };
    }
    await ctx.atomic(async (tx) => {
      await raw(tx).scalar('SELECT pg_advisory_xact_lock(77)::text');
      const abort = new AbortController();
      const running = caught(query(Reading).copyFrom(ctx, endless(), { signal: abort.signal }));
      await expect.poll(() => taken).toBeGreaterThan(1000);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const stuckAt = taken;
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect([taken, stuckAt < 2_000_000]).toEqual([stuckAt, true]);
      abort.abort();
      expect(await running).toMatchObject({ code: 'ABORTED' });
    });
  });

  test('gives up when its signal fires, whatever its source waits for', async ({ ctx }) => {
    const stuck = async function* (): AsyncGenerator<CreateOf<typeof Crate>> {
      yield* crates(3);
      await new Promise(() => {});
    };
    const abort = new AbortController();
    const running = caught(query(Crate).copyFrom(ctx, stuck(), { signal: abort.signal }));
    await expect.poll(() => sent.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    abort.abort(new Error('too long'));
    expect(await running).toMatchObject({ code: 'ABORTED' });
    expect(await query(Crate).count(ctx)).toBe(0);
    expect(await caught(query(Crate).copyFrom(ctx, crates(1), { signal: abort.signal }))).toMatchObject({ code: 'ABORTED' });
  });
});

describe('copyFrom in a transaction', () => {
  test('takes part in it, at the cost of the same statements', async ({ ctx }) => {
    await expect(
      ctx.atomic(async (tx) => {
        expect(await tx.atomic((inner) => query(Crate).copyFrom(inner, crates(10)))).toBe(10);
        expect(await query(Crate).count(tx)).toBe(10);
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone');
    expect(await query(Crate).count(ctx)).toBe(0);
    await ctx.atomic(async (tx) => {
      await query(Crate).count(tx);
      await expectRoundTrips(2, () => query(Crate).copyFrom(tx, crates(10)));
    });
    expect(await query(Crate).count(ctx)).toBe(10);
  });

  test('refuses what its own source asks of the transaction, and a nested one', async ({ ctx }) => {
    const errors: unknown[] = [];
    await ctx.atomic(async (tx) => {
      const rows = async function* (): AsyncGenerator<CreateOf<typeof Crate>> {
        yield* crates(2);
        const acts: readonly (() => Promise<unknown>)[] = [
          () => query(Crate).count(tx),
          () => tx.atomic((inner) => query(Crate).count(inner)),
          () => query(Crate).stream(tx).next(),
          () => query(Crate).copyTo(tx).next(),
          () => query(Crate).copyFrom(tx, crates(1)),
          () => tx.setRole('nobody'),
        ];
        for (const act of acts) errors.push(await caught((async () => act())()));
        errors.push(await query(Crate).count(ctx));
      };
      expect(await query(Crate).copyFrom(tx, rows())).toBe(2);
      expect(await query(Crate).count(tx)).toBe(2);
      const stream = query(Crate).stream(tx, { batchSize: 1 });
      await stream.next();
      expect(await caught(query(Crate).copyFrom(tx, crates(1)))).toMatchObject({ code: 'STREAM_IN_PROGRESS' });
      await stream.return();
    });
    expect(errors.map((error) => (error as { code?: string }).code ?? error)).toEqual([
      ...new Array<string>(6).fill('STREAM_IN_PROGRESS'),
      0,
    ]);
    expect(await query(Crate).count(ctx)).toBe(2);
  });

  test('is undone with it when nobody awaited it, however long its source takes', async ({ ctx }) => {
    let running: Promise<unknown> | undefined;
    const stuck = async function* (): AsyncGenerator<CreateOf<typeof Crate>> {
      yield* crates(3);
      await new Promise(() => {});
    };
    const ending = ctx.atomic(async (tx) => {
      await query(Crate).count(tx);
      running = caught(query(Crate).copyFrom(tx, stuck()));
      await expect.poll(() => sent.length).toBe(2);
      await new Promise((resolve) => setTimeout(resolve, 20));
    });
    expect(await caught(ending)).toMatchObject({ code: 'PENDING_OPERATIONS' });
    expect(await running).toMatchObject({ code: 'SCOPE_CLOSED' });
    expect(await query(Crate).count(ctx)).toBe(0);
  });

  test('gives up with the transaction when a signal fires', async ({ ctx }) => {
    const abort = new AbortController();
    const stuck = async function* (): AsyncGenerator<CreateOf<typeof Crate>> {
      yield* crates(3);
      setTimeout(() => abort.abort(), 20);
      await new Promise(() => {});
    };
    const error = await caught(ctx.atomic((tx) => query(Crate).copyFrom(tx, stuck(), { signal: abort.signal })));
    expect(error).toMatchObject({ code: 'ABORTED' });
    expect(await query(Crate).count(ctx)).toBe(0);
  });

  test('leaves the transaction failed, and an atomic around it makes that undone', async ({ ctx }) => {
    await ctx.atomic(async (tx) => {
      await query(Draft).copyFrom(tx, [{ title: 'kept' }]);
      const error = await caught(tx.atomic((inner) => query(Crate).copyFrom(inner, [...crates(1), { code: 'x' } as never])));
      expect(error).toMatchObject({ code: 'VALIDATION', issues: [{ path: '[1].weight' }] });
      expect(await query(Draft).count(tx)).toBe(1);
    });
    expect(await query(Draft).count(ctx)).toBe(1);
  });
});

describe('copyFrom and extensions', () => {
  test('is refused where inserts do more than write the row', async ({ ctx }) => {
    await expectStatements(0, async () => {
      expect(await caught(query(Wrapped).copyFrom(ctx, [{ name: 'a' }]))).toMatchObject({
        code: 'COPY_REFUSED',
        model: 'wrapped',
        reason: 'wrapped_write',
        message: expect.stringContaining('(logged)'),
      });
      expect(await caught(query(Wrapped).copyFrom(ctx, []))).toMatchObject({ code: 'COPY_REFUSED' });
    });
    expect(await query(Watched).copyFrom(ctx, [{ name: 'a' }])).toBe(1);
  });

  test('is refused through a proxy, whose filter it would not check', async ({ ctx }) => {
    await expectStatements(0, async () => {
      expect(await caught(query(HeavyCrate).copyFrom(ctx, crates(1)))).toMatchObject({
        code: 'COPY_REFUSED',
        model: 'crates',
        reason: 'slice',
      });
    });
  });

  test('runs after what an extension sets first, in a transaction of its own', async ({ ctx }) => {
    const own = ctx.withAuth('ada');
    expect(await expectRoundTrips(4, () => query(Owned).copyFrom(own, [{ name: 'a' }, { name: 'b', owner: 'bob' }]))).toBe(2);
    await own.atomic((tx) => query(Owned).copyFrom(tx, [{ name: 'c' }]));
    expect(
      await query(Owned)
        .orderBy((o) => o.name.asc())
        .select((o) => ({ name: o.name, owner: o.owner }))
        .fetchAll(own),
    ).toEqual([
      { name: 'a', owner: 'ada' },
      { name: 'b', owner: 'bob' },
      { name: 'c', owner: 'ada' },
    ]);
    const pid = await backend(ctx);
    expect(await caught(query(Owned).copyFrom(own, [{ name: 'x' }, { name: 'a' }]))).toMatchObject({
      code: 'CONSTRAINT',
      fields: ['name'],
      rowIndex: 1,
    });
    expect(await caught(query(Owned).copyFrom(own, [{ name: 'x' }, {} as never]))).toMatchObject({ code: 'VALIDATION' });
    expect([await query(Owned).count(own), await backend(ctx), await raw(ctx).scalar("SELECT current_setting('app.owner', true)")]).toEqual(
      [3, pid, ''],
    );
  });

  test('is refused where row security applies to the role', async ({ ctx }) => {
    await raw(ctx).script(`
      ALTER TABLE crates ENABLE ROW LEVEL SECURITY;
      CREATE POLICY small_ones ON crates USING (weight < 100);
      DO $$ BEGIN CREATE ROLE copying_tenant; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
      GRANT SELECT, INSERT ON crates TO copying_tenant`);
    const error = await caught(
      ctx.atomic(async (tx) => {
        await tx.setRole('copying_tenant');
        await query(Crate).copyFrom(tx, crates(1));
      }),
    );
    expect(error).toMatchObject({ code: 'COPY_REFUSED', model: 'crates', reason: 'row_security' });
    // The owner is a superuser, to whom no policy applies.
    expect(await query(Crate).copyFrom(ctx, crates(1))).toBe(1);
    await raw(ctx).script('REVOKE ALL ON crates FROM copying_tenant');
  });
});

describe('copyFrom into a table that is not as declared', () => {
  test('never writes bytes of one type into a column of another', async ({ ctx }) => {
    await raw(ctx).script('ALTER TABLE readings ALTER COLUMN value TYPE bigint');
    await query(Reading).copyFrom(ctx, [{ value: 5 }]);
    expect(sent[1]!.text).toContain('FORMAT text');
    expect(await raw(ctx).scalar('SELECT value FROM readings')).toBe('5');
    expect(await caught(query(Reading).copyFrom(ctx, [{ value: 5.5 }]))).toMatchObject({
      code: 'DATABASE',
      sqlState: '22P02',
      rowIndex: 0,
    });
  });

  test('reports what the server says about a table or a column that is missing', async ({ ctx }) => {
    await raw(ctx).script('ALTER TABLE pairs DROP COLUMN note; DROP TABLE readings');
    expect(await caught(query(Pair).copyFrom(ctx, [{ left: 1, right: 1 }]))).toMatchObject({ code: 'DATABASE', sqlState: '42703' });
    expect(await caught(query(Reading).copyFrom(ctx, [{ value: 1 }]))).toMatchObject({ code: 'DATABASE', sqlState: '42P01' });
    expect(await query(Crate).count(ctx)).toBe(0);
  });
});

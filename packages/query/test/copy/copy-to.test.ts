// Rows as files: what the server is asked for, what it gives, and how the reading of it ends.

import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { countAll, proxy, rowNumber, visage, type Context } from '@djogi/core';
import { rawSql } from '@djogi/core/raw';
import { expectStatements } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { cte, query, type CopyChunks, type CopyToOptions } from '../../src/index.ts';
import { CITY_COLUMNS, City, sent, test } from '../support/cities.ts';
import { untyped } from '../support/untyped.ts';

class Norwegian extends proxy(City, { filter: (c) => c.country.eq('NO'), orderBy: (c) => c.name.asc() }) {}

const raw = (ctx: Context): ReturnType<typeof rawSql> => rawSql(ctx, 'looks behind the models in a test');
const backend = (ctx: Context): Promise<unknown> => raw(ctx).scalar('SELECT pg_backend_pid()');
const caught = (running: Promise<unknown>): Promise<unknown> =>
  running.then(
    () => undefined,
    (error: unknown) => error,
  );

async function textOf(chunks: CopyChunks): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of chunks) text += decoder.decode(piece, { stream: true });
  return text;
}

/** Enough rows that they do not fit into what the socket and the process hold. */
async function fill(ctx: Context, count = 30_000): Promise<void> {
  await raw(ctx).execute(
    "INSERT INTO cities (name, country, population) SELECT repeat('long name ', 40), 'XX', n FROM generate_series(1, $1::int) AS n",
    [count],
  );
}

const names = query(City)
  .orderBy((c) => c.id.asc())
  .select((c) => ({ name: c.name, area: c.area }));

describe('copyTo', () => {
  test('writes csv with a header, under the names that the query gives', async ({ ctx }) => {
    const chunks = query(City)
      .filter((c) => c.country.eq('NO'))
      .orderBy((c) => c.name.asc())
      .select((c) => ({ 'city "name"': c.name, people: c.population, area: c.area, tags: c.tags }))
      .copyTo(ctx);
    expect(sent()).toEqual([]);
    expect(chunks.rowCount).toBeNull();
    expect(await textOf(chunks)).toBe('"city ""name""",people,area,tags\nBergen,290,465,"{fjord,rain}"\nOslo,700,454,{fjord}\n');
    expect(chunks.rowCount).toBe(2);
    // Observers see placeholders and not the values that the text has in it.
    expect(sent()).toEqual([
      {
        text:
          'COPY (SELECT "name" AS "city ""name""", "population" AS "people", "area", "tags" FROM "cities" WHERE "country" = $1 ORDER BY "name" ASC) ' +
          'TO STDOUT WITH (FORMAT csv, HEADER true)',
        values: ['NO'],
        operation: 'copyTo',
        context: 'pool',
      },
    ]);
  });

  test('writes whole rows under the names of their columns', async ({ ctx }) => {
    const text = await textOf(
      query(City)
        .filter((c) => c.name.eq('Nuuk'))
        .copyTo(ctx),
    );
    expect(text.split('\n')[0]).toBe(CITY_COLUMNS.replaceAll('"', '').replaceAll(' ', ''));
    expect(text.split('\n')[1]).toMatch(/^5,\d{4}-.*,Nuuk,GL,20,,polar,t,\{fjord\}$/);
    expect(sent()[0]!.text).toBe(`COPY (SELECT ${CITY_COLUMNS} FROM "cities" WHERE "name" = $1) TO STDOUT WITH (FORMAT csv, HEADER true)`);
  });

  test('tells NULL from empty text, and writes the formats as asked', async ({ ctx }) => {
    await raw(ctx).execute("UPDATE cities SET name = '' WHERE id = 1");
    await raw(ctx).execute('UPDATE cities SET name = E\'a,b\\t"c"\\n\\\\N\' WHERE id = 2');
    const set = names.limit(3);
    const cases: [CopyToOptions, string][] = [
      [{}, 'name,area\n"",454\n"a,b\t""c""\n\\N",465\nQuito,\n'],
      [{ format: 'csv', header: false }, '"",454\n"a,b\t""c""\n\\N",465\nQuito,\n'],
      [{ delimiter: ';', null: '-', forceQuote: true, header: false }, '"";"454"\n"a,b\t""c""\n\\N";"465"\n"Quito";-\n'],
      [{ format: 'text' }, '\t454\na,b\\t"c"\\n\\\\N\t465\nQuito\t\\N\n'],
      [{ format: 'text', header: true, delimiter: '|', null: 'none' }, 'name|area\n|454\na,b\\t"c"\\n\\\\N|465\nQuito|none\n'],
      [{ format: 'text', null: "it's \\ none" }, '\t454\na,b\\t"c"\\n\\\\N\t465\nQuito\tit\'s \\ none\n'],
    ];
    for (const [options, expected] of cases) expect([options, await textOf(set.copyTo(ctx, options))]).toEqual([options, expected]);
    const binary: Uint8Array[] = [];
    for await (const piece of set.copyTo(ctx, { format: 'binary' })) binary.push(piece);
    expect(Buffer.concat(binary).subarray(0, 11).toString('latin1')).toBe('PGCOPY\n\xff\r\n\0');
  });

  test('heeds order, limit, offset, distinct and the filter of a proxy', async ({ ctx }) => {
    const only = { header: false } as const;
    expect(await textOf(names.offset(1).limit(2).copyTo(ctx, only))).toBe('Bergen,465\nQuito,\n');
    expect(sent()[0]).toMatchObject({ text: expect.stringContaining(' LIMIT 2 OFFSET $1) TO STDOUT'), values: [1n] });
    expect(
      await textOf(
        query(City)
          .select((c) => ({ country: c.country }))
          .distinct()
          .orderBy((c) => c.country.asc())
          .copyTo(ctx, only),
      ),
    ).toBe('EC\nGL\nNO\n');
    expect(
      await textOf(
        query(Norwegian)
          .selectTuple((c) => [c.name, c.population.add(1)])
          .copyTo(ctx, only),
      ),
    ).toBe('Bergen,291\nOslo,701\n');
  });

  test('takes groups, annotated rows and windows', async ({ ctx }) => {
    const groups = query(City)
      .groupBy((c) => ({ land: c.country }))
      .annotate((c) => ({ cities: countAll(), most: c.population.max() }))
      .having((g) => g.cities.gt(1))
      .orderBy((g) => g.land.asc());
    const chunks = groups.copyTo(ctx);
    expect(await textOf(chunks)).toBe('land,cities,most\nEC,2,2700\nNO,2,700\n');
    expect(chunks.rowCount).toBe(2);
    const ranked = query(City)
      .select((c) => ({ name: c.name }))
      .annotate((c) => ({ place: rowNumber().over({ orderBy: [c.population.desc()] }) }))
      .qualify((a) => a.place.lte(2))
      .orderBy((a) => a.place.asc());
    expect(await textOf(ranked.copyTo(ctx, { header: false }))).toBe('Guayaquil,1\nQuito,2\n');
  });

  test('takes set operations, the rows of other queries, and queries by name', async ({ ctx }) => {
    const small = query(City)
      .filter((c) => c.population.lt(100))
      .select((c) => ({ place: c.name }));
    const large = query(City)
      .filter((c) => c.population.gt(2000))
      .select((c) => ({ place: c.name }));
    const both = small.union(large).orderBy((r) => r.place.asc());
    expect(await textOf(both.copyTo(ctx))).toBe('place\nGuayaquil\nNuuk\n');
    const lands = query(City)
      .groupBy((c) => ({ land: c.country }))
      .annotate((c) => ({ people: c.population.sum() }));
    expect(
      await textOf(
        query(lands)
          .filter((l) => l.people.gt(900))
          .orderBy((l) => l.land.asc())
          .copyTo(ctx),
      ),
    ).toBe('land,people\nEC,4600\nNO,990\n');
    const named = cte('lands', lands);
    const most = query(named)
      .filter((l) => l.people.eq(query(named).asScalar((other) => other.people.max())))
      .select((l) => ({ land: l.land }));
    expect(await textOf(most.copyTo(ctx))).toBe('land\nEC\n');
    sent();
  });

  test('is refused for a visage, whose rows are made in memory', ({ ctx }) => {
    class CityCard extends visage(City, 'public') {}
    expect(() => untyped(query(CityCard)).copyTo(ctx)).toThrow(
      expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'visage' })] }),
    );
  });

  test('sends nothing and gives nothing for none()', async ({ ctx }) => {
    await expectStatements(0, async () => {
      const chunks = query(City).none().copyTo(ctx);
      expect(await textOf(chunks)).toBe('');
      expect(chunks.rowCount).toBe(0);
      expect(await chunks.return()).toEqual({ done: true, value: undefined });
    });
    expect(await textOf(names.filter((c) => c.name.eq('x')).copyTo(ctx))).toBe('name,area\n');
  });

  test('refuses options that COPY has no use for, at the call', ({ ctx }) => {
    const set = untyped(query(City));
    const cases: [Record<string, unknown>, string][] = [
      [{ format: 'json' }, 'format'],
      [{ format: null }, 'format'],
      [{ header: 'yes' }, 'header'],
      [{ forceQuote: 1 }, 'forceQuote'],
      [{ format: 'text', forceQuote: true }, 'forceQuote'],
      [{ delimiter: '' }, 'delimiter'],
      [{ delimiter: '||' }, 'delimiter'],
      [{ delimiter: 'é' }, 'delimiter'],
      [{ delimiter: '\n' }, 'delimiter'],
      [{ delimiter: '"' }, 'delimiter'],
      [{ delimiter: 1 }, 'delimiter'],
      [{ format: 'text', delimiter: 'x' }, 'delimiter'],
      [{ format: 'text', delimiter: '\\' }, 'delimiter'],
      [{ null: 'a,b' }, 'null'],
      [{ null: '"' }, 'null'],
      [{ null: 'a\nb' }, 'null'],
      [{ null: 'a\0' }, 'null'],
      [{ null: 0 }, 'null'],
      [{ format: 'text', null: '\t' }, 'null'],
      [{ format: 'binary', header: true }, 'header'],
      [{ format: 'binary', delimiter: ';' }, 'delimiter'],
      [{ format: 'binary', null: '' }, 'null'],
    ];
    for (const [options, path] of cases) {
      let error: unknown;
      try {
        set.copyTo(ctx, options);
      } catch (thrown) {
        error = thrown;
      }
      expect({ options, error }).toMatchObject({ options, error: { code: 'VALIDATION', issues: [{ path, rule: 'copy_option' }] } });
    }
    expect(() => set.copyTo(null)).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
    expect(() =>
      query(City)
        .select((c) => ({ '': c.name }))
        .copyTo(ctx),
    ).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
    expect(sent()).toEqual([]);
  });
});

describe('the reading of copyTo', () => {
  test('goes into streams, at the pace of the slower side', async ({ ctx }) => {
    await fill(ctx, 20_000);
    let bytes = 0;
    const slow = new Writable({
      write(chunk: Uint8Array, _, done) {
        bytes += chunk.length;
        setImmediate(done);
      },
    });
    const chunks = query(City).copyTo(ctx);
    await pipeline(chunks, slow);
    expect(chunks.rowCount).toBe(20_005);
    let webBytes = 0;
    await ReadableStream.from(query(City).copyTo(ctx)).pipeTo(
      new WritableStream<Uint8Array>({ write: (chunk) => void (webBytes += chunk.length) }),
    );
    expect(webBytes).toBe(bytes);
  });

  test('may stop early: the statement is cancelled, and the connection goes on', async ({ ctx, pool }) => {
    await fill(ctx);
    const pid = await backend(ctx);
    for (let round = 0; round < 5; round++) {
      const chunks = query(City).copyTo(ctx);
      let seen = 0;
      for await (const piece of chunks) {
        seen += piece.length;
        if (seen > 0) break;
      }
      expect(chunks.rowCount).toBeNull();
      expect(seen).toBeLessThan(1_000_000);
      expect(await backend(ctx)).toBe(pid);
      expect(await chunks.next()).toEqual({ done: true, value: undefined });
    }
    // What was never pulled from was never sent.
    await query(City).copyTo(ctx)[Symbol.asyncDispose]();
    expect(pool.status().size).toBe(1);
  });

  test('in a transaction keeps everything else off it until its end, or until it is left', async ({ ctx }) => {
    await ctx.atomic(async (tx) => {
      await query(City)
        .filter((c) => c.name.eq('Nuuk'))
        .count(tx);
      for await (const _ of query(City).copyTo(tx)) {
        expect(await caught(query(City).count(tx))).toMatchObject({ code: 'STREAM_IN_PROGRESS' });
        expect(await caught(tx.atomic(() => Promise.resolve()))).toMatchObject({ code: 'STREAM_IN_PROGRESS' });
        break;
      }
      await City.create(tx, { name: 'Bodø', country: 'NO', population: 42 });
      const chunks = names.copyTo(tx, { header: false });
      expect((await textOf(chunks)).split('\n').at(-2)).toBe('Bodø,');
      expect(chunks.rowCount).toBe(6);
    });
    expect(
      sent()
        .filter((each) => each.operation === 'copyTo')
        .map((each) => each.context),
    ).toEqual(['transaction', 'transaction']);
    expect(await query(City).count(ctx)).toBe(6);
  });

  test('left early in a transaction leaves the transaction as it was', async ({ ctx }) => {
    await fill(ctx);
    await ctx.atomic(async (tx) => {
      await City.create(tx, { name: 'Bodø', country: 'NO', population: 42 });
      for await (const _ of query(City).copyTo(tx)) break;
      expect(
        await query(City)
          .filter((c) => c.name.eq('Bodø'))
          .count(tx),
      ).toBe(1);
    });
  });

  test('ends with the transaction when nobody reads on', async ({ ctx }) => {
    await fill(ctx);
    let chunks: CopyChunks | undefined;
    const ending = ctx.atomic(async (tx) => {
      chunks = query(City).copyTo(tx);
      await chunks.next();
    });
    expect(await caught(ending)).toMatchObject({ code: 'PENDING_OPERATIONS' });
    expect(await caught(chunks!.next())).toMatchObject({ code: 'SCOPE_CLOSED' });
    expect(await query(City).count(ctx)).toBe(30_005);
  });

  test('gives up when its signal fires, on the pool and in a transaction', async ({ ctx }) => {
    await fill(ctx);
    const read = async (on: Context): Promise<void> => {
      const abort = new AbortController();
      for await (const _ of query(City).copyTo(on, { signal: abort.signal })) abort.abort(new Error('too long'));
    };
    expect(await caught(read(ctx))).toMatchObject({ code: 'ABORTED' });
    expect(await caught(ctx.atomic((tx) => read(tx)))).toMatchObject({ code: 'ABORTED' });
    expect(await caught(query(City).copyTo(ctx, { signal: AbortSignal.abort() }).next())).toMatchObject({ code: 'ABORTED' });
    expect(await query(City).count(ctx)).toBe(30_005);
  });

  test('fails with what the server says after the rows before it, and the connection goes on', async ({ ctx }) => {
    const pid = await backend(ctx);
    const failing = query(City)
      .orderBy((c) => c.id.asc())
      .select((c) => ({ n: c.population.div(c.population.sub(20)) }));
    expect(await caught(textOf(failing.copyTo(ctx)))).toMatchObject({ code: 'DATABASE', sqlState: '22012' });
    expect(await backend(ctx)).toBe(pid);
    expect(await caught(ctx.atomic((tx) => textOf(failing.copyTo(tx))))).toMatchObject({ code: 'DATABASE', sqlState: '22012' });
    expect(await query(City).count(ctx)).toBe(5);
    await ctx.atomic(async (tx) => {
      expect(await caught(tx.atomic((inner) => textOf(failing.copyTo(inner))))).toMatchObject({ sqlState: '22012' });
      expect(await query(City).count(tx)).toBe(5);
    });
  });

  test('locks rows where the set does, in a transaction', async ({ ctx, pool }) => {
    await ctx.atomic(async (tx) => {
      const locking = query(City)
        .filter((c) => c.country.eq('NO'))
        .forUpdate();
      expect((await textOf(locking.copyTo(tx))).split('\n')).toHaveLength(4);
      const free = await pool.context().atomic((other) =>
        query(City)
          .forUpdate({ wait: 'skipLocked' })
          .select((c) => ({ name: c.name }))
          .fetchAll(other),
      );
      expect(free.map((row) => row.name)).toEqual(['Quito', 'Guayaquil', 'Nuuk']);
    });
  });

  test('gives a role the rows that its policies show', async ({ ctx }) => {
    await raw(ctx).script(`
      ALTER TABLE cities ENABLE ROW LEVEL SECURITY;
      CREATE POLICY norway ON cities USING (country = 'NO');
      DO $$ BEGIN CREATE ROLE copying_reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
      GRANT SELECT ON cities TO copying_reader`);
    await ctx.atomic(async (tx) => {
      await tx.setRole('copying_reader');
      expect(await textOf(names.copyTo(tx, { header: false }))).toBe('Oslo,454\nBergen,465\n');
    });
    await raw(ctx).script('REVOKE ALL ON cities FROM copying_reader');
  });
});

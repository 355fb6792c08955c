// What updates and deletes of sets refuse before any SQL, and when they send none. Refusals go through plain JavaScript, where the types that refuse first are gone.

import { countAll, f, literal, model, pk, rowNumber } from '@djogi/core';
import { expectStatements } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { query, type ModelSet } from '../../src/index.ts';
import { OpenTask, sent, Task, tasks, test, Worker } from '../support/tasks.ts';
import { method, untyped, type Untyped } from '../support/untyped.ts';

const all = untyped(query(Task));

const refused = (rule: string, path?: string): Error =>
  expect.objectContaining({
    code: 'VALIDATION',
    issues: [expect.objectContaining({ rule, ...(path === undefined ? {} : { path }) })],
  }) as Error;

describe('a patch of a set', () => {
  const patches: readonly [string, unknown, string, string][] = [
    ['a field that is not there', { nmae: 'x' }, 'unknown_field', 'nmae'],
    ['the name of a getter', { shout: 'X' }, 'unknown_field', 'shout'],
    ['the key', { id: 7 }, 'read_only', 'id'],
    ['a generated column', { slug: 'x' }, 'read_only', 'slug'],
    ['the version', { revision: 7 }, 'read_only', 'revision'],
    ['createdAt', { createdAt: new Date() }, 'read_only', 'createdAt'],
    ['updatedAt', { updatedAt: new Date() }, 'read_only', 'updatedAt'],
    ['undefined', { title: undefined }, 'undefined', 'title'],
    ['null where the column never is', { title: null }, 'not_null', 'title'],
    ['a text for an integer', { points: '7' }, 'type', 'points'],
    ['a fraction for an integer', { points: 1.5 }, 'type', 'points'],
    ['NaN for an integer', { points: Number.NaN }, 'type', 'points'],
    ['an integer out of range', { points: 2 ** 31 }, 'range', 'points'],
    ['an invalid Date', { dueAt: new Date(Number.NaN) }, 'invalid_date', 'dueAt'],
    ['a text with U+0000', { title: 'a\0b' }, 'nul_char', 'title'],
    ['a label that is none', { status: 'gone' }, 'enum_label', 'status'],
    ['a list for a text', { title: ['x'] }, 'type', 'title'],
    ['a function for a value', { title: () => 'x' }, 'type', 'title'],
    ['a predicate function', { points: Math.max }, 'type', 'points'],
    ['a fraction as an expression', { points: literal(1.5) }, 'type', 'points'],
    ['a label that is none as an expression', { status: literal('gone') }, 'enum_label', 'status'],
  ];
  for (const [what, patch, rule, path] of patches) {
    test(`refuses ${what}`, async ({ ctx }) => {
      expect(() => all.update(patch)).toThrow(refused(rule, path));
      expect(() => all.update(() => patch)).toThrow(refused(rule, path));
      expect(() => untyped(query(Task).none()).update(patch)).toThrow(refused(rule, path));
      expect(sent()).toEqual([]);
      expect((await tasks(ctx, 'revision')).flat()).toEqual([0, 0, 0, 0, 0]);
    });
  }

  test('names every problem at once', () => {
    expect(() => all.update({ nmae: 'x', id: 1, title: undefined, points: 1.5 })).toThrow(
      expect.objectContaining({
        issues: [
          expect.objectContaining({ path: 'nmae' }),
          expect.objectContaining({ path: 'id' }),
          expect.objectContaining({ path: 'title' }),
          expect.objectContaining({ path: 'points' }),
        ],
      }) as Error,
    );
  });

  const none: readonly [string, unknown][] = [
    ['undefined', undefined],
    ['null', null],
    ['a text', 'title'],
    ['a number', 7],
    ['a list', [{ title: 'x' }]],
    ['an empty list', []],
    ['a Date', new Date()],
    ['a Map', new Map([['title', 'x']])],
    ['a promise', Promise.resolve({ title: 'x' })],
  ];
  for (const [what, patch] of none) {
    test(`is not ${what}`, () => {
      expect(() => all.update(patch)).toThrow(refused('type', ''));
      expect(() => all.update(() => patch)).toThrow(refused('type', ''));
    });
  }

  test('may be an object without a prototype, and one of a class', () => {
    class Patch {
      title = 'x';
    }
    for (const patch of [Object.assign(Object.create(null) as object, { title: 'x' }), new Patch()])
      expect(all.update(patch).toSql().values).toEqual(['x']);
  });

  test('may use neither the bag of another query nor aggregates nor windows', () => {
    let other: Untyped;
    query(Task).filter((t) => {
      other = untyped(t);
      return t.title.isNotNull();
    });
    let town: Untyped;
    class Town extends model('towns', { size: f.int() }, { pk: pk.serial() }) {}
    query(Town).filter((t) => {
      town = untyped(t);
      return t.size.isNotNull();
    });
    expect(() => all.update(() => ({ points: method(other, 'valueOf') && (other as unknown as { points: unknown }).points }))).toThrow(
      refused('scope'),
    );
    expect(() => all.update({ points: town.size })).toThrow(refused('scope'));
    expect(() => all.update(() => ({ points: town.size.add(1) }))).toThrow(refused('scope'));
    expect(() => all.update(() => ({ points: countAll() }))).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_AGGREGATE', reason: 'place' }) as Error,
    );
    expect(() => all.update(() => ({ points: rowNumber().over({}) }))).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_AGGREGATE', reason: 'place' }) as Error,
    );
  });
});

describe('what was asked of a set besides which rows it has', () => {
  const modifiers: readonly [string, (set: ModelSet<typeof Task, Task>) => unknown][] = [
    ['limit', (set) => set.limit(1)],
    ['offset', (set) => set.offset(1)],
    ['orderBy', (set) => set.orderBy((t) => t.id.asc())],
    ['distinct', (set) => set.distinct()],
    ['distinctOn', (set) => set.distinctOn((t) => t.worker)],
    ['forUpdate', (set) => set.forUpdate()],
    ['forKeyShare', (set) => set.forKeyShare({ wait: 'nowait' })],
    ['select', (set) => set.select((t) => ({ id: t.id }))],
    ['select', (set) => set.selectTuple((t) => [t.id])],
  ];
  for (const [modifier, refine] of modifiers) {
    test(`is refused by its name: ${modifier} (${refine.toString().split('.')[1]!.split('(')[0]})`, () => {
      const named = expect.objectContaining({
        code: 'VALIDATION',
        issues: [expect.objectContaining({ rule: 'modifier', message: expect.stringContaining(modifier) as string })],
      }) as Error;
      for (const set of [query(Task), query(Task).none(), query(Task).filter((t) => t.points.gt(1))]) {
        const refinedSet = untyped(refine(set as ModelSet<typeof Task, Task>));
        expect(() => refinedSet.update({ points: 1 })).toThrow(named);
        expect(() => refinedSet.update({})).toThrow(named);
        expect(() => refinedSet.delete()).toThrow(named);
      }
      expect(sent()).toEqual([]);
    });
  }

  test('is allowed before none, which drops it, and where a proxy asks for it', () => {
    expect(query(Task).limit(1).none().delete().toSql().text).toBe('DELETE FROM "tasks" WHERE FALSE');
    expect(query(OpenTask).update({ points: 1 }).toSql().text).toContain('WHERE "status" =');
    expect(() =>
      query(OpenTask)
        .orderBy((t) => t.id.asc())
        .delete(),
    ).toThrow(refused('modifier'));
    expect(
      query(Task)
        .orderBy((t) => t.id.asc())
        .reorder(() => [])
        .delete()
        .toSql().text,
    ).toBe('DELETE FROM "tasks"');
  });

  test('is not there for groups and rows with values beside them: they have no writes', () => {
    const annotated = untyped(query(Task).annotate(() => ({ n: countAll() })));
    const groups = untyped(
      query(Task)
        .groupBy((t) => ({ worker: t.worker }))
        .annotate(() => ({ n: countAll() })),
    );
    for (const rows of [annotated, groups]) expect([rows.update, rows.delete]).toEqual([undefined, undefined]);
  });
});

describe('a write that writes nothing', () => {
  test('of none is 0 or empty without SQL', async ({ ctx }) => {
    const none = query(Task).none();
    await expectStatements(0, async () => {
      expect(await none.update({ points: 1 }).execute(ctx)).toBe(0);
      expect(await none.delete().execute(ctx)).toBe(0);
      expect(await none.update({ points: 1 }).returning(ctx)).toEqual([]);
      expect(await none.update({ points: 1 }).returning(ctx, (t) => ({ id: t.id }))).toEqual([]);
      expect(await none.update({ points: 1 }).returningPairs(ctx)).toEqual([]);
      expect(await none.delete().returning(ctx)).toEqual([]);
      expect(await none.delete().returningPairs(ctx)).toEqual([]);
    });
    expect(await query(Task).count(ctx)).toBe(5);
  });

  test('of an empty patch is 0 or empty without SQL, and neither version nor time move', async ({ ctx }) => {
    const nothing = query(Task).update({});
    await expectStatements(0, async () => {
      expect(await nothing.execute(ctx)).toBe(0);
      expect(await nothing.returning(ctx)).toEqual([]);
      expect(await nothing.returning(ctx, (t) => ({ id: t.id }))).toEqual([]);
      expect(await nothing.returningPairs(ctx)).toEqual([]);
      expect(
        await query(Task)
          .update(() => ({}))
          .execute(ctx),
      ).toBe(0);
    });
    expect((await tasks(ctx, 'revision')).flat()).toEqual([0, 0, 0, 0, 0]);
    expect(() => nothing.toSql()).toThrow(refused('empty_patch'));
    await expect(nothing.explain(ctx)).rejects.toThrow(refused('empty_patch'));
  });

  test('still wants a context, and a shape that holds', async ({ ctx }) => {
    for (const write of [untyped(query(Task).none().delete()), untyped(query(Worker).update({}))]) {
      for (const terminal of ['execute', 'returning', 'returningPairs'])
        for (const context of [undefined, null, {}]) {
          await expect(method(write, terminal)(context) as unknown as Promise<unknown>).rejects.toMatchObject({ code: 'VALIDATION' });
        }
    }
    const none = query(Task).none().delete();
    await expect(none.returning(ctx, () => ({}))).rejects.toThrow(refused('projection'));
    await expect(none.returning(ctx, (() => null) as never)).rejects.toThrow(refused('projection'));
    await expect(none.returning(ctx, (() => ({ id: 1 })) as never)).rejects.toThrow(refused('expression'));
    await expect(none.returning(ctx, () => ({ n: countAll() }))).rejects.toMatchObject({ code: 'UNSUPPORTED_AGGREGATE', reason: 'place' });
    await expect(none.returning(ctx, () => ({ n: rowNumber().over({}) }))).rejects.toMatchObject({ code: 'UNSUPPORTED_AGGREGATE' });
  });
});

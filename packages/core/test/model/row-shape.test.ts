import { setFlagsFromString } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { runtimeOf } from '../../src/extension.ts';
import { modelDatabase } from './support/database.ts';
import { Account, Page, people, Person, tables } from './support/people.ts';

setFlagsFromString('--allow-natives-syntax');
/** Whether V8 gave both objects one hidden class. */
// oxlint-disable-next-line typescript/no-implied-eval -- generated once per model from its own column names
const haveSameMap = new Function('left', 'right', 'return %HaveSameMap(left, right)') as (left: object, right: object) => boolean;
// oxlint-disable-next-line typescript/no-implied-eval -- generated once per model from its own column names
const hasFastProperties = new Function('object', 'return %HasFastProperties(object)') as (object: object) => boolean;

const db = modelDatabase(() => people, { clean: tables });

test('the probe tells two shapes apart', () => {
  expect([haveSameMap({ a: 1 }, { a: 2 }), haveSameMap({ a: 1 }, { b: 1 })]).toEqual([true, false]);
});

describe('every row of a model has one hidden class', () => {
  test('whatever made it, and whatever values it has', async () => {
    const created = await Person.create(db.ctx, { name: 'Ada', age: 36, tags: ['a'], since: new Date() });
    const empty = await Person.create(db.ctx, { name: 'Bo' });
    const { row } = await Person.createWithId(db.ctx, await Person.nextId(db.ctx), { name: 'C', mentorId: created.id });
    const read = await Person.get(db.ctx, created.id),
      updated = await Person.update(db.ctx, created.id, { age: null });
    await empty.save(db.ctx);
    await row.refresh(db.ctx);
    read.assign({ name: 'changed', age: 2 ** 31 - 1 });
    await row.update(db.ctx, { mentorId: null });
    const { old, new: after } = await updated.updateReturningPair(db.ctx),
      deleted = await after.deleteReturning(db.ctx);
    for (const other of [empty, row, read, updated, old, after, deleted, Person.build({ name: 'x' })]) {
      expect(haveSameMap(created, other)).toBe(true);
      expect(hasFastProperties(other)).toBe(true);
    }
  });

  test('also where changes are tracked or a version is kept', async () => {
    const page = () => Page.create(db.ctx, { title: 'T', tags: ['a'], at: new Date(), body: Uint8Array.of(1), price: '1.00' });
    const pages = [await page(), await page()];
    pages[0]!.title = 'x';
    pages[0]!.markDirty('tags');
    await pages[0]!.save(db.ctx);
    expect(haveSameMap(pages[0]!, pages[1]!)).toBe(true);
    const accounts = [await Account.create(db.ctx, { owner: 'A' }), await Account.create(db.ctx, { owner: 'B', cents: -1 })];
    await accounts[0]!.save(db.ctx);
    expect(haveSameMap(accounts[0]!, accounts[1]!)).toBe(true);
  });

  test('and it is not the class of another model with the same fields', () => {
    expect(haveSameMap(Person.build({ name: 'x' }), Page.build({ title: 'x' }))).toBe(false);
  });
});

test('a row is built without running the class of the user', async () => {
  const row = await Person.create(db.ctx, { name: 'Ada' });
  expect(Object.getPrototypeOf(row)).toBe(Person.prototype);
  expect(row).toBeInstanceOf(Person);
  expect(new (runtimeOf(Person).buildRow)()).toBeInstanceOf(Person);
});

describe('where code may not be generated', () => {
  test('rows are built all the same', async () => {
    const { rowConstructor } = await import('../../src/model/row-builder.ts');
    const Function = globalThis.Function;
    class Row {}
    globalThis.Function = (() => {
      throw new EvalError('refused by policy');
    }) as never;
    try {
      const seen: object[] = [];
      const build = rowConstructor(Row.prototype, ['a', 'b"c'], (row) => {
        seen.push(row);
      });
      const row = new build(1, 2);
      expect([row instanceof Row, { ...row }, seen]).toEqual([true, { a: 1, 'b"c': 2 }, [row]]);
    } finally {
      globalThis.Function = Function;
    }
  });
});

// The same question three times: Postgres answers it through a query, core's evaluator answers it row by row in memory, and an independent
// answer is computed here, from plain JavaScript values and three-valued logic written out. All three must agree.

import { evaluate, matches, not } from '@djogi/core';
import { setupTestDb, type TestSetup } from '@djogi/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { query } from '../../src/index.ts';
import {
  begin,
  below,
  COLUMNS,
  inOrder,
  isEqual,
  NAMES,
  one,
  ordering,
  Probe,
  probeInputs,
  question,
  type Row,
} from '../support/probes.ts';
import { columnOf } from '../support/untyped.ts';

const SEED = Number(process.env['DJOGI_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const ROUNDS = 1500;

let setup: TestSetup;
let rows: Probe[];
beforeAll(async () => {
  setup = await setupTestDb({ models: [Probe] });
  begin(SEED);
  await query(Probe).bulkCreate(setup.ctx, probeInputs(120));
  rows = await query(Probe)
    .orderBy((p) => p.id.asc())
    .fetchAll(setup.ctx);
});
afterAll(() => setup.dispose());

const idsOf = (found: readonly object[]): unknown[] => found.map((row) => (row as Row)['id']);

/** What the rows look like to the independent answer: decimals as they were written or read are one number here. */
const plain = (row: Probe): Row => row as unknown as Row;

describe(`random questions (DJOGI_SEED=${SEED})`, () => {
  test('have one answer in Postgres, in the evaluator and worked out by hand', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const asked = question(3),
        set = query(Probe).filter(asked.build),
        where = `seed ${SEED}, round ${round}: ${asked.words}`;
      const predicate = set.predicate();
      const byHand = rows.filter((row) => asked.answer(plain(row)) === true);
      expect([where, rows.map((row) => evaluate(predicate, row))]).toEqual([where, rows.map((row) => asked.answer(plain(row)))]);
      expect([where, idsOf(rows.filter((row) => matches(predicate, row)))]).toEqual([where, idsOf(byHand)]);
      const found = await set
        .orderBy((p) => p.id.asc())
        .select((p) => ({ id: p.id }))
        .fetchAll(setup.ctx);
      expect([where, idsOf(found)]).toEqual([where, idsOf(byHand)]);
    }
  }, 60_000);

  test('divide all rows into true, false and unknown', async () => {
    for (let round = 0; round < ROUNDS / 5; round++) {
      const asked = question(2),
        where = `seed ${SEED}, round ${round}: ${asked.words}`;
      const [yes, no, unknown, excluded] = await Promise.all([
        query(Probe).filter(asked.build).count(setup.ctx),
        query(Probe)
          .filter((p) => not(asked.build(p)))
          .count(setup.ctx),
        query(Probe)
          .filter((p) => asked.build(p).isNull())
          .count(setup.ctx),
        query(Probe).exclude(asked.build).count(setup.ctx),
      ]);
      expect([where, yes + no + unknown, excluded]).toEqual([where, rows.length, no]);
      expect([where, await query(Probe).filter(asked.build).exists(setup.ctx)]).toEqual([where, yes > 0]);
    }
  }, 60_000);

  test('have one order, window and set of distinct values', async () => {
    for (let round = 0; round < ROUNDS / 3; round++) {
      const asked = question(1),
        keys = ordering(),
        limit = below(130),
        offset = below(60);
      const where = `seed ${SEED}, round ${round}: ${asked.words} ordered by ${keys.map((key) => `${key.name} ${key.direction} ${key.nulls ?? ''}`).join(', ')} limit ${limit} offset ${offset}`;
      const ordered = query(Probe)
        .filter(asked.build)
        .orderBy((p) => [
          ...keys.map((key) => {
            const order = columnOf(p, key.name)[key.direction]();
            return key.nulls === undefined ? order : key.nulls === 'first' ? order.nullsFirst() : order.nullsLast();
          }),
          p.id.asc(),
        ]);
      const expected = inOrder(
        rows.map(plain).filter((row) => asked.answer(row) === true),
        keys,
      );
      const window = await ordered.limit(limit).offset(offset).fetchAll(setup.ctx);
      expect([where, idsOf(window)]).toEqual([where, idsOf(expected.slice(offset, offset + limit))]);
      const first = await ordered.offset(offset).first(setup.ctx);
      expect([where, first?.id ?? null]).toEqual([where, expected[offset]?.['id'] ?? null]);
      const name = one(NAMES.filter((candidate) => COLUMNS[candidate]!.rank !== null)),
        column = COLUMNS[name]!;
      const kinds: unknown[] = [];
      for (const row of expected)
        if (!kinds.some((kind) => (kind === null || row[name] === null ? kind === row[name] : isEqual(column, kind, row[name]))))
          kinds.push(row[name]);
      const distinct = await query(Probe)
        .filter(asked.build)
        .select((p) => ({ value: columnOf(p, name) }))
        .distinct()
        .count(setup.ctx);
      expect([where, name, distinct]).toEqual([where, name, kinds.length]);
    }
  }, 60_000);
});

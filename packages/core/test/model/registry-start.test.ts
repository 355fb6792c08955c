import { createRegistry, f, model, pgEnum, pk } from '@djogi/core';
import { createPool } from '@djogi/core/pool';
import { rawSql } from '@djogi/core/raw';
import { djogiTest } from '@djogi/testing';
import { describe, expect, it } from 'vitest';

const Mood = pgEnum('Mood', ['good', 'bad']);
class Note extends model('notes', {
  title: f.text(),
  stars: f.int().default(0),
  mood: f.enum(Mood).nullable(),
  price: f.decimal(10, 2).nullable(),
  seen: f.array(f.timestamptz()).default([]),
}) {}
class Plain extends model('plain', { name: f.text() }, { timestamps: false, pk: pk.none() }) {}
class Absent extends model('absent', { name: f.text() }) {}

const test = djogiTest({ models: [Note, Plain] });

describe('a pool with a registry', () => {
  test('opens when tables, columns and keys are as the models say', async ({ db }) => {
    const pool = await createPool({ url: db.url(), registry: createRegistry({ models: [Note, Plain] }) });
    expect(pool.counters().statements).toBe(1);
    await pool.close();
  });

  test('refuses to open with everything that is not as the models say', async ({ ctx, db }) => {
    await rawSql(ctx, 'a table that has drifted from its model').script(
      'ALTER TABLE notes DROP COLUMN title, ALTER COLUMN stars TYPE bigint, DROP CONSTRAINT notes_pkey',
    );
    const opening = createPool({ url: db.url(), registry: createRegistry({ models: [Note, Plain, Absent] }) });
    await expect(opening).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      problems: [
        'the table absent does not exist',
        'notes has no column title',
        'notes.stars is of type bigint, not integer',
        'the primary key of notes is missing, not (id)',
      ],
    });
  });
});

describe('two copies of core', () => {
  it('are refused by name where a model of one meets the other', () => {
    const Foreign = class {};
    Object.defineProperty(Foreign, Symbol.for('djogi.declaration'), {
      value: { table: 'foreign_things', fields: {}, options: {}, madeBy: {} },
    });
    expect(() => createRegistry({ models: [Foreign] })).toThrow(
      expect.objectContaining({ code: 'MODEL_DEFINITION', rule: 'two_cores', model: 'foreign_things' }),
    );
  });
});

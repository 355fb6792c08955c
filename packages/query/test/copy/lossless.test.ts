// Every kind of field survives COPY: in by the text format (a model with kinds that have no binary form), in by the binary format (a model of those that
// have one), and out by the text format, read back by hand.

import { model, pk, f, type Context } from '@djogi/core';
import type { QueryEvent } from '@djogi/core/pool';
import { rawSql } from '@djogi/core/raw';
import { setupTestDb, type TestSetup } from '@djogi/testing';
import { runtimeOf } from '@djogi/core/extension';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { query, type CopyChunks } from '../../src/index.ts';
import { KINDS, ROW_COUNT, shown, shownRow, Specimen, specimenInput } from '../support/specimen.ts';

type AnyRow = Readonly<Record<string, unknown>>;

/** Kinds that have a binary form to write, and those whose binary form is their text. */
const binaryKinds = Object.entries(KINDS).filter(([name]) => {
  const { codec, name: kind } = runtimeOf(Specimen).byProperty.get(name)!.valueKind;
  return codec.binary?.encode !== undefined || kind === 'citext' || name === 'mood';
});

class BinarySpecimen extends model(
  'binary_specimens',
  { label: f.text().unique(), ...Object.fromEntries(binaryKinds.map(([name, { field }]) => [name, field.nullable()])) },
  { pk: pk.serial(), timestamps: false },
) {}

const texts: string[] = [];
const onQuery = (event: QueryEvent): void => void texts.push(event.sql);

let setup: TestSetup;
beforeAll(async () => {
  setup = await setupTestDb({ models: [Specimen, BinarySpecimen], extensions: ['citext'], pool: { onQuery } });
});
afterAll(() => setup.dispose());

let serial = 0;
const fresh = (): ReturnType<typeof specimenInput>[] =>
  Array.from({ length: ROW_COUNT }, (_, at) => specimenInput(at, `copied ${String(serial++).padStart(6, '0')}`));

const expected = Array.from({ length: ROW_COUNT }, (_, at) => shownRow(specimenInput(at)));
const binaryNames = binaryKinds.map(([name]) => name);
const onlyBinary = (row: AnyRow): AnyRow => Object.fromEntries(binaryNames.map((name) => [name, row[name]]));

export async function bytesOf(chunks: CopyChunks): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of chunks) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function storedAs(ctx: Context, labels: readonly string[]): Promise<unknown[]> {
  const rows = await query(Specimen)
    .filter((s) => s.label.in(labels))
    .orderBy((s) => s.label.asc())
    .fetchAll(ctx);
  return rows.map((row) => shownRow(row as unknown as AnyRow));
}

describe('every kind of field', () => {
  test('survives copyFrom as text', async () => {
    const rows = fresh();
    texts.length = 0;
    expect(await query(Specimen).copyFrom(setup.ctx, rows)).toBe(ROW_COUNT);
    expect(texts.at(-1)).toMatch(/ FROM STDIN WITH \(FORMAT text\)$/);
    expect(
      await storedAs(
        setup.ctx,
        rows.map((row) => row.label),
      ),
    ).toEqual(expected);
  });

  test('survives copyFrom in binary', async () => {
    expect(binaryNames.length).toBeGreaterThan(35);
    const rows = fresh();
    texts.length = 0;
    const count = await query(BinarySpecimen).copyFrom(setup.ctx, rows.map((row) => ({ label: row.label, ...onlyBinary(row) })) as never);
    expect(count).toBe(ROW_COUNT);
    expect(texts.at(-1)).toMatch(/ FROM STDIN WITH \(FORMAT binary\)$/);
    const stored = await query(BinarySpecimen)
      .orderBy((s) => s.label.asc())
      .fetchAll(setup.ctx);
    expect(stored.map((row) => Object.fromEntries(binaryNames.map((name) => [name, shown((row as unknown as AnyRow)[name])])))).toEqual(
      expected.map(onlyBinary),
    );
  });

  test('survives copyTo as text, once its escapes are undone', async () => {
    const rows = fresh();
    await query(Specimen).copyFrom(setup.ctx, rows);
    const { fields } = runtimeOf(Specimen);
    const text = (
      await bytesOf(
        query(Specimen)
          .filter((s) => s.label.in(rows.map((row) => row.label)))
          .orderBy((s) => s.label.asc())
          .copyTo(setup.ctx, { format: 'text' }),
      )
    ).toString();
    const unescaped: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\' };
    const read = text
      .split('\n')
      .slice(0, -1)
      .map((line) =>
        Object.fromEntries(
          line.split('\t').map((value, at) => {
            const { property, valueKind } = fields[at]!;
            const plain = value.replace(/\\(.)/g, (_, character: string) => unescaped[character]!);
            return [property, value === '\\N' ? null : (valueKind.codec.text.decode(plain) as unknown)];
          }),
        ),
      );
    expect(read.map(shownRow)).toEqual(expected);
  });

  for (const format of ['csv', 'text', 'binary'] as const) {
    test(`copyTo as ${format} gives what COPY takes back as the same rows`, async () => {
      const rows = fresh(),
        labels = rows.map((row) => row.label);
      await query(Specimen).copyFrom(setup.ctx, rows);
      const set = query(Specimen).filter((s) => s.label.in(labels));
      const file = await bytesOf(set.copyTo(setup.ctx, { format }));
      const raw = rawSql(setup.ctx, 'reads the file of another query back');
      await raw.execute('DELETE FROM specimens WHERE label = ANY ($1::text[])', [labels]);
      const options = format === 'csv' ? 'FORMAT csv, HEADER match' : `FORMAT ${format}`;
      const count = await raw.withConnection((connection) => connection.copyIn(`COPY specimens FROM STDIN WITH (${options})`, [file]));
      expect(count).toBe(ROW_COUNT);
      expect(await storedAs(setup.ctx, labels)).toEqual(expected);
    });
  }
});

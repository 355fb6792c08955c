// A type that core does not have, declared with `f.custom` by an application: written, read, compared, kept in arrays, defaulted and refused.

import { f, model, sql, type Problem } from '@djogi/core';
import { rawSql } from '@djogi/core/raw';
import { djogiTest } from '@djogi/testing';
import { expect } from 'vitest';
import { query } from '../../src/index.ts';
import { untyped } from '../support/untyped.ts';

/** A position in the log of the server: `pg_lsn`, as an integer. */
const lsn = () =>
  f.custom<bigint>({
    sqlType: 'pg_lsn',
    codec: {
      text: { encode: (at) => `${(at >> 32n).toString(16)}/${(at & 0xffffffffn).toString(16)}`, decode: decodeLsn },
      literal: (at) => `'${(at >> 32n).toString(16)}/${(at & 0xffffffffn).toString(16)}'::pg_lsn`,
      json: { encode: String, decode: (json) => BigInt(json as string) },
    },
    validate: (value): Problem | null => (typeof value === 'bigint' ? null : { rule: 'type', message: 'must be a bigint' }),
    isMutable: false,
  });
function decodeLsn(text: string): bigint {
  const [high = '', low = ''] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

class Backup extends model('backups', {
  at: lsn(),
  upTo: lsn().nullable(),
  since: lsn().default(0x1_0000_0002n),
  now: lsn().default(sql`'2/3'`),
  steps: f.array(lsn()).default([]),
}) {}

const test = djogiTest({ models: [Backup] });
const AT = 0x16_b374_d848n;

test('a custom type is written, read, defaulted, updated and shown as JSON', async ({ ctx }) => {
  const backup = await Backup.create(ctx, { at: AT, steps: [1n, AT] });
  expect(backup).toMatchObject({ at: AT, upTo: null, since: 0x1_0000_0002n, now: 0x2_0000_0003n, steps: [1n, AT] });
  await backup.update(ctx, { upTo: AT + 1n, steps: [] });
  expect(await Backup.get(ctx, backup.id)).toMatchObject({ at: AT, upTo: AT + 1n, steps: [] });
  expect(JSON.parse(JSON.stringify(backup))).toMatchObject({ at: String(AT), upTo: String(AT + 1n) });
  expect(await rawSql(ctx, 'a test looks at what is stored').one('SELECT at::text, now::text FROM backups')).toEqual({
    at: '16/B374D848',
    now: '2/3',
  });
});

test('a custom type is compared by the database, in bulk and in lists too', async ({ ctx }) => {
  await query(Backup).bulkCreate(
    ctx,
    [3n, 1n, 2n].map((at) => ({ at, upTo: at === 1n ? null : at * 10n })),
  );
  expect(
    (
      await query(Backup)
        .filter((b) => b.at.in([3n, 1n]))
        .fetchAll(ctx)
    ).map((b) => b.at),
  ).toEqual(expect.arrayContaining([3n, 1n]));
  expect(
    await query(Backup)
      .filter((b) => b.at.eq(2n))
      .select((b) => ({ upTo: b.upTo }))
      .fetchOne(ctx),
  ).toEqual({ upTo: 20n });
  expect(
    await query(Backup)
      .filter((b) => b.upTo.isNull())
      .count(ctx),
  ).toBe(1);
});

test('a custom type refuses what its validation refuses, before SQL', async ({ ctx }) => {
  for (const at of [5, '0/5', undefined])
    await expect(Backup.create(ctx, { at } as never)).rejects.toMatchObject({ code: 'VALIDATION', issues: [{ path: 'at' }] });
  expect(() => untyped(query(Backup)).filter((b: { at: { eq(at: unknown): unknown } }) => b.at.eq(5))).toThrow(
    expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ path: 'at', rule: 'type' })] }),
  );
  expect(await query(Backup).count(ctx)).toBe(0);
});

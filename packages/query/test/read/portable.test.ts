// Sets as questions about rows in memory.

import { exists, matches, toPredicate } from '@djogi/core';
import { describe, expect } from 'vitest';
import { query } from '../../src/index.ts';
import { City, sent, test } from '../support/cities.ts';

describe('tryPortable', () => {
  test('gives the filter as a function of a row, with the answer of the database', async ({ ctx }) => {
    const set = query(City)
      .filter(
        (c) => c.area.gt(400),
        (c) => c.country.in(['NO', 'GL']),
      )
      .exclude((c) => c.name.eq('Bergen'));
    const found = set.orderBy((c) => c.name.asc()).tryPortable();
    if (!found.ok) throw found.reason;
    const all = await query(City).fetchAll(ctx);
    sent();
    expect(all.filter(found.matches)).toEqual(await set.fetchAll(ctx));
    expect(all.filter((city) => matches(found.predicate, city))).toHaveLength(1);
    expect(sent()).toHaveLength(1);
    expect(query(City).tryPortable()).toMatchObject({ ok: true });
    expect(query(City).none().tryPortable()).toMatchObject({ ok: true });
    const none = query(City).none().tryPortable();
    expect(none.ok && all.some(none.matches)).toBe(false);
  });

  test('says why there is none, and evaluates no part of a mixed filter', () => {
    const reasons = [
      [
        query(City).filter(
          (c) => c.area.gt(1),
          (c) => c.name.contains('o'),
        ),
        'unsupportedLookup',
      ],
      [query(City).filter((c) => c.name.regex('o')), 'unsupportedLookup'],
      [query(City).filter((c) => c.name.lt('o')), 'unsupportedFieldType'],
      [query(City).filter(() => exists(query(City))), 'unsupportedLookup'],
      [query(City).filter((c) => c.population.mul(2).gt(1)), 'unsupportedLookup'],
      [query(City).limit(1), 'unsupportedModifier'],
      [query(City).offset(1), 'unsupportedModifier'],
      [query(City).distinct(), 'unsupportedModifier'],
      [query(City).distinctOn((c) => c.country), 'unsupportedModifier'],
    ] as const;
    for (const [set, kind] of reasons) expect(set.tryPortable()).toMatchObject({ ok: false, reason: { code: 'PREDICATE', kind } });
  });
});

describe('toPredicate', () => {
  test('is a test of rows, true where a WHERE clause is', async ({ ctx }) => {
    const isSmall = toPredicate(
      query(City)
        .filter((c) => c.area.lt(460))
        .predicate(),
    );
    expect(
      (
        await query(City)
          .orderBy((c) => c.id.asc())
          .fetchAll(ctx)
      ).map(isSmall),
    ).toEqual([true, false, false, true, false]);
  });

  test('throws at once for what only SQL has, and not at the first row', () => {
    expect(() =>
      toPredicate(
        query(City)
          .filter((c) => c.name.contains('o'))
          .predicate(),
      ),
    ).toThrow(expect.objectContaining({ code: 'PREDICATE', kind: 'unsupportedLookup' }));
  });
});

// COPY of rows that refer to others: keys and paths go, loaded rows do not.

import { rowNumber } from '@djogi/core';
import { query, type CopyChunks } from '@djogi/query';
import { djogiTest } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { models, Vehicle } from '../support/garage.ts';
import { people } from '../support/people.ts';

const test = djogiTest({ models });

async function textOf(chunks: CopyChunks): Promise<string> {
  let text = '';
  for await (const piece of chunks) text += Buffer.from(piece).toString();
  return text;
}

describe('a COPY of rows with relations', () => {
  test('writes and filters by paths', async ({ ctx }) => {
    await people(ctx);
    const set = query(Vehicle)
      .filter((v) => v.owner.to.name.in(['Ada', "O'Neill \\"]))
      .orderBy((v) => v.vin.asc())
      .select((v) => ({ vin: v.vin, owner: v.owner.to.name, driver: v.driver.to.name }));
    expect(await textOf(set.copyTo(ctx))).toBe('vin,owner,driver\na1,Ada,Ben\na2,Ada,\n');
  });

  test('takes keys under the properties of the row', async ({ ctx }) => {
    await people(ctx);
    const [first] = await query(Vehicle).fetchAll(ctx);
    expect(await query(Vehicle).copyFrom(ctx, [{ ...first!, vin: 'z9' }])).toBe(1);
    const stored = await query(Vehicle)
      .filter((v) => v.vin.eq('z9'))
      .fetchOne(ctx);
    expect([stored.ownerId, stored.driverId]).toEqual([first!.ownerId, first!.driverId]);
    // A loaded relation in a row is no column, and may be there.
    const [loaded] = await query(Vehicle).selectRelated('owner').fetchAll(ctx);
    expect(await query(Vehicle).copyFrom(ctx, [{ ...loaded!, vin: 'z8' }])).toBe(1);
    await expect(query(Vehicle).copyFrom(ctx, [{ ...first!, vin: 'z7', ownerId: 987654 as never }])).rejects.toMatchObject({
      code: 'CONSTRAINT',
      kind: 'foreignKey',
      fields: ['ownerId'],
    });
  });

  test('refuses sets whose rows bring others along', ({ ctx }) => {
    const related = expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'related' })] }) as Error;
    expect(() => query(Vehicle).selectRelated('owner').copyTo(ctx)).toThrow(related);
    expect(() => query(Vehicle).prefetch('owner').copyTo(ctx)).toThrow(related);
    const annotated = query(Vehicle)
      .selectRelated('owner')
      .annotate((v) => ({ n: rowNumber().over({ orderBy: [v.vin.asc()] }) }));
    expect(() => annotated.copyTo(ctx)).toThrow(related);
  });
});

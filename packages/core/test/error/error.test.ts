import { describe, expect, test } from 'vitest';
import * as errors from '../../src/error/error.ts';
import { DatabaseError, LockConflictError } from '../../src/error/database-error.ts';
import { NotFoundError, ValidationError } from '../../src/error/value-error.ts';

const { DjogiError, isDjogiError, isTransient } = errors;
const missing = new NotFoundError('people', 'No row of people has this id, or none is visible.');

describe('an error', () => {
  test('is recognised as one, and by its code', () => {
    expect([isDjogiError(missing), isDjogiError(missing, 'NOT_FOUND'), isDjogiError(missing, 'VALIDATION')]).toEqual([true, true, false]);
    expect(missing).toBeInstanceOf(DjogiError);
    expect(missing.name).toBe('NotFoundError');
  });

  test('is told from everything else that can be thrown', () => {
    const thrown = [undefined, null, 'NOT_FOUND', 42, {}, new Error('x'), Object.assign(new Error('x'), { code: 'NOT_FOUND' })];
    expect(thrown.filter((each) => isDjogiError(each) || isDjogiError(each, 'NOT_FOUND') || isTransient(each))).toEqual([]);
  });

  test('of another copy of the package is recognised too', async () => {
    const copy: string = '../../src/error/error.ts?copy';
    const other = (await import(copy)) as typeof errors;
    expect(other.DjogiError).not.toBe(DjogiError);
    expect(other.isDjogiError(missing, 'NOT_FOUND')).toBe(true);
    const conflict = new LockConflictError('The row was changed.', { reason: 'version' });
    expect(other.isTransient(conflict)).toBe(true);
    expect(isDjogiError(new other.InternalError('It broke.'), 'INTERNAL')).toBe(true);
  });

  test('says whether running the unit of work again may help', () => {
    expect(isTransient(new LockConflictError('The row was changed.', { reason: 'version' }))).toBe(true);
    expect([missing, new ValidationError([{ path: 'name', rule: 'required', message: 'is required' }])].map(isTransient)).toEqual([
      false,
      false,
    ]);
  });

  test('crosses a process boundary as JSON with its facts, without cause and stack', () => {
    const error = new DatabaseError('A column is not there [42703].', { sqlState: '42703', column: 'age' }, { cause: new Error('driver') });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'DatabaseError',
      code: 'DATABASE',
      message: 'A column is not there [42703].',
      isTransient: false,
      sqlState: '42703',
      column: 'age',
    });
    expect(error.cause).toMatchObject({ message: 'driver' });
    const invalid = new ValidationError([{ path: 'name', rule: 'required', message: 'is required' }], { model: 'people' });
    expect(JSON.parse(JSON.stringify(invalid))).toMatchObject({
      code: 'VALIDATION',
      model: 'people',
      issues: [{ path: 'name', rule: 'required', message: 'is required' }],
    });
  });
});

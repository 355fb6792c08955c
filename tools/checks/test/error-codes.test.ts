import { describe, expect, test } from 'vitest';
import { checkErrorCodes, errorCodes } from '../src/error-codes.ts';
import { lines, madeWorkspace } from './made-workspace.ts';

const source = [
  "export type ReadErrorCode = 'READ_LATE' | 'READ_TWICE';",
  "export class ReadError extends Error { constructor(code: 'READ_LATE' | 'READ_ODD') { super(code); } }",
  "export const late = () => new ReadError('READ_LATE');",
  'export const field = (name: string) => new ReadError(`READ_${name}_LOST` as never);',
  "export const states = { '50000': { code: 'READ_ROW' } };",
  "export class NotThereError extends ReadError { constructor() { super('NOT_THERE'); } }",
  'export const word = "SELECT";',
].join('\n');

describe('reading codes', () => {
  test('finds constructors, unions, rows of tables and codes made at run time', () => {
    const codes = errorCodes(madeWorkspace({ 'packages/core/src/model/read-error.ts': source }));
    expect([...codes.keys()].toSorted()).toEqual(['NOT_THERE', 'READ_*_LOST', 'READ_LATE', 'READ_ODD', 'READ_ROW', 'READ_TWICE']);
    expect(codes.get('READ_LATE')).toBe('packages/core/src/model/read-error.ts:3');
  });
});

describe('the page of errors', () => {
  test('has nothing wrong when every code has a row', () => {
    const page = [
      '| code | |',
      '|---|---|',
      '| `NOT_THERE`, `READ_NAME_LOST` | x |',
      '| `READ_LATE` | |',
      '| `READ_ODD` | |',
      '| `READ_ROW` | |',
      '| `READ_TWICE` | |',
    ];
    expect(checkErrorCodes(madeWorkspace({ 'packages/core/src/model/read-error.ts': source, 'docs/errors.md': page.join('\n') }))).toEqual(
      [],
    );
  });

  test('is told of a code without a row and of a row without a code', () => {
    const workspace = madeWorkspace({
      'packages/core/src/model/read-error.ts': "export const fail = () => new Error('READ_LATE');",
      'docs/errors.md': 'The code `READ_LATE` is explained elsewhere.\n\n| `READ_EARLY` | |\n',
    });
    expect(lines(checkErrorCodes(workspace))).toEqual([
      expect.stringMatching(/^packages\/core\/src\/model\/read-error\.ts:1 The code READ_LATE has no row/),
      expect.stringMatching(/^docs\/errors\.md:3 No package throws READ_EARLY/),
    ]);
  });
});

// The rows of the operator table for JSON, as `operators.test.ts` wants them.

import { jsonPathKind as P } from '../../src/expr/json-functions.ts';
import { listKind } from '../../src/expr/operations.ts';
import { jsonNull, jsonNumber } from '../../src/value/json-number.ts';
import { jsonNumberKind as N, rawJsonKind } from '../../src/value/json.ts';
import type { ValueKind } from '../../src/value/kind.ts';
import { booleanKind as B, intKind as I } from '../../src/value/number.ts';
import { textKind as T } from '../../src/value/text.ts';

const J = rawJsonKind('scalar') as ValueKind,
  L = listKind(T);
const big = jsonNumber('9007199254740993');

export const JSON_FIXTURES = {
  jsonGet: {
    text: '"a" -> $1::text',
    kinds: [J, T],
    result: J,
    cases: [
      [{ a: { b: 1 } }, 'a', { b: 1 }],
      [{ a: null }, 'a', jsonNull],
      [{ a: 1 }, 'b', null],
      [[1], '0', null],
      [1, 'a', null],
      [null, 'a', null],
    ],
  },
  jsonGetText: {
    text: '"a" ->> $1::text',
    kinds: [J, T],
    result: T,
    cases: [
      [{ a: 'x' }, 'a', 'x'],
      [{ a: 1.5 }, 'a', '1.5'],
      [{ a: true }, 'a', 'true'],
      [{ a: null }, 'a', null],
      [{}, 'a', null],
      [null, 'a', null],
    ],
  },
  jsonText: {
    text: `"a" #>> '{}'`,
    kinds: [J],
    result: T,
    cases: [
      ['x', 'x'],
      [1.5, '1.5'],
      [big, '9007199254740993'],
      [true, 'true'],
      [jsonNull, null],
      [null, null],
    ],
  },
  jsonAt: {
    text: '"a" #> $1::text[]',
    kinds: [J, L],
    result: J,
    cases: [
      [{ a: { b: 1 } }, ['a', 'b'], 1],
      [{ a: { b: 1 } }, [], { a: { b: 1 } }],
      [{ 'a.b': null }, ['a.b'], jsonNull],
      [{ 0: 'key' }, ['0'], 'key'],
      [{ a: 1 }, ['a', 'b'], null],
      [{ a: 1 }, ['A'], null],
      [[1, [2, 3]], ['1', '0'], 2],
      [[1, 2], ['-1'], 2],
      [[1, 2], [' +1'], 2],
      [[1, 2], ['-3'], null],
      [[1, 2], ['2'], null],
      [[1], ['x'], null],
      [[1], ['0x'], null],
      [[1], [''], null],
      [[1], ['99999999999'], null],
      [5, ['0'], null],
      [null, ['a'], null],
      [jsonNull, [], jsonNull],
      [{ ['__proto__']: 1 }, ['__proto__'], 1],
      [{}, ['constructor'], null],
    ],
  },
  jsonTypeOf: {
    text: 'jsonb_typeof("a")',
    kinds: [J],
    result: T,
    cases: [
      [{}, 'object'],
      [[], 'array'],
      ['', 'string'],
      [0, 'number'],
      [big, 'number'],
      [false, 'boolean'],
      [jsonNull, 'null'],
      [null, null],
    ],
  },
  jsonToNumber: {
    text: `("a" #>> '{}')::numeric`,
    kinds: [J],
    result: N,
    cases: [
      [1.5, 1.5],
      [-3, -3],
      [null, null],
    ],
  },
  jsonToBoolean: {
    text: `("a" #>> '{}')::boolean`,
    kinds: [J],
    result: B,
    cases: [
      [true, true],
      [false, false],
      [null, null],
    ],
  },
  jsonLength: {
    text: 'jsonb_array_length("a")',
    kinds: [J],
    result: I,
    cases: [
      [[], 0],
      [[1, [2]], 2],
      [null, null],
    ],
  },
  jsonContains: {
    text: '"a" @> $1::jsonb',
    kinds: [J, J],
    cases: [
      [{ a: 1, b: 2 }, { a: 1 }, true],
      [{ a: 1 }, { a: 1, b: 2 }, false],
      [{ a: { b: 1, c: 2 } }, { a: { c: 2 } }, true],
      [[1, 2], [2, 2], true],
      [[1, 2], 2, true],
      [2, [2], false],
      [[[1, 2], 3], [[2]], true],
      [[1], ['1'], false],
      [{ a: [1, { b: 2 }] }, { a: [{ b: 2 }] }, true],
      [{ a: [1] }, { a: 1 }, false],
      [{}, {}, true],
      [{ a: 1 }, {}, true],
      [[], {}, false],
      [big, big, true],
      [1.5, 1.5, true],
      [jsonNull, jsonNull, true],
      [[null], jsonNull, true],
      [null, {}, null],
      [{}, null, null],
    ],
  },
  jsonHasKey: {
    text: '"a" ? $1::text',
    kinds: [J, T],
    cases: [
      [{ a: null }, 'a', true],
      [{ a: 1 }, 'b', false],
      [['a'], 'a', true],
      [[['a']], 'a', false],
      ['a', 'a', true],
      [1, '1', false],
      [{}, 'toString', false],
      [null, 'a', null],
    ],
  },
  jsonHasAnyKey: {
    text: '"a" ?| $1::text[]',
    kinds: [J, L],
    cases: [
      [{ a: 1 }, ['a', 'b'], true],
      [{ a: 1 }, ['b'], false],
      [{ a: 1 }, [], false],
      [null, ['a'], null],
    ],
  },
  jsonHasAllKeys: {
    text: '"a" ?& $1::text[]',
    kinds: [J, L],
    cases: [
      [{ a: 1, b: 1 }, ['a', 'b'], true],
      [{ a: 1 }, ['a', 'b'], false],
      [{ a: 1 }, [], true],
      [null, ['a'], null],
    ],
  },
  jsonPathExists: {
    text: '"a" @? $1::jsonpath',
    kinds: [J, P],
    cases: [
      [{ a: [1, 2] }, '$.a[*] ? (@ > 1)', true],
      [{ a: [1] }, '$.a[*] ? (@ > 1)', false],
      [{}, '$.a', false],
      [null, '$', null],
    ],
  },
  jsonPathMatches: {
    text: '"a" @@ $1::jsonpath',
    kinds: [J, P],
    cases: [
      [{ a: 2 }, '$.a > 1', true],
      [{ a: 0 }, '$.a > 1', false],
      [{ a: 2 }, '$.a', null],
      [null, '$.a > 1', null],
    ],
  },
  jsonPathExistsWith: {
    text: 'jsonb_path_exists("a", $1::jsonpath, $2::jsonb, TRUE)',
    kinds: [J, P, J],
    cases: [
      [{ a: 2 }, '$.a ? (@ > $n)', { n: 1 }, true],
      [{ a: 2 }, '$.a ? (@ > $n)', { n: 2 }, false],
      [null, '$', {}, null],
    ],
  },
  jsonPathMatchesWith: {
    text: 'jsonb_path_match("a", $1::jsonpath, $2::jsonb, TRUE)',
    kinds: [J, P, J],
    cases: [
      [{ a: 2 }, '$.a > $n', { n: 1 }, true],
      [{ a: 2 }, '$.a', { n: 1 }, null],
      [null, '$.a > $n', { n: 1 }, null],
    ],
  },
  firstElement: {
    text: '("a")[1]',
    kinds: [listKind(J)],
    result: J,
    cases: [
      [[{ a: 1 }, 2], { a: 1 }],
      [[], null],
      [null, null],
    ],
  },
  orFalse: {
    text: 'COALESCE("a", FALSE)',
    kinds: [B],
    cases: [
      [true, true],
      [false, false],
      [null, false],
    ],
  },
  whenTrue: {
    text: 'CASE WHEN "a" THEN $1::boolean ELSE FALSE END',
    kinds: [B, B],
    cases: [
      [true, true, true],
      [true, false, false],
      [false, true, false],
      [null, true, false],
      [true, null, null],
    ],
  },
} as const;

// Names on their way to SQL.

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/db/port.ts';
import {
  byteLength,
  columnNameOf,
  derivedName,
  displayNameOf,
  identifierProblem,
  MAX_IDENTIFIER_BYTES,
  quoteIdentifier,
  quoteLiteral,
  strictIdentifierProblem,
  type DerivedSuffix,
} from '../../src/ident/identifier.ts';
import { sha256Hex } from '../../src/ident/sha256.ts';
import { textKind } from '../../src/value/text.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const wellFormed = fc.string({ unit: 'binary', maxLength: 80 });

async function names(connection: Connection, text: string): Promise<string[]> {
  return (
    await connection.execute({
      statement: { text, parameters: [], rows: { columns: [{ name: 'name', codec: textKind.codec }], as: 'value' } },
      values: [],
    })
  ).rows as string[];
}

describe('SHA-256', () => {
  test('of every length around the blocks is that of node:crypto', () => {
    for (let length = 0; length <= 300; length++) expect(sha256Hex('a'.repeat(length))).toBe(sha256('a'.repeat(length)));
  });
  test('of 55 to 65 bytes in characters of two, three and four bytes too', () => {
    for (const unit of ['é', '€', '😀']) {
      for (let bytes = 55; bytes <= 65; bytes++) {
        const size = byteLength(unit),
          text = unit.repeat(Math.floor(bytes / size)) + 'x'.repeat(bytes % size);
        expect(byteLength(text)).toBe(bytes);
        expect(sha256Hex(text)).toBe(sha256(text));
      }
    }
  });
  test('of any text is that of node:crypto', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        expect(sha256Hex(text)).toBe(sha256(text));
      }),
      { numRuns: 2000 },
    );
  });
  test("of the standard's examples", () => {
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});

describe('a derived name', () => {
  const name = (text: string): string => derivedName(text, [], 'idx');
  test('joins table, parts and suffix', () => {
    expect(derivedName('orders', ['customer_id', 'created_at'], 'idx')).toBe('orders_customer_id_created_at_idx');
    expect(derivedName('orders', [], 'pkey')).toBe('orders_pkey');
  });
  test('of exactly 63 bytes is left as it is', () => {
    const table = 'a'.repeat(63 - '_idx'.length);
    expect(name(table)).toBe(`${table}_idx`);
    expect(byteLength(name(table))).toBe(63);
  });
  test('of 64 bytes is 54 bytes, an underscore and 8 digits of the digest of the whole', () => {
    const full = `${'a'.repeat(60)}_idx`;
    expect(name('a'.repeat(60))).toBe(`${'a'.repeat(54)}_${sha256(full).slice(0, 8)}`);
    expect(byteLength(name('a'.repeat(60)))).toBe(63);
  });
  test.each([
    ['é', 2],
    ['€', 3],
    ['😀', 4],
  ])('is cut between characters: %s', (unit, size) => {
    for (let lead = 0; lead < size; lead++) {
      const table = 'a'.repeat(lead) + unit.repeat(30),
        derived = name(table),
        stem = derived.slice(0, -9);
      expect(table.startsWith(stem)).toBe(true);
      expect(derived.isWellFormed()).toBe(true);
      expect(byteLength(stem)).toBe(54 - ((54 - lead) % size));
    }
  });
  test('keeps a byte order mark and a replacement character that are part of the name', () => {
    expect(name(`\uFEFF${'a'.repeat(80)}`)).toBe(`\uFEFF${'a'.repeat(51)}_${sha256(`\uFEFF${'a'.repeat(80)}_idx`).slice(0, 8)}`);
    expect(name(`${'a'.repeat(51)}\uFFFD${'b'.repeat(40)}`).startsWith(`${'a'.repeat(51)}\uFFFD_`)).toBe(true);
  });
  test('fits, starts like the full one, and is the full one where that fits', () => {
    fc.assert(
      fc.property(
        wellFormed.filter((text) => text !== ''),
        fc.array(wellFormed, { maxLength: 3 }),
        fc.constantFrom<DerivedSuffix>('pkey', 'key', 'fkey', 'check', 'excl', 'uidx', 'idx'),
        (table, parts, suffix) => {
          const full = [table, ...parts, suffix].join('_'),
            derived = derivedName(table, parts, suffix);
          const stem = derived.slice(0, -9),
            length = byteLength(derived),
            isCut = byteLength(full) > MAX_IDENTIFIER_BYTES;
          expect(isCut ? [length <= 63, length >= 60, full.startsWith(stem), derived] : [true, true, true, derived]).toEqual([
            true,
            true,
            true,
            isCut ? `${stem}_${sha256(full).slice(0, 8)}` : full,
          ]);
        },
      ),
      { numRuns: 2000 },
    );
  });
  test('of two long names that differ at the end only differs', () => {
    expect(derivedName('t', ['x'.repeat(80), 'a'], 'idx')).not.toBe(derivedName('t', ['x'.repeat(80), 'b'], 'idx'));
    expect(derivedName('t', ['x'.repeat(80)], 'idx')).not.toBe(derivedName('t', ['x'.repeat(80)], 'key'));
  });
  test('is what the server keeps, uncut', async () => {
    const connection = await server.open();
    for (const table of ['😀'.repeat(15), 'é'.repeat(31), 'plain'.repeat(12)]) {
      const index = derivedName(table, ['some_rather_long_column'], 'idx');
      await connection.script(
        `CREATE TEMPORARY TABLE ${quoteIdentifier(table)} (x integer); CREATE INDEX ${quoteIdentifier(index)} ON ${quoteIdentifier(table)} (x)`,
      );
      expect(
        await names(
          connection,
          `SELECT indexrelid::regclass::oid::regclass::text FROM pg_index WHERE indexrelid = ${quoteLiteral(quoteIdentifier(index))}::regclass`,
        ),
      ).toHaveLength(1);
      expect(await names(connection, `SELECT relname FROM pg_class WHERE relname = ${quoteLiteral(index)}`)).toEqual([index]);
    }
  });
});

describe('the column of a property', () => {
  test.each([
    ['modelName', 'model_name'],
    ['userID', 'user_id'],
    ['HTMLBody', 'html_body'],
    ['address2Line', 'address2_line'],
    ['name', 'name'],
    ['id', 'id'],
    ['createdAt', 'created_at'],
    ['aB', 'a_b'],
    ['aBC', 'a_bc'],
    ['aBCd', 'a_b_cd'],
    ['ABC', 'abc'],
    ['parseHTMLBody', 'parse_html_body'],
    ['x1', 'x1'],
    ['x1Y2Z', 'x1_y2_z'],
    ['line2', 'line2'],
    ['snake_case', 'snake_case'],
    ['_private', '_private'],
    ['$money', '$money'],
    ['iOS', 'i_os'],
    ['URL', 'url'],
    ['aBcDeF', 'a_bc_de_f'],
  ])('%s is %s', (property, column) => {
    expect(columnNameOf(property)).toBe(column);
  });
});

describe('the display name of a table', () => {
  test.each([
    ['order_lines', 'OrderLines'],
    ['people', 'People'],
    ['OrderLines', 'OrderLines'],
    ['order-lines', 'OrderLines'],
    ['a b.c', 'ABC'],
    ['_x_', 'X'],
    ['t2_rows', 'T2Rows'],
    ['straße', 'Straße'],
    ['größe_liste', 'GrößeListe'],
    ['таблица_строк', 'ТаблицаСтрок'],
    ['表', '表'],
    ['élan', 'Élan'],
    ['𐐨word', '𐐀word'],
  ])('%s is %s', (table, name) => {
    expect(displayNameOf(table)).toBe(name);
  });
});

describe('a declared identifier', () => {
  const long = 'a'.repeat(63);
  test.each([
    'a',
    'Orders',
    'order',
    'select',
    '1abc',
    'with space',
    'quo"te',
    "it's",
    'back\\slash',
    'semi;colon',
    'é',
    '😀',
    'x.y',
    ' ',
    '_',
    '$1',
    '%',
    '\n',
    '__other_x',
    '__djogi',
    '_djogi_x',
    'x__djogi_',
    long,
    'é'.repeat(31),
    '😀'.repeat(15),
  ])('may be %j', (name) => {
    expect(identifierProblem(name)).toBeNull();
  });
  test.each([
    ['', 'identifier'],
    [`${long}a`, 'identifier'],
    ['é'.repeat(32), 'identifier'],
    ['😀'.repeat(16), 'identifier'],
    ['a\0b', 'identifier'],
    ['\uD800', 'identifier'],
    [1, 'identifier'],
    [null, 'identifier'],
    [undefined, 'identifier'],
    [['a'], 'identifier'],
    [{}, 'identifier'],
    ['__djogi_', 'reserved_prefix'],
    ['__djogi_x', 'reserved_prefix'],
    ['__Djogi_x', 'reserved_prefix'],
    ['__DJOGI_tree', 'reserved_prefix'],
  ])('may not be %j: %s', (name, problem) => {
    expect(identifierProblem(name)).toBe(problem);
  });
});

describe('a strict identifier', () => {
  test.each(['a', 'A', '_', '_1', 'order', 'Total2', 'a'.repeat(63), '__other', '__djogi'])('may be %j', (name) => {
    expect(strictIdentifierProblem(name)).toBeNull();
  });
  test.each([
    ['', 'identifier'],
    ['1a', 'identifier'],
    ['a-b', 'identifier'],
    ['a b', 'identifier'],
    ['a"b', 'identifier'],
    ['é', 'identifier'],
    ['aé', 'identifier'],
    ['a.b', 'identifier'],
    ['a$', 'identifier'],
    ['a\n', 'identifier'],
    ['a\0', 'identifier'],
    ['a'.repeat(64), 'identifier'],
    [1, 'identifier'],
    [null, 'identifier'],
    ['ａ', 'identifier'],
    ['__djogi_x', 'reserved_prefix'],
    ['__DJOGI_X', 'reserved_prefix'],
  ])('may not be %j: %s', (name, problem) => {
    expect(strictIdentifierProblem(name)).toBe(problem);
  });
});

const declarable = fc
  .oneof(
    wellFormed,
    fc.string({
      unit: fc.constantFrom(
        '"',
        "'",
        '\\',
        ';',
        '.',
        ' ',
        '\n',
        '\t',
        'é',
        '😀',
        '\u{10FFFF}',
        '\uFEFF',
        '\u0001',
        '[',
        '$',
        '-',
        '/',
        '*',
        'a',
        'A',
      ),
      minLength: 1,
      maxLength: 15,
    }),
  )
  .filter((name) => identifierProblem(name) === null);

describe('quoting', () => {
  test('doubles quotes and nothing else', () => {
    expect(quoteIdentifier('order')).toBe('"order"');
    expect(quoteIdentifier('a"b""c')).toBe('"a""b""""c"');
    expect(quoteLiteral("it's")).toBe("'it''s'");
    expect(quoteLiteral("\\'")).toBe("E'\\\\'''");
  });

  test('a name survives being created and read back, whatever is in it', async () => {
    const connection = await server.open();
    const check = async (table: string, column: string): Promise<void> => {
      await connection.script(`CREATE TEMPORARY TABLE ${quoteIdentifier(table)} (${quoteIdentifier(column)} integer)`);
      expect(await names(connection, `SELECT relname FROM pg_class WHERE oid = ${quoteLiteral(quoteIdentifier(table))}::regclass`)).toEqual(
        [table],
      );
      expect(
        await names(
          connection,
          `SELECT attname FROM pg_attribute WHERE attrelid = ${quoteLiteral(quoteIdentifier(table))}::regclass AND attnum = 1`,
        ),
      ).toEqual([column]);
      await connection.script(`DROP TABLE pg_temp.${quoteIdentifier(table)}`);
    };
    for (const name of [
      'quo"te',
      '"',
      '""',
      "it's",
      'back\\slash',
      '\\',
      'semi; drop table x; --',
      '/* c */',
      'tab\tnl\n',
      '😀',
      'é'.repeat(31),
      ' ',
      'select',
      'Mixed Case',
      '$1',
      'U&"x"',
    ])
      await check(name, `${Array.from(name)[0]!}c`);
    await fc.assert(
      fc.asyncProperty(
        declarable,
        declarable.filter((name) => !['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid'].includes(name)),
        check,
      ),
      { numRuns: 100 },
    );
  });

  test('a literal survives, with and without standard-conforming strings', async () => {
    const connection = await server.open();
    for (const setting of ['on', 'off']) {
      await connection.script(`SET standard_conforming_strings = ${setting}; SET escape_string_warning = off`);
      await fc.assert(
        fc.asyncProperty(
          fc
            .oneof(wellFormed, fc.string({ unit: fc.constantFrom("'", '\\', 'x', '4', '"', '\n', 'E') }))
            .filter((text) => !text.includes('\0')),
          async (text) => {
            expect(await names(connection, `SELECT ${quoteLiteral(text)} AS name`)).toEqual([text]);
          },
        ),
        { numRuns: 150 },
      );
    }
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { statementsOf } from '../../src/pg/sql-scanner.ts';

const split = (text: string): string[] => statementsOf(text).map(({ start, end }) => text.slice(start, end).trim());
const firstWords = (text: string): string[] => statementsOf(text).map(({ words }) => words[0] ?? '');

describe('statementsOf', () => {
  test('finds nothing in empty, blank, comment-only and semicolon-only text', () => {
    for (const text of ['', ' \n\t', '-- note', '/* a /* b */ c */', ';;; ; ', '-- a\n; /* b */;']) expect(split(text)).toEqual([]);
  });

  test('splits at semicolons and leaves the last one optional', () => {
    expect(split('SELECT 1; SELECT 2')).toEqual(['SELECT 1', 'SELECT 2']);
    expect(split('SELECT 1;\nSELECT 2;\n')).toEqual(['SELECT 1', 'SELECT 2']);
  });

  test('reports leading words in upper case, past comments', () => {
    expect(statementsOf('/* c */ -- d\n commit work')[0]!.words).toEqual(['COMMIT', 'WORK']);
  });

  test('reports anything but a bare word as an empty token', () => {
    expect(statementsOf('"commit" (1)')[0]!.words.slice(0, 2)).toEqual(['', '']);
  });

  test.each([
    ['a standard string with doubled quotes', "SELECT 'a;''b;c'"],
    ['a standard string that ends in a backslash', "SELECT 'a\\'"],
    ['an escape string with an escaped quote', "SELECT E'a\\';b'"],
    ['an escape string continued on the next line', "SELECT E'a'\n'\\';b'"],
    ['an escape string continued after a comment', "SELECT E'a' -- note\n  '\\';b'"],
    ['a quoted identifier with doubled quotes', 'SELECT "a;""b;"'],
    ['a dollar quote', 'SELECT $$a;b$$'],
    ['a tagged dollar quote around another one', 'SELECT $q$a;$$;$other$;$q$'],
    ['a nested block comment', 'SELECT 1 /* a; /* b; */ c; */ + 1'],
    ['a line comment', 'SELECT 1 -- a; b'],
    ['a rule of two actions', 'CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO a VALUES (1); INSERT INTO b VALUES (1))'],
    ['a SQL function body', 'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END'],
    ['a procedure body behind OR REPLACE', 'create or replace procedure p() begin atomic insert into t values (1); end'],
    ['a body with a label that is a keyword', 'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 AS end; SELECT t.case FROM t; END'],
  ])('keeps %s in one statement', (_, text) => {
    expect(split(`${text}\n; COMMIT`)).toEqual([text, 'COMMIT']);
  });

  test('takes E for the end of a name where it is one', () => {
    expect(split("SELECT some 'a\\'; COMMIT")).toEqual(["SELECT some 'a\\'", 'COMMIT']);
  });

  test('takes a parameter for no dollar quote', () => {
    expect(split('SELECT $1; SELECT $2')).toEqual(['SELECT $1', 'SELECT $2']);
  });

  test('takes a dollar inside a name for part of the name', () => {
    expect(split('SELECT a$$; SELECT b$$')).toEqual(['SELECT a$$', 'SELECT b$$']);
  });

  test('does not take BEGIN ATOMIC for a body outside of CREATE FUNCTION', () => {
    expect(firstWords('BEGIN ATOMIC; COMMIT')).toEqual(['BEGIN', 'COMMIT']);
  });

  test('reads an unfinished quote to the end of the text', () => {
    for (const text of ["SELECT 'a; b", "SELECT E'a\\'; b", 'SELECT "a; b', 'SELECT $x$a; $y$', 'SELECT 1 /* a; /* b */'])
      expect(split(text)).toHaveLength(1);
  });
});

// Pieces that carry a semicolon and every other delimiter inside, of which none may be seen.
const noise = fc.string({
  unit: fc.constantFrom(';', "'", '"', '$', '/', '*', '-', '\\', 'e', 'E', ' ', '\n', 'END', 'CASE', 'COMMIT', 'x', '(', ')', 'é'),
});
const standard = noise.map((text) => `'${text.replaceAll("'", "''")}'`);
const escape = noise.map((text) => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`);
const identifier = noise.map((text) => `"x${text.replaceAll('"', '""')}"`);
const dollar = fc
  .tuple(fc.constantFrom('', 'q', '_t1', 'é'), noise)
  .filter(([tag, text]) => !`${text}$`.includes(`$${tag}$`))
  .map(([tag, text]) => `$${tag}$${text}$${tag}$`);
const lineComment = noise.map((text) => `-- ${text.replaceAll('\n', ' ')}\n`);
const blockComment = noise.map((text) => `/* ${text.replaceAll('/', '|')} /* ${text.replaceAll('/', '|')} */ */`);
const parameter = fc.constantFrom('$1', '$23');
const word = fc.constantFrom('SELECT', 'a', 'b$c', 'E', 'ende', '_x', '42', '+', ',', '::int', '.');
const piece = fc.oneof(standard, escape, identifier, dollar, lineComment, blockComment, parameter, word);
// A comma between pieces: a string continues an escape string across a line break, and a dollar after a name is part of the name.
const statement = fc.array(piece, { maxLength: 12 }).map((pieces) => ['SELECT', ...pieces].join(' , '));
const body = fc
  .array(statement, { minLength: 1, maxLength: 3 })
  .map((parts) => `CREATE FUNCTION f() RETURNS int BEGIN ATOMIC ${parts.join('; ')}; SELECT CASE WHEN true THEN 1 END; END`);

describe('laws of the scanner', () => {
  test('joining statements with semicolons and splitting them gives the same statements', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(statement, body), { maxLength: 5 }), (statements) => {
        const text = statements.join(';');
        const spans = statementsOf(text);
        expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual(statements);
      }),
      { numRuns: 500 },
    );
  });

  test('spans are in order, apart, inside the text, and never empty, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(noise, fc.string({ unit: 'binary' })), (text) => {
        let previous = 0;
        for (const { start, end, words } of statementsOf(text)) {
          expect(start).toBeGreaterThanOrEqual(previous);
          expect(end).toBeGreaterThan(start);
          expect(words.length).toBeGreaterThan(0);
          previous = end;
        }
        expect(previous).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 500 },
    );
  });

  test('the number of statements does not depend on comments between tokens', () => {
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 3 }), fc.oneof(lineComment, blockComment), (statements, comment) => {
        expect(statementsOf(statements.map((text) => `${comment}${text} ${comment}`).join(';'))).toHaveLength(statements.length);
      }),
    );
  });
});

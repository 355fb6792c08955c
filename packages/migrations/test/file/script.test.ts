// Migration files as text: what is read, what is refused and at which line, and that what was written comes back.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkSealed, parseMigration, parseScript, renderMigration, type DraftSegment } from '../../src/index.ts';

const identity = { bucket: { database: 'main', app: '' }, version: 'V20260425010203__x', direction: 'up', file: 'x.sdjql' } as const;
const HEAD = '-- Migration: V20260425010203__x\n-- Bucket: main/_global_\n-- Direction: UP\n';
const parse = (text: string) => parseScript(text, identity);

test('a file is a header, segments and steps, with the line of each step', () => {
  const script = parse(`${HEAD}
-- djogi-justify: nobody reads it
-- djogi: statement_timeout=10m
-- djogi:segment transactional
-- djogi:step add a
ALTER TABLE t ADD a int;
ALTER TABLE t ADD b int;

-- djogi:segment non_transactional
-- djogi:step build
CREATE INDEX CONCURRENTLY i ON t (a);
-- djogi:segment transactional patient
-- djogi:step check
ALTER TABLE t VALIDATE CONSTRAINT c;
`);
  expect(script).toMatchObject({ justification: 'nobody reads it', statementTimeoutMs: 600_000 });
  expect(script.segments).toEqual([
    {
      kind: 'transactional',
      isPatient: false,
      steps: [{ label: 'add a', sql: 'ALTER TABLE t ADD a int;\nALTER TABLE t ADD b int;', line: 9 }],
    },
    { kind: 'non_transactional', isPatient: true, steps: [{ label: 'build', sql: 'CREATE INDEX CONCURRENTLY i ON t (a);', line: 14 }] },
    { kind: 'transactional', isPatient: true, steps: [{ label: 'check', sql: 'ALTER TABLE t VALIDATE CONSTRAINT c;', line: 17 }] },
  ]);
});

test('a file without a transaction has a step for each statement, whatever semicolons are in them', () => {
  const script = parse(`${HEAD}-- djogi:no-transaction
VACUUM t; -- a; b
/* ; */ SELECT ';', E'\\';', "a;b", $q$ ; $q$;

CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END;
CREATE INDEX CONCURRENTLY i ON t (a)`);
  expect(script.segments[0]!.steps.map(({ sql, line }) => [line, sql])).toEqual([
    [5, 'VACUUM t;'],
    [6, `SELECT ';', E'\\';', "a;b", $q$ ; $q$;`],
    [8, 'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END;'],
    [9, 'CREATE INDEX CONCURRENTLY i ON t (a)'],
  ]);
});

test("transaction words inside functions, strings and savepoints are nobody else's", () => {
  const body = `DO $$ BEGIN PERFORM 1; END $$;
CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END;
SELECT 'COMMIT; BEGIN';
SAVEPOINT a; ROLLBACK TO a; ROLLBACK WORK TO SAVEPOINT a; RELEASE a;`;
  expect(parse(`${HEAD}-- djogi:segment transactional\n-- djogi:step s\n${body}`).segments[0]!.steps[0]!.sql).toBe(body);
});

describe('a file', () => {
  const step = (sql: string, kind = 'transactional'): string => `-- djogi:segment ${kind}\n-- djogi:step s\n${sql}`;
  test.for<[string, string, string, number, string?]>([
    ['SQL before the first segment', 'text', 'SELECT 1;', 4],
    ['SQL between segment and step', 'text', '-- djogi:segment transactional\n\nSELECT 1;', 6],
    ['an unknown directive', 'directive', '-- djogi:stop here', 4],
    ['a placeholder', 'directive', step('SELECT 1;\n-- djogi:todo write this'), 7],
    ['an unknown dashed directive', 'directive', '-- djogi-because: x', 4],
    ['an unknown kind of segment', 'directive', '-- djogi:segment atomic', 4],
    ['a flag that no segment takes', 'directive', '-- djogi:segment non_transactional patient', 4],
    ['a step before a segment', 'directive', '-- djogi:step s', 4],
    ['a step without a label', 'directive', '-- djogi:segment transactional\n-- djogi:step', 5],
    ['no-transaction behind a segment', 'directive', `${step('SELECT 1;')}\n-- djogi:no-transaction`, 7],
    ['a segment behind no-transaction', 'directive', '-- djogi:no-transaction\nSELECT 1;\n-- djogi:segment transactional', 6],
    ['a step behind no-transaction', 'directive', '-- djogi:no-transaction\nSELECT 1;\n-- djogi:step s', 6],
    ['a timeout that is none', 'directive', '-- djogi: statement_timeout=soon', 4],
    ['a timeout behind a segment', 'directive', '-- djogi:segment transactional\n-- djogi: statement_timeout=1s', 5],
    ['a reason that is blank', 'directive', '-- djogi-justify:', 4],
    ['two reasons', 'directive', '-- djogi-justify: a\n-- djogi-justify: b', 5],
    ['a header twice', 'header', '-- Bucket: main/_global_', 4],
    ["a mode that is not the file's", 'header', `-- Execution-Mode: transactional\n${step('VACUUM t;', 'non_transactional')}`, 4],
    ['a base that is no digest', 'header', '-- Snapshot-Base: abc', 4],
    ['a dependency that is no label', 'header', '-- Depends-On: a b', 4],
    ['an open quote', 'statement', step("SELECT 1;\n\n-- c\nSELECT 'a;\n-- djogi:step t\nSELECT 2;"), 9],
    ['an open dollar quote', 'statement', step('CREATE FUNCTION f() RETURNS int AS $x$ SELECT 1;\n-- djogi:step t\n$x$ LANGUAGE sql;'), 6],
    ['an open comment', 'statement', step('/* nothing'), 6],
    ['an open function body', 'statement', step('CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;'), 6],
    ['BEGIN', 'transaction_control', step('SELECT 1;\n/* a */ begin;'), 7],
    ['COMMIT alone', 'transaction_control', step('COMMIT', 'non_transactional'), 6],
    ['PREPARE TRANSACTION', 'transaction_control', step("PREPARE TRANSACTION 'x'"), 6],
    [
      'an index built CONCURRENTLY in a transaction',
      'not_transactional',
      step('SELECT 1;\nCREATE UNIQUE INDEX CONCURRENTLY i ON t (a);'),
      7,
    ],
    ['an index dropped CONCURRENTLY in a transaction', 'not_transactional', step('DROP INDEX CONCURRENTLY i'), 6],
    ['VACUUM in a transaction', 'not_transactional', step('VACUUM t'), 6],
    ['ALTER SYSTEM in a transaction', 'not_transactional', step('ALTER SYSTEM SET a = 1'), 6],
    ['a database made in a transaction', 'not_transactional', step('CREATE DATABASE d'), 6],
    ['two statements alone', 'statement', step('VACUUM t;\nVACUUM u;', 'non_transactional'), 7],
    ['SQL in a segment of metadata', 'statement', step('SELECT 1;', 'metadata_only'), 6],
  ])('%s is refused as %s, with its line', ([, rule, body, line]) => {
    expect(() => parse(`${HEAD}${body}`)).toThrow(expect.objectContaining({ code: 'MIGRATION_FILE', rule, file: 'x.sdjql', line }));
  });

  test.for([
    ['another version', HEAD.replace('010203', '010204'), 1],
    ['another bucket', HEAD.replace('_global_', 'billing'), 2],
    ['another direction', HEAD.replace('UP', 'DOWN'), 3],
    ['a missing header', HEAD.replace(/-- Bucket.*\n/, ''), 1],
  ] as const)('a header of %s', ([, head, line]) => {
    expect(() => parse(head)).toThrow(expect.objectContaining({ rule: 'header', line }));
  });
});

/** SQL with everything that could be mistaken for its end. */
const fragment = fc
  .array(
    fc.constantFrom(
      'SELECT 1',
      "SELECT ';--'",
      "SELECT E'\\';'",
      'SELECT $a$ ; $b$ $a$',
      'SELECT "x;y"',
      '-- djogi is a word\nSELECT 2',
      '/* a /* b; */ */ SELECT 3',
      'SELECT (1)',
      '  SELECT 4',
      'SELECT\n\n5',
      '-- ż',
    ),
    { minLength: 0, maxLength: 4 },
  )
  .map((parts) => parts.map((part) => `${part};`).join('\n'));
const label = fc.stringMatching(/^[a-z][a-z .:_-]{0,20}[a-z]$/).filter((text) => text === text.trim());
const segment: fc.Arbitrary<DraftSegment> = fc.oneof(
  fc.record({
    kind: fc.constant('transactional' as const),
    isPatient: fc.boolean(),
    steps: fc.array(fc.record({ label, sql: fragment, effect: fc.constantFrom('safe', 'lossy', 'destructive') }), { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('non_transactional' as const),
    isPatient: fc.constant(true),
    steps: fc.array(
      fc.record({
        label,
        sql: fc.constantFrom('VACUUM', 'SELECT 1;', '-- nothing', 'CREATE INDEX CONCURRENTLY i ON t (a);'),
        effect: fc.constant('safe' as const),
      }),
      { maxLength: 3 },
    ),
  }),
  fc.record({
    kind: fc.constant('metadata_only' as const),
    isPatient: fc.constant(false),
    steps: fc.array(fc.record({ label, sql: fc.constant('-- a note'), effect: fc.constant('safe' as const) }), { maxLength: 2 }),
  }),
);
const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<never>;

test('what was written is read back, and written again to the same bytes', () => {
  fc.assert(
    fc.property(
      fc.record({
        up: fc.array(segment, { maxLength: 4 }),
        down: fc.option(fc.array(segment, { maxLength: 2 }), { nil: undefined }),
        app: fc.constantFrom('', 'billing'),
        dependsOn: fc.subarray(['', 'fleet', 'audit']),
        touches: fc.option(fc.record({ reads: fc.array(fc.string()), writes: fc.array(fc.string()) })),
        operations: fc.array(json, { maxLength: 2 }),
        descriptors: json,
        justification: fc.option(label, { nil: undefined }),
        statementTimeoutMs: fc.option(fc.nat(10_000_000), { nil: undefined }),
      }),
      ({ up, down, app, justification, statementTimeoutMs, ...rest }) => {
        const bucket = { database: 'main', app };
        const version = 'V20260425010203__x';
        const draft = {
          ...rest,
          bucket,
          version,
          up,
          ...(down === undefined ? {} : { down }),
          ...(justification === undefined ? {} : { justification }),
          ...(statementTimeoutMs === undefined ? {} : { statementTimeoutMs }),
        };
        const texts = renderMigration(draft);
        const migration = parseMigration({ bucket, version }, texts);
        checkSealed(migration);
        const unlined = (segments: (typeof migration.up)['segments']): unknown =>
          segments.map(({ kind, isPatient, steps }) => ({ kind, isPatient, steps: steps.map(({ label: name, sql }) => [name, sql]) }));
        const drafted = (segments: readonly DraftSegment[]): unknown =>
          segments.map(({ kind, isPatient, steps }) => ({ kind, isPatient, steps: steps.map(({ label: name, sql }) => [name, sql]) }));
        expect(unlined(migration.up.segments)).toEqual(drafted(up));
        expect(migration.down === null ? undefined : unlined(migration.down.segments)).toEqual(
          down === undefined ? undefined : drafted(down),
        );
        expect(migration.up).toMatchObject({
          dependsOn: rest.dependsOn,
          justification: justification ?? null,
          statementTimeoutMs: statementTimeoutMs ?? null,
        });
        expect(migration.sidecar).toMatchObject({
          touches: rest.touches,
          checksumUp: migration.checksumUp,
          checksumDown: migration.checksumDown,
        });
        expect(JSON.stringify([migration.sidecar.operations, migration.sidecar.descriptors]).length).toBe(
          JSON.stringify([rest.operations, rest.descriptors]).length,
        );
        // Every step is at the line that it says.
        const lines = texts.up.split('\n');
        const steps = migration.up.segments.flatMap((each) => each.steps).filter(({ sql }) => sql !== '');
        expect(steps.map(({ line, sql }) => lines.slice(line - 1, line - 1 + sql.split('\n').length).join('\n'))).toEqual(
          steps.map(({ sql }) => sql),
        );
        expect(renderMigration(draft)).toEqual(texts);
        // CRLF, as some editors leave it, changes nothing.
        const crlf = {
          up: texts.up.replaceAll('\n', '\r\n'),
          down: texts.down?.replaceAll('\n', '\r\n') ?? null,
          sidecar: texts.sidecar.replaceAll('\n', '\r\n'),
        };
        expect(parseMigration({ bucket, version }, crlf)).toEqual(migration);
      },
    ),
    { numRuns: 300 },
  );
});

test('SQL that reads as a directive, and labels of more than a line, are not written', () => {
  const draft = (name: string, sql: string) => () =>
    renderMigration({ version: 'V20260425010203__x', up: [{ kind: 'transactional', steps: [{ label: name, sql }] }] });
  expect(draft('s', 'SELECT 1;\n  -- djogi:step t')).toThrow(expect.objectContaining({ rule: 'directive' }));
  expect(draft('a\nb', 'SELECT 1;')).toThrow(expect.objectContaining({ rule: 'directive' }));
  expect(draft(' a', 'SELECT 1;')).toThrow(expect.objectContaining({ rule: 'directive' }));
  expect(draft('s', 'COMMIT')).toThrow(expect.objectContaining({ rule: 'transaction_control' }));
});

// The conformance suite of value kinds. A kind is run in one line; what it promises (text, binary, literal, JSON, validation, comparison) is held
// against a real server, on the values given and on random ones.

import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { CompiledStatement, Connection } from '../../src/db/port.ts';
import { isDjogiError } from '../../src/error/error.ts';
import { quoteIdentifier } from '../../src/ident/identifier.ts';
import type { Codec, WireWriter } from '../../src/value/codec.ts';
import type { ValueKind } from '../../src/value/kind.ts';
import { booleanKind } from '../../src/value/number.ts';
import { textKind } from '../../src/value/text.ts';

export interface ValueCases<Value> {
  /** Read back exactly as they were written. */
  readonly values: readonly Value[];
  /** Accepted, and read back as the second. */
  readonly normalised?: readonly (readonly [written: Value, read: Value])[];
  readonly refused: readonly (readonly [value: unknown, rule: string, index?: number])[];
  /** SQL of stored values that the kind cannot represent. */
  readonly undecodable?: readonly string[];
  readonly undecodableJson?: readonly unknown[];
  /** Random values that read back exactly. */
  readonly arbitrary: fc.Arbitrary<Value>;
  /** Pairs that are likely to be equal or close, for comparisons. Default: any two. */
  readonly pairs?: fc.Arbitrary<readonly [Value, Value]>;
}

/** What an object says of itself. */
const printed = (object: { toString(): string }): string => object.toString();

const isPlain = (object: object): object is Record<string, unknown> => Object.getPrototypeOf(object) === Object.prototype;

/** Identity as a reader of rows would see it: -0 is not 0, a Buffer is not a plain Uint8Array. */
export function isSame(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left))
    return Array.isArray(right) && left.length === right.length && left.every((item, index) => isSame(item, right[index]));
  if (left instanceof Uint8Array) {
    const { prototype } = Uint8Array;
    return (
      right instanceof Uint8Array &&
      Object.getPrototypeOf(left) === prototype &&
      Object.getPrototypeOf(right) === prototype &&
      left.length === right.length &&
      left.every((byte, at) => byte === right[at])
    );
  }
  if (left instanceof Date) return right instanceof Date && Object.is(left.getTime(), right.getTime());
  if (isPlain(left)) {
    const keys = Object.keys(left);
    return isPlain(right) && keys.length === Object.keys(right).length && keys.every((key) => isSame(left[key], right[key]));
  }
  return Object.prototype.toString.call(left) === Object.prototype.toString.call(right) && printed(left) === printed(right);
}

function show(value: unknown): string {
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (typeof value === 'object' && value !== null && isPlain(value)) {
    return `{${Object.entries(value)
      .map(([key, inner]) => `${key}: ${show(inner)}`)
      .join(', ')}}`;
  }
  const text =
    typeof value === 'string'
      ? JSON.stringify(value)
      : typeof value === 'object' && value !== null
        ? `${Object.prototype.toString.call(value)} ${printed(value)}`
        : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** What is wrong with what came back; empty when nothing is. */
const difference = (read: unknown, wanted: unknown): string => (isSame(read, wanted) ? '' : `${show(wanted)} came back as ${show(read)}`);

/** The codec with its binary form, if any, or with text only; text is read with or without the reader of bytes. */
function variants<Value>(codec: Codec<Value>): [string, Codec<Value>][] {
  const { binary: _binary, ...textOnly } = codec;
  const { decodeBytes, ...text } = codec.text;
  const list: [string, Codec<Value>][] = [['as text', { ...textOnly, text }]];
  if (decodeBytes !== undefined) list.push(['as text, from bytes', textOnly]);
  if (codec.binary !== undefined) list.push(['in binary', codec]);
  return list;
}

/** Counts the uses of the binary form, so that a test cannot believe it used it when it did not. */
function counted<Value>(codec: Codec<Value>): { codec: Codec<Value>; uses: { encode: number; decode: number } } {
  const uses = { encode: 0, decode: 0 };
  if (codec.binary === undefined) return { codec, uses };
  const { encode, decode, ...rest } = codec.binary;
  return {
    uses,
    codec: {
      ...codec,
      binary: {
        ...rest,
        ...(encode === undefined
          ? {}
          : {
              encode: (writer: WireWriter, value: Value) => {
                uses.encode++;
                encode(writer, value);
              },
            }),
        ...(decode === undefined
          ? {}
          : {
              decode: (...from: Parameters<typeof decode>) => {
                uses.decode++;
                return decode(...from);
              },
            }),
      },
    },
  };
}

/** `select $1::type` through one codec, prepared ahead so that the binary form is used where there is one. */
async function echo<Value>(connection: Connection, type: string, codec: Codec<Value>): Promise<(value: Value) => Promise<Value>> {
  const statement: CompiledStatement<Value> = {
    text: `SELECT $1::${type} AS value`,
    parameters: [codec],
    rows: { columns: [{ name: 'value', codec }], as: 'value' },
  };
  await connection.execute({ statement, values: [null] });
  return async (value) => (await connection.execute({ statement, values: [value] })).rows[0] as Value;
}

const read = async <Value>(connection: Connection, sql: string, codec: Codec<Value>): Promise<Value> => {
  const statement: CompiledStatement<Value> = {
    text: `SELECT ${sql} AS value`,
    parameters: [],
    rows: { columns: [{ name: 'value', codec, table: 'stored' }], as: 'value' },
  };
  // The first execution reads text, the second binary where the codec can.
  await connection.execute({ statement: { ...statement, rows: null }, values: [] });
  return (await connection.execute({ statement, values: [] })).rows[0] as Value;
};

export interface SuiteOptions {
  /** Runs before the first use of a connection: creates the type or the extension. */
  readonly setUp?: string;
  readonly runs?: number;
}

let tables = 0;

/** Holds `kind` against `cases` and against the server. `cases` is asked inside the tests, so that it may use what a hook prepared. */
export function testValueKind<Value>(
  title: string,
  kind: ValueKind<Value>,
  casesOf: () => ValueCases<Value>,
  open: () => Promise<Connection>,
  { setUp = '', runs = 100 }: SuiteOptions = {},
): void {
  describe(`${title}`, () => {
    let connection: Promise<Connection> | undefined;
    const connect = (): Promise<Connection> =>
      (connection ??= open().then(async (opened) => {
        if (setUp !== '') await opened.script(setUp);
        return opened;
      }));
    afterAll(async () => (await connection)?.close());
    const { codec } = kind;

    test('accepts its values', () => {
      const { values, normalised = [], arbitrary } = casesOf();
      for (const value of [...values, ...normalised.map(([written]) => written)])
        expect([show(value), kind.validate(value)]).toEqual([show(value), null]);
      fc.assert(fc.property(arbitrary, (value) => kind.validate(value) === null));
    });

    test('refuses other values by rule, without quoting them', () => {
      for (const [value, rule, index] of casesOf().refused) {
        const problem = kind.validate(value);
        expect([show(value), problem?.rule, problem?.index]).toEqual([show(value), rule, index]);
        expect(problem!.message).not.toContain(typeof value === 'string' && value.length > 5 ? value : '\0');
      }
      expect([undefined, null, Symbol('value'), () => 1, {}, new Map()].filter((value) => kind.validate(value) === null)).toEqual([]);
    });

    test('names the types of the server', async () => {
      const connection = await connect();
      const typeOf = (type: string): Promise<string> =>
        read(connection, `format_type('${type.replaceAll("'", "''")}'::regtype, NULL)`, textKind.codec);
      expect(await typeOf(kind.castType)).toBe(kind.castType);
      if (codec.binary === undefined) return;
      const { oid, arrayOid } = codec.binary;
      const oidOf = (type: string): Promise<string> => read(connection, `'${type}'::regtype::oid::text`, textKind.codec);
      expect([oid, arrayOid].map(String)).toEqual([await oidOf(kind.castType), arrayOid === 0 ? '0' : await oidOf(`${kind.castType}[]`)]);
    });

    test('travels as a parameter and comes back, in text and in binary', async () => {
      const connection = await connect();
      const { values, normalised = [], arbitrary } = casesOf();
      for (const [way, variant] of variants(codec)) {
        const { codec: watched, uses } = counted(variant);
        const send = await echo(connection, kind.castType, watched);
        for (const value of values) expect([way, difference(await send(value), value)]).toEqual([way, '']);
        for (const [written, wanted] of normalised) expect([way, difference(await send(written), wanted)]).toEqual([way, '']);
        await fc.assert(
          fc.asyncProperty(arbitrary, async (value) => {
            expect([way, difference(await send(value), value)]).toEqual([way, '']);
          }),
          { numRuns: runs },
        );
        const { binary } = watched;
        expect(uses.encode).toBeGreaterThan(binary?.encode === undefined ? -1 : values.length);
        expect(uses.decode).toBeGreaterThan(binary?.decode === undefined ? -1 : values.length);
      }
    });

    test('is stored in a column of its type and comes back', async () => {
      const connection = await connect();
      const { values, normalised = [], arbitrary } = casesOf();
      const table = `stored_${++tables}`;
      await connection.script(
        `CREATE TEMPORARY TABLE ${table} (value ${kind.sqlType}${kind.check === undefined ? '' : ` CHECK (${kind.check(quoteIdentifier('value'))})`})`,
      );
      const statement: CompiledStatement<Value> = {
        text: `INSERT INTO ${table} (value) VALUES ($1) RETURNING value`,
        parameters: [codec],
        rows: { columns: [{ name: 'value', codec }], as: 'value' },
      };
      const store = async (value: Value): Promise<Value> => (await connection.execute({ statement, values: [value] })).rows[0]!;
      for (const value of values)
        for (const way of ['first', 'again']) expect([way, difference(await store(value), value)]).toEqual([way, '']);
      for (const [written, wanted] of normalised) expect(difference(await store(written), wanted)).toBe('');
      await fc.assert(
        fc.asyncProperty(arbitrary, async (value) => {
          expect(difference(await store(value), value)).toBe('');
        }),
        { numRuns: runs },
      );
    });

    test('is written as a literal of its type', async () => {
      const connection = await connect();
      const { values, normalised = [], arbitrary } = casesOf();
      const check = async (value: Value, wanted: Value): Promise<void> => {
        const literal = codec.literal(value);
        expect(difference(await read(connection, literal, codec), wanted)).toBe('');
        expect([literal.slice(0, 60), await read(connection, `pg_typeof(${literal})::text`, textKind.codec)]).toEqual([
          literal.slice(0, 60),
          kind.castType,
        ]);
        // Without backslashes being taken as they stand, the literal must mean the same.
        await connection.script('SET standard_conforming_strings = off; SET escape_string_warning = off');
        expect(difference(await read(connection, `${literal} `, codec), wanted)).toBe('');
        await connection.script('SET standard_conforming_strings = on');
      };
      for (const value of values) await check(value, value);
      for (const [written, wanted] of normalised) await check(written, wanted);
      await fc.assert(
        fc.asyncProperty(arbitrary, (value) => check(value, value)),
        { numRuns: Math.ceil(runs / 4) },
      );
    });

    test('goes through JSON and back', () => {
      const { values, normalised = [], arbitrary, undecodableJson = [] } = casesOf();
      const through = (value: Value): Value => codec.json.decode(JSON.parse(JSON.stringify(codec.json.encode(value))));
      // JSON has no negative zero.
      const wantedOf = (value: unknown): unknown => (Array.isArray(value) ? value.map(wantedOf) : Object.is(value, -0) ? 0 : value);
      for (const value of [...values, ...normalised.map(([, wanted]) => wanted)])
        expect(difference(through(value), wantedOf(value))).toBe('');
      fc.assert(
        fc.property(arbitrary, (value) => {
          expect(difference(through(value), wantedOf(value))).toBe('');
        }),
      );
      const accepts = (json: unknown): boolean => {
        try {
          codec.json.decode(json);
          return true;
        } catch {
          return false;
        }
      };
      expect([null, {}, ...undecodableJson].filter(accepts)).toEqual([]);
    });

    test('fails to read stored values it cannot represent', async () => {
      const connection = await connect();
      for (const sql of casesOf().undecodable ?? []) {
        for (const [way, variant] of variants(codec)) {
          const failure = await read(connection, sql, variant).then(
            (value) => `${sql} ${way} was read as ${show(value)}`,
            (error: unknown) => error,
          );
          expect(isDjogiError(failure, 'DECODE') ? 'DECODE' : failure, `${sql} ${way}`).toBe('DECODE');
          expect(failure).toMatchObject({ table: 'stored', column: 'value' });
        }
      }
    });

    test('has a check, where it has one, that keeps out what it cannot represent', async () => {
      if (kind.check === undefined) return;
      const connection = await connect(),
        table = `checked_${++tables}`;
      await connection.script(
        `CREATE TEMPORARY TABLE ${table} (value ${kind.sqlType} CONSTRAINT represented CHECK (${kind.check(quoteIdentifier('value'))})); INSERT INTO ${table} VALUES (NULL)`,
      );
      for (const sql of casesOf().undecodable ?? []) {
        const outcome = await connection.script(`INSERT INTO ${table} VALUES (${sql})`).then(
          () => 'stored',
          (error: { constraint?: string; sqlState?: string }) => error.constraint ?? error.sqlState,
        );
        expect([sql, outcome]).toEqual([sql, expect.stringMatching(/^(represented|22003)$/)]);
      }
    });

    test('compares as the server does', async () => {
      const { comparison } = kind;
      if (comparison === null) return;
      const connection = await connect();
      const { values, arbitrary, pairs = fc.tuple(arbitrary, arbitrary) } = casesOf();
      const type = kind.castType,
        isOrdered = comparison.compare !== undefined && comparison.isOrderPortable === true;
      const statement: CompiledStatement<{ equal: boolean; less: boolean; more: boolean }> = {
        text: `SELECT $1::${type} = $2::${type} AS equal, $1::${type} < $2::${type} AS less, $1::${type} > $2::${type} AS more`,
        parameters: [codec, codec],
        rows: { columns: ['equal', 'less', 'more'].map((name) => ({ name, codec: booleanKind.codec })) },
      };
      const check = async (left: Value, right: Value): Promise<void> => {
        const { equal, less, more } = (await connection.execute({ statement, values: [left, right] })).rows[0]!;
        const subject = `${show(left)} and ${show(right)}`;
        expect([subject, comparison.equal(left, right)]).toEqual([subject, equal]);
        const sign = less ? -1 : more ? 1 : 0;
        expect([subject, isOrdered ? Math.sign(comparison.compare(left, right)) : sign]).toEqual([subject, sign]);
      };
      const sampled = values.slice(0, 12);
      for (const left of sampled) for (const right of sampled) await check(left, right);
      await fc.assert(
        fc.asyncProperty(pairs, ([left, right]) => check(left, right)),
        { numRuns: runs },
      );
    });
  });
}

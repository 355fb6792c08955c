// Enum types.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pgEnum } from '../../src/model/pg-enum.ts';
import { EnumDecodeError, enumKind } from '../../src/value/enum.ts';
import { quoteIdentifier, quoteLiteral } from '../../src/ident/identifier.ts';
import { testValueKind } from '../support/value-kind-suite.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();
const open = () => server.open();

/** Declared in an order that is not the alphabet's, with labels that need quoting in every place they appear in. */
const labels = ['zebra', 'apple', "it's", '"q"', 'back\\slash', 'with space', 'comma,brace}', 'NULL', 'null', 'é😀', '10', '9'] as const;
const create = (name: string, all: readonly string[]): string =>
  `DO $do$ BEGIN CREATE TYPE ${quoteIdentifier(name)} AS ENUM (${all.map(quoteLiteral).join(', ')}); EXCEPTION WHEN duplicate_object THEN NULL; END $do$`;

const Odd = pgEnum('odd "Name', labels);
testValueKind(
  'enum',
  enumKind(Odd),
  () => ({
    values: labels,
    arbitrary: fc.constantFrom(...labels),
    refused: [
      ['nope', 'enum_label'],
      ['Zebra', 'enum_label'],
      ['', 'enum_label'],
      ['zebra ', 'enum_label'],
      [0, 'enum_label'],
      [10, 'enum_label'],
      [true, 'enum_label'],
      [['zebra'], 'enum_label'],
    ],
    undecodable: ["'nope'::text"],
    undecodableJson: ['nope', 0, true],
  }),
  open,
  { setUp: create('odd "Name', labels) },
);

describe('a label the declaration does not have', () => {
  test('fails to read, with the enum and the label in the cause', async () => {
    const connection = await open();
    await connection.script(create('grown', ['old', 'new']));
    const { codec } = enumKind(pgEnum('grown', ['old']));
    const failure: unknown = await connection
      .execute({
        statement: { text: "SELECT 'new'::grown AS g", parameters: [], rows: { columns: [{ name: 'g', codec, table: 't' }] } },
        values: [],
      })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'DECODE', column: 'g', table: 't', cause: { enumName: 'grown', label: 'new' } });
    expect((failure as Error).cause).toBeInstanceOf(EnumDecodeError);
    expect(`${(failure as Error).message} ${((failure as Error).cause as Error).message}`).not.toContain('new ');
  });
});

describe('order', () => {
  test('is that of the declaration, as the server has it', async () => {
    const connection = await open();
    await connection.script(create('odd "Name', labels));
    const kind = enumKind(Odd);
    const { rows } = await connection.execute({
      statement: {
        text: `SELECT v AS v FROM unnest(enum_range(NULL::${kind.sqlType})) AS u(v) ORDER BY v`,
        parameters: [],
        rows: { columns: [{ name: 'v', codec: kind.codec }], as: 'value' },
      },
      values: [],
    });
    expect(rows).toEqual(labels);
    expect([...labels].reverse().sort(kind.comparison!.compare)).toEqual(labels);
  });
});

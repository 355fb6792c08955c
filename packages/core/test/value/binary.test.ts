// uuid and bytea.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CompiledStatement } from '../../src/db/port.ts';
import { byteaKind, uuidKind } from '../../src/value/binary.ts';
import { testValueKind } from '../support/value-kind-suite.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();
const open = () => server.open();

const hex = (digits: string): string => digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const uuid = fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdef')), minLength: 32, maxLength: 32 }).map(hex);

testValueKind(
  'uuid',
  uuidKind,
  () => ({
    values: [
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
      '01234567-89ab-cdef-0123-456789abcdef',
      '018f4d1e-8c3a-7b2d-9e5f-0a1b2c3d4e5f',
    ],
    arbitrary: uuid,
    refused: [
      ['FFFFFFFF-ffff-ffff-ffff-ffffffffffff', 'type'],
      ['{01234567-89ab-cdef-0123-456789abcdef}', 'type'],
      ['0123456789abcdef0123456789abcdef', 'type'],
      ['', 'type'],
      ['01234567-89ab-cdef-0123-456789abcde', 'type'],
      ['01234567-89ab-cdef-0123-456789abcdef\n', 'type'],
      ['g1234567-89ab-cdef-0123-456789abcdef', 'type'],
      [1, 'type'],
      [1n, 'type'],
      [['01234567-89ab-cdef-0123-456789abcdef'], 'type'],
    ],
    undecodableJson: [1, true],
    pairs: fc.tuple(uuid, uuid).chain(([left, right]) => fc.constantFrom<[string, string]>([left, right], [left, left])),
  }),
  open,
);

const bytes = fc.uint8Array({ maxLength: 60 });
testValueKind(
  'bytea',
  byteaKind,
  () => ({
    values: [
      new Uint8Array(),
      Uint8Array.of(0),
      Uint8Array.of(255, 0, 39, 92),
      Uint8Array.from({ length: 256 }, (_, byte) => byte),
      new Uint8Array(100_000).fill(171),
    ],
    arbitrary: bytes,
    normalised: [
      [Buffer.from('abc'), Uint8Array.of(97, 98, 99)],
      [Uint8Array.of(1, 2, 3, 4).subarray(1, 3), Uint8Array.of(2, 3)],
    ],
    refused: [
      ['abc', 'type'],
      [[1, 2], 'type'],
      [new ArrayBuffer(2), 'type'],
      [new Uint16Array(2), 'type'],
      [new DataView(new ArrayBuffer(2)), 'type'],
      [1, 'type'],
      [true, 'type'],
    ],
    undecodableJson: [1, true, [1], 'not base64!', '%%%%'],
    pairs: fc
      .tuple(bytes, bytes, fc.constantFrom(0, 1, 2))
      .map(([left, right, way]): [Uint8Array, Uint8Array] =>
        way === 0 ? [left, left.slice()] : way === 1 ? [left, left.slice(0, -1)] : [left, right],
      ),
  }),
  open,
);

test('bytes that were read stay as they are when more is read', async () => {
  const connection = await open();
  const statement: CompiledStatement<Uint8Array> = {
    text: 'SELECT $1::bytea AS b',
    parameters: [byteaKind.codec],
    rows: { columns: [{ name: 'b', codec: byteaKind.codec }], as: 'value' as const },
  };
  for (let use = 0; use < 2; use++) {
    const {
      rows: [first],
    } = await connection.execute({ statement, values: [Uint8Array.of(1, 2, 3)] });
    await connection.execute({ statement, values: [new Uint8Array(60_000).fill(9)] });
    expect([...first!]).toEqual([1, 2, 3]);
    expect(first!.buffer.byteLength).toBe(3);
  }
});

test('bytea is base64 in JSON', () => {
  expect(byteaKind.codec.json.encode(Uint8Array.of(251, 255, 0))).toBe('+/8A');
});

test('bytea in escape format is refused instead of misread', () => {
  expect(() => byteaKind.codec.text.decode('abc')).toThrow('bytea_output');
});

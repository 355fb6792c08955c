import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HeerIdDesc } from '../../src/id/heer-id.ts';
import { checkBatchCount, checkBatchResult, KEY_GENERATORS, refuseZeroKey } from '../../src/id/key-generator.ts';
import { ID_VALUE_KINDS } from '../../src/id/key-kind.ts';
import { RanjId } from '../../src/id/ranj-id.ts';
import type { WireBytes, WireWriter } from '../../src/value/codec.ts';

function written(write: (writer: WireWriter) => void): Buffer {
  const parts: Buffer[] = [];
  const int32 = (value: number): void => {
    const part = Buffer.alloc(4);
    part.writeInt32BE(value);
    parts.push(part);
  };
  const refuse = (): never => {
    throw new Error('not expected here');
  };
  write({
    byte: (value) => parts.push(Buffer.of(value)),
    int32,
    int16: refuse,
    float32: refuse,
    float64: refuse,
    bytes: (value) => parts.push(Buffer.from(value)),
    utf8: refuse,
    beginSized: refuse,
    endSized: refuse,
  });
  return Buffer.concat(parts);
}

const wire = (text: string): WireBytes => Buffer.from(text, 'latin1') as unknown as WireBytes;
const heer = ID_VALUE_KINDS.heerIdDesc,
  ranj = ID_VALUE_KINDS.ranjId;
const anyHeer = fc.oneof(
  fc.bigInt(0n, 2n ** 63n - 1n),
  fc.bigInt(2n ** 63n - 5n, 2n ** 63n - 1n),
  fc.bigInt(0n, 2n ** 33n),
  fc.integer({ min: 0, max: 62 }).map((bit) => 2n ** BigInt(bit)),
);

describe('HeerId on the wire', () => {
  test('the binary form is the big-endian int8, for every id', () => {
    fc.assert(
      fc.property(anyHeer, (bits) => {
        expect(written((writer) => heer.codec.binary!.encode!(writer, String(bits))).readBigInt64BE()).toBe(bits);
      }),
      { numRuns: 2000 },
    );
  });

  test('text is read as it comes, from a string and from bytes', () => {
    expect(heer.codec.text.decode('4194361386')).toBe('4194361386');
    expect(heer.codec.text.decodeBytes!(wire('xx4194361386yy'), 2, 12)).toBe('4194361386');
  });

  test('a negative stored value is a decode failure', () => {
    expect(() => heer.codec.text.decode('-1')).toThrow(expect.objectContaining({ code: 'ID_NEGATIVE' }));
    expect(() => heer.codec.text.decodeBytes!(wire('-1'), 0, 2)).toThrow(expect.objectContaining({ code: 'ID_NEGATIVE' }));
  });

  test.each(['-1', 'abc', '', '9223372036854775808', '1;drop', '99999999999999999999', '12345678901a', '7 '])(
    '%j is written in no form',
    (bad) => {
      expect(() => written((writer) => heer.codec.binary!.encode!(writer, bad))).toThrow(expect.objectContaining({ name: 'IdError' }));
      expect(() => heer.codec.text.encode(bad)).toThrow(expect.objectContaining({ name: 'IdError' }));
      expect(() => heer.codec.literal(bad)).toThrow(expect.objectContaining({ name: 'IdError' }));
      expect(heer.validate(bad)).toMatchObject({ rule: 'id' });
    },
  );

  test.each(['07', '00', '0000000000000000001'])('%j is written in canonical form only', (bad) => {
    expect(() => written((writer) => heer.codec.binary!.encode!(writer, bad))).toThrow(
      expect.objectContaining({ code: 'ID_INVALID_STRING' }),
    );
    expect(() => heer.codec.text.encode(bad)).toThrow(expect.objectContaining({ code: 'ID_INVALID_STRING' }));
    expect(heer.validate(bad)).toMatchObject({ rule: 'id' });
  });

  test('literals carry the type, JSON is the string', () => {
    expect(heer.codec.literal('7')).toBe("'7'::bigint");
    expect(heer.codec.json.encode('7')).toBe('7');
    expect(heer.codec.json.decode('7')).toBe('7');
    expect(heer.codec.json.decode(7)).toBe('7');
    expect(() => heer.codec.json.decode(2 ** 60)).toThrow(expect.objectContaining({ code: 'ID_INVALID_STRING' }));
  });

  test('the comparison is numeric', () => {
    expect(heer.comparison!.compare!('9', '10')).toBe(-1);
    expect(heer.comparison!.equal('9', '9')).toBe(true);
  });
});

describe('RanjId on the wire', () => {
  test('the binary form is the 16 bytes', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 89n - 1n), fc.nat(32767), fc.nat(65535), (timestamp, nodeId, sequence) => {
        const id = RanjId.fromParts({ timestamp, precision: 'us', nodeId, sequence });
        expect(written((writer) => ranj.codec.binary!.encode!(writer, id))).toEqual(Buffer.from(RanjId.toBytes(id)));
        expect(ranj.codec.text.decodeBytes!(wire(`(${id})`), 1, 37)).toBe(id);
      }),
    );
  });

  test.each([
    ['550e8400-e29b-41d4-a716-446655440000', 'ID_INVALID_VERSION'],
    ['00000000-0000-8000-4000-000000000000', 'ID_INVALID_VARIANT'],
    ['00000000-0000-0000-0000-000000000000', 'ID_INVALID_VERSION'],
  ])('the UUID %s is neither read nor written', (uuid, code) => {
    expect(() => ranj.codec.text.decode(uuid)).toThrow(expect.objectContaining({ code }));
    expect(() => written((writer) => ranj.codec.binary!.encode!(writer, uuid))).toThrow(expect.objectContaining({ code }));
    expect(ranj.validate(uuid)).toMatchObject({ rule: 'id' });
  });

  test('upper case is not valid on write', () => {
    const upper = '00000000-0000-8000-A000-00000000000A';
    expect(() => written((writer) => ranj.codec.binary!.encode!(writer, upper))).toThrow(
      expect.objectContaining({ code: 'ID_INVALID_STRING' }),
    );
    expect(() => ranj.codec.text.encode(upper)).toThrow(expect.objectContaining({ code: 'ID_INVALID_STRING' }));
    expect(ranj.validate('00000000-0000-8000-A000-00000000000A')).toMatchObject({ rule: 'id' });
    expect(ranj.validate('00000000-0000-8000-a000-00000000000a')).toBeNull();
  });

  test('literals carry the type', () => {
    expect(ranj.codec.literal('00000000-0000-8000-a000-00000000000a')).toBe("'00000000-0000-8000-a000-00000000000a'::uuid");
  });
});

describe('the table of generators', () => {
  test('says the SQL of each kind', () => {
    expect(
      Object.values(KEY_GENERATORS).map(({ kind, columnType, defaultSql, identity, batchSql, direction }) => [
        kind,
        columnType,
        defaultSql ?? identity,
        batchSql,
        direction,
      ]),
    ).toEqual([
      ['heerIdDesc', 'bigint', 'heerid_next_desc()', 'SELECT id FROM generate_ids_desc($1::integer)', 'desc'],
      ['heerId', 'bigint', 'heerid_next()', 'SELECT id FROM generate_ids($1::integer)', 'asc'],
      ['ranjId', 'uuid', 'ranjid_next()', 'SELECT id FROM generate_ranjids($1::integer)', 'asc'],
      ['ranjIdDesc', 'uuid', 'ranjid_next_desc()', 'SELECT id FROM generate_ranjids_desc($1::integer)', 'desc'],
      [
        'serial',
        'integer',
        'byDefault',
        'SELECT nextval(pg_get_serial_sequence($1::text, $2::text))::integer AS id FROM generate_series(1, $3::integer)',
        'asc',
      ],
    ]);
    expect(Object.isFrozen(KEY_GENERATORS) && Object.values(KEY_GENERATORS).every((generator) => Object.isFrozen(generator))).toBe(true);
  });

  test.each([-1, 1.5, Number.NaN, 2 ** 31, Infinity])('a batch of %s is refused before any SQL', (count) => {
    expect(() => checkBatchCount(count)).toThrow(expect.objectContaining({ code: 'ID_GEN_BAD_COUNT' }));
  });

  test('batches of 0 and of 2^31 - 1 are fine', () => {
    expect(() => checkBatchCount(0)).not.toThrow();
    expect(() => checkBatchCount(2 ** 31 - 1)).not.toThrow();
  });

  test('an answer of another length is refused', () => {
    expect(() => checkBatchResult(['1'], 2)).toThrow(expect.objectContaining({ code: 'ID_GEN_ROW_COUNT', expected: 2, received: 1 }));
    checkBatchResult([], 0);
  });

  test('the placeholders may not be written as keys', () => {
    expect(() => refuseZeroKey(KEY_GENERATORS.heerIdDesc, HeerIdDesc.ZERO)).toThrow(expect.objectContaining({ code: 'ID_ZERO_SENTINEL' }));
    expect(() => refuseZeroKey(KEY_GENERATORS.ranjId, RanjId.ZERO)).toThrow(expect.objectContaining({ code: 'ID_ZERO_SENTINEL' }));
    refuseZeroKey(KEY_GENERATORS.heerId, '1');
    refuseZeroKey(KEY_GENERATORS.serial, 0);
  });
});

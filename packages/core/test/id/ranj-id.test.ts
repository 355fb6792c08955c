import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RanjId, RanjIdDesc, type RanjIdFields } from '../../src/id/ranj-id.ts';
import { ranjVectors } from './vectors.ts';

const anyParts: fc.Arbitrary<RanjIdFields> = fc.record({
  timestamp: fc.bigInt(0n, 2n ** 89n - 1n),
  precision: fc.constantFrom('us', 'ns', 'ps', 'fs'),
  nodeId: fc.integer({ min: 0, max: 32767 }),
  sequence: fc.integer({ min: 0, max: 65535 }),
});
const bytesOf = (uuid: string): Uint8Array => Uint8Array.from(uuid.replaceAll('-', '').match(/../g)!, (hex) => Number.parseInt(hex, 16));
const withCode = (code: string): unknown => expect.objectContaining({ code });

describe('the fixed vectors', () => {
  test.each(ranjVectors)(
    'time %s %s, node %s, sequence %s is %s ascending and %s newest first',
    (timestamp, precision, nodeId, sequence, ascending, desc) => {
      const parts = { timestamp, precision, nodeId, sequence };
      expect(RanjId.fromParts(parts)).toBe(ascending);
      expect(RanjIdDesc.fromParts(parts)).toBe(desc);
      expect(RanjId.parts(RanjId.parse(ascending))).toMatchObject(parts);
      expect(RanjIdDesc.parts(RanjIdDesc.parse(desc))).toMatchObject(parts);
      expect(RanjId.toDesc(RanjId.parse(ascending))).toBe(desc);
      expect(RanjIdDesc.toAscending(RanjIdDesc.parse(desc))).toBe(ascending);
      expect(RanjId.fromBytes(bytesOf(ascending))).toBe(ascending);
      expect(RanjIdDesc.toBytes(RanjIdDesc.parse(desc))).toEqual(bytesOf(desc));
    },
  );
});

describe('laws', () => {
  test('parts undoes fromParts, and timestampMicros is the floor', () => {
    const perMicro = { us: 1n, ns: 1000n, ps: 10n ** 6n, fs: 10n ** 9n };
    fc.assert(
      fc.property(anyParts, (parts) => {
        const expected = { ...parts, timestampMicros: parts.timestamp / perMicro[parts.precision] };
        expect(RanjId.parts(RanjId.fromParts(parts))).toEqual(expected);
        expect(RanjIdDesc.parts(RanjIdDesc.fromParts(parts))).toEqual(expected);
      }),
    );
  });

  test('flipping twice gives the id back, and a flipped id is an id of the same precision and node', () => {
    fc.assert(
      fc.property(anyParts, (parts) => {
        const id = RanjId.fromParts(parts),
          flipped = RanjId.toDesc(id);
        expect(RanjIdDesc.is(flipped)).toBe(true);
        expect(RanjIdDesc.toAscending(flipped)).toBe(id);
        expect(RanjIdDesc.parts(flipped)).toEqual(RanjId.parts(id));
      }),
    );
  });

  test('among ids of one precision the order is time, node, sequence, and its inverse with node kept', () => {
    const sign = (value: bigint): number => (value < 0n ? -1 : value > 0n ? 1 : 0);
    fc.assert(
      fc.property(anyParts, anyParts, fc.boolean(), (left, right, isSameTime) => {
        const other = { ...right, precision: left.precision, ...(isSameTime ? { timestamp: left.timestamp } : {}) };
        const chronological = sign(left.timestamp - other.timestamp) || left.nodeId - other.nodeId || left.sequence - other.sequence;
        expect(RanjId.compare(RanjId.fromParts(left), RanjId.fromParts(other))).toBe(Math.sign(chronological));
        const newestFirst = sign(other.timestamp - left.timestamp) || left.nodeId - other.nodeId || other.sequence - left.sequence;
        expect(RanjIdDesc.compare(RanjIdDesc.fromParts(left), RanjIdDesc.fromParts(other))).toBe(Math.sign(newestFirst));
      }),
    );
  });

  test('bytes round trip, and the text order is the order of the bytes', () => {
    fc.assert(
      fc.property(anyParts, anyParts, (left, right) => {
        const a = RanjId.fromParts(left),
          b = RanjId.fromParts(right);
        expect(RanjId.fromBytes(RanjId.toBytes(a))).toBe(a);
        expect(RanjId.compare(a, b)).toBe(Buffer.compare(RanjId.toBytes(a), RanjId.toBytes(b)));
      }),
    );
  });

  test('parse reads any case and answers in lower case', () => {
    fc.assert(
      fc.property(anyParts, (parts) => {
        const id = RanjId.fromParts(parts);
        expect(RanjId.parse(id.toUpperCase())).toBe(id);
      }),
    );
  });
});

describe('bytes', () => {
  test('are copied both ways', () => {
    const source = bytesOf('00000000-0000-8000-8007-a1200007002a'),
      id = RanjId.fromBytes(source);
    source.fill(0);
    expect(id).toBe('00000000-0000-8000-8007-a1200007002a');
    RanjId.toBytes(id).fill(0);
    expect(RanjId.toBytes(id)).toEqual(bytesOf(id));
  });

  test('of another length, version or variant are refused', () => {
    const bytes = bytesOf('00000000-0000-8000-8007-a1200007002a');
    expect(() => RanjId.fromBytes(bytes.subarray(1))).toThrow(withCode('ID_INVALID_LENGTH'));
    expect(() => RanjId.fromBytes(new Uint8Array(17))).toThrow(withCode('ID_INVALID_LENGTH'));
    expect(() => RanjId.fromBytes(bytes.map((byte, at) => (at === 8 ? 0x47 : byte)))).toThrow(withCode('ID_INVALID_VARIANT'));
    expect(() => RanjId.fromBytes(bytes.map((byte, at) => (at === 6 ? 0x40 : byte)))).toThrow(withCode('ID_INVALID_VERSION'));
  });
});

describe('bad input', () => {
  test.each([
    ['550e8400-e29b-41d4-a716-446655440000', 'ID_INVALID_VERSION'],
    ['00000000-0000-0000-0000-000000000000', 'ID_INVALID_VERSION'],
    ['00000000-0000-8000-4000-000000000000', 'ID_INVALID_VARIANT'],
    ['00000000-0000-8000-c000-000000000000', 'ID_INVALID_VARIANT'],
    ['00000000-0000-8000-C000-000000000000', 'ID_INVALID_VARIANT'],
    ['0000000000008000800000000000000a', 'ID_INVALID_STRING'],
    ['{00000000-0000-8000-8000-000000000000}', 'ID_INVALID_STRING'],
    ['', 'ID_INVALID_STRING'],
    ['00000000-0000-8000-8000-00000000000g', 'ID_INVALID_STRING'],
    ['00000000-0000-8000-8000-000000000000\n', 'ID_INVALID_STRING'],
    [7, 'ID_INVALID_STRING'],
    [null, 'ID_INVALID_STRING'],
  ])('parse(%j) is refused with %s', (value, code) => {
    expect(() => RanjId.parse(value)).toThrow(withCode(code));
    expect(RanjId.safeParse(value)).toMatchObject({ ok: false, error: { code } });
    expect(RanjId.is(value)).toBe(false);
  });

  test('is() accepts the canonical form only', () => {
    expect(RanjId.is('00000000-0000-8000-A000-00000000000A')).toBe(false);
    expect(RanjId.is('00000000-0000-8000-a000-00000000000a')).toBe(true);
  });

  test.each([
    [{ timestamp: 2n ** 89n, precision: 'us', nodeId: 0, sequence: 0 }, 'ID_TIMESTAMP_OUT_OF_RANGE', 89],
    [{ timestamp: -1n, precision: 'us', nodeId: 0, sequence: 0 }, 'ID_TIMESTAMP_OUT_OF_RANGE', 89],
    [{ timestamp: 0n, precision: 'us', nodeId: 32768, sequence: 0 }, 'ID_NODE_OUT_OF_RANGE', 15],
    [{ timestamp: 0n, precision: 'us', nodeId: 0, sequence: 65536 }, 'ID_SEQUENCE_OUT_OF_RANGE', 16],
    [{ timestamp: 0n, precision: 'ms', nodeId: 0, sequence: 0 }, 'ID_PRECISION_UNKNOWN', 2],
  ])('fromParts is refused with %s %s', (parts, code, bits) => {
    expect(() => RanjId.fromParts(parts as RanjIdFields)).toThrow(expect.objectContaining({ code, bits }));
  });
});

describe('the rest of the surface', () => {
  test('ZERO is the nil UUID, which no parser accepts', () => {
    expect(RanjId.isZero(RanjId.ZERO)).toBe(true);
    expect(RanjId.is(RanjId.ZERO)).toBe(false);
  });

  test('flips map arrays', () => {
    const ids = ranjVectors.map(([, , , , ascending]) => RanjId.parse(ascending));
    expect(RanjId.toDesc(ids)).toEqual(ranjVectors.map((vector) => vector[5]));
    expect(RanjIdDesc.toAscending(RanjId.toDesc(ids))).toEqual(ids);
  });

  test('toDate rounds down to milliseconds, in every precision, and subtracts the offset of the epoch', () => {
    const at = (timestamp: bigint, precision: RanjIdFields['precision']) =>
      RanjId.fromParts({ timestamp, precision, nodeId: 1, sequence: 0 });
    expect(RanjId.toDate(at(1_999n, 'us')).toISOString()).toBe('2026-01-01T00:00:00.001Z');
    expect(RanjId.toDate(at(1_999_999n, 'ns')).toISOString()).toBe('2026-01-01T00:00:00.001Z');
    expect(RanjId.toDate(at(5_000n, 'us'), { epochOffsetMicros: 5_001n }).toISOString()).toBe('2025-12-31T23:59:59.999Z');
    expect(RanjId.toDate(at(2n ** 70n, 'us'), { epochOffsetMicros: 2n ** 70n, epoch: 0 }).getTime()).toBe(0);
    expect(() => RanjId.toDate(at(2n ** 89n - 1n, 'us'))).toThrow(withCode('ID_TIMESTAMP_OUT_OF_RANGE'));
  });
});

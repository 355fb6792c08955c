import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDjogiError } from '../../src/error/error.ts';
import { HeerId, HeerIdDesc, isHeerIdText, type HeerIdParts } from '../../src/id/heer-id.ts';
import { heerVectors } from './vectors.ts';

const anyParts: fc.Arbitrary<HeerIdParts> = fc.record({
  timestampMs: fc.bigInt(0n, 2n ** 41n - 1n),
  nodeId: fc.integer({ min: 0, max: 511 }),
  sequence: fc.integer({ min: 0, max: 8191 }),
});
const anyBits = fc.bigInt(0n, 2n ** 63n - 1n);

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isDjogiError(error)) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

describe('the fixed vectors', () => {
  test.each(heerVectors)(
    'time %s, node %s, sequence %s is %s ascending and %s newest first',
    (timestampMs, nodeId, sequence, ascending, desc) => {
      const parts = { timestampMs, nodeId, sequence };
      expect(HeerId.fromParts(parts)).toBe(ascending);
      expect(HeerIdDesc.fromParts(parts)).toBe(desc);
      expect(HeerId.parts(HeerId.parse(ascending))).toEqual(parts);
      expect(HeerIdDesc.parts(HeerIdDesc.parse(desc))).toEqual(parts);
      expect(HeerId.toDesc(HeerId.parse(ascending))).toBe(desc);
      expect(HeerIdDesc.toAscending(HeerIdDesc.parse(desc))).toBe(ascending);
    },
  );

  test('a stored 0 read as newest first is the latest moment', () => {
    expect(HeerIdDesc.parts(HeerIdDesc.ZERO)).toEqual({ timestampMs: 2199023255551n, nodeId: 0, sequence: 8191 });
  });
});

describe('laws', () => {
  test('parts undoes fromParts, in both orders', () => {
    fc.assert(
      fc.property(anyParts, (parts) => {
        expect(HeerId.parts(HeerId.fromParts(parts))).toEqual(parts);
        expect(HeerIdDesc.parts(HeerIdDesc.fromParts(parts))).toEqual(parts);
      }),
    );
  });

  test('flipping twice gives the id back, and a flipped id is an id', () => {
    fc.assert(
      fc.property(anyBits, (bits) => {
        const id = HeerId.fromBigInt(bits),
          flipped = HeerId.toDesc(id);
        expect(HeerIdDesc.is(flipped)).toBe(true);
        expect(HeerIdDesc.toAscending(flipped)).toBe(id);
        expect(HeerIdDesc.parts(flipped)).toEqual(HeerId.parts(id));
      }),
    );
  });

  test('ascending order is time, node, sequence; newest first inverts time and sequence and keeps node', () => {
    const chronological = (a: HeerIdParts, b: HeerIdParts): number =>
      Number(a.timestampMs - b.timestampMs) || a.nodeId - b.nodeId || a.sequence - b.sequence;
    fc.assert(
      fc.property(anyParts, anyParts, fc.boolean(), (left, right, isSameTime) => {
        const other = isSameTime ? { ...right, timestampMs: left.timestampMs } : right;
        expect(HeerId.compare(HeerId.fromParts(left), HeerId.fromParts(other))).toBe(Math.sign(chronological(left, other)));
        const newestFirst = Number(other.timestampMs - left.timestampMs) || left.nodeId - other.nodeId || other.sequence - left.sequence;
        expect(HeerIdDesc.compare(HeerIdDesc.fromParts(left), HeerIdDesc.fromParts(other))).toBe(Math.sign(newestFirst));
      }),
    );
  });

  test('compare is the order of the integers', () => {
    fc.assert(
      fc.property(anyBits, anyBits, (left, right) => {
        expect(HeerId.compare(HeerId.fromBigInt(left), HeerId.fromBigInt(right))).toBe(left < right ? -1 : left > right ? 1 : 0);
      }),
    );
  });

  test('bigint, text and JSON round trips keep every bit', () => {
    fc.assert(
      fc.property(anyBits, (bits) => {
        const id = HeerId.fromBigInt(bits);
        expect(HeerId.toBigInt(id)).toBe(bits);
        expect(HeerId.parse(id)).toBe(id);
        expect(HeerId.parse((JSON.parse(JSON.stringify({ id })) as { id: string }).id)).toBe(id);
      }),
    );
  });

  test('leading zeros are dropped, whatever their number', () => {
    fc.assert(
      fc.property(anyBits, fc.nat(40), (bits, zeros) => {
        expect(HeerId.parse('0'.repeat(zeros) + String(bits))).toBe(String(bits));
      }),
    );
  });

  test('isHeerIdText accepts exactly the canonical decimals of 63 bits', () => {
    const nearTheEnd = fc.bigInt(2n ** 63n - 1000n, 2n ** 63n + 1000n);
    fc.assert(
      fc.property(fc.oneof(fc.bigInt(-10n, 2n ** 70n), nearTheEnd), (bits) => {
        expect(isHeerIdText(String(bits))).toBe(bits >= 0n && bits < 2n ** 63n);
      }),
    );
  });
});

describe('bad input', () => {
  test.each([
    ['-1', 'ID_NEGATIVE'],
    [-1, 'ID_NEGATIVE'],
    ['abc', 'ID_INVALID_STRING'],
    ['9223372036854775808', 'ID_INVALID_STRING'],
    [2 ** 60, 'ID_INVALID_STRING'],
    ['', 'ID_INVALID_STRING'],
    [' 1', 'ID_INVALID_STRING'],
    ['1 ', 'ID_INVALID_STRING'],
    ['+1', 'ID_INVALID_STRING'],
    ['1.0', 'ID_INVALID_STRING'],
    ['1e3', 'ID_INVALID_STRING'],
    ['٣', 'ID_INVALID_STRING'],
    ['0x10', 'ID_INVALID_STRING'],
    [1.5, 'ID_INVALID_STRING'],
    [Number.NaN, 'ID_INVALID_STRING'],
    [null, 'ID_INVALID_STRING'],
    [undefined, 'ID_INVALID_STRING'],
    [{}, 'ID_INVALID_STRING'],
    [1n, 'ID_INVALID_STRING'],
    ['1\n', 'ID_INVALID_STRING'],
  ])('parse(%s) is refused with %s', (value, code) => {
    expect(codeOf(() => HeerId.parse(value))).toBe(code);
    expect(HeerId.safeParse(value)).toMatchObject({ ok: false, error: { code } });
    expect(HeerId.is(value)).toBe(false);
  });

  test('fromBigInt refuses what is not 63 bits', () => {
    expect(codeOf(() => HeerId.fromBigInt(-1n))).toBe('ID_NEGATIVE');
    expect(codeOf(() => HeerId.fromBigInt(2n ** 63n))).toBe('ID_INVALID_STRING');
  });

  test.each([
    [{ timestampMs: 0n, nodeId: 512, sequence: 0 }, 'ID_NODE_OUT_OF_RANGE', 512, 9],
    [{ timestampMs: 0n, nodeId: 0, sequence: 8192 }, 'ID_SEQUENCE_OUT_OF_RANGE', 8192, 13],
    [{ timestampMs: 2n ** 41n, nodeId: 0, sequence: 0 }, 'ID_TIMESTAMP_OUT_OF_RANGE', '2199023255552', 41],
    [{ timestampMs: -1n, nodeId: 0, sequence: 0 }, 'ID_TIMESTAMP_OUT_OF_RANGE', '-1', 41],
    [{ timestampMs: 0n, nodeId: -1, sequence: 0 }, 'ID_NODE_OUT_OF_RANGE', -1, 9],
    [{ timestampMs: 0n, nodeId: 1.5, sequence: 0 }, 'ID_NODE_OUT_OF_RANGE', 1.5, 9],
    [{ timestampMs: 0n, nodeId: 0, sequence: Number.NaN }, 'ID_SEQUENCE_OUT_OF_RANGE', Number.NaN, 13],
  ])('fromParts(%o) is refused with %s, the value and the width', (parts, code, value, bits) => {
    expect(() => HeerId.fromParts(parts)).toThrow(expect.objectContaining({ code, value, bits }));
    expect(() => HeerIdDesc.fromParts(parts)).toThrow(expect.objectContaining({ code }));
  });
});

describe('the rest of the surface', () => {
  test('parse accepts safe numbers', () => {
    expect(HeerId.parse(Number.MAX_SAFE_INTEGER)).toBe('9007199254740991');
    expect(HeerId.parse(-0)).toBe('0');
  });

  test('flips map arrays and leave the source alone', () => {
    const ids = [HeerId.parse('1'), HeerId.parse('8192')],
      before = [...ids];
    const flipped = HeerId.toDesc(ids);
    expect(flipped).toEqual(['9223372036850589694', '9223372036850597887']);
    expect(ids).toEqual(before);
    expect(HeerIdDesc.toAscending(flipped)).toEqual(ids);
    expect(HeerId.toDesc([])).toEqual([]);
  });

  test('ZERO is the zero of both orders and parses', () => {
    expect(HeerId.ZERO).toBe('0');
    expect(HeerId.isZero(HeerId.parse('000'))).toBe(true);
    expect(HeerIdDesc.isZero(HeerIdDesc.parse('1'))).toBe(false);
  });

  test('toDate counts from 2026 unless told otherwise', () => {
    const parts = { timestampMs: 86_400_000n, nodeId: 1, sequence: 0 };
    expect(HeerId.toDate(HeerId.fromParts(parts)).toISOString()).toBe('2026-01-02T00:00:00.000Z');
    expect(HeerIdDesc.toDate(HeerIdDesc.fromParts(parts)).toISOString()).toBe('2026-01-02T00:00:00.000Z');
    expect(HeerId.toDate(HeerId.fromParts(parts), { epoch: 0 }).toISOString()).toBe('1970-01-02T00:00:00.000Z');
    expect(HeerId.toDate(HeerId.fromParts(parts), { epoch: new Date('2030-01-01T00:00:00Z') }).toISOString()).toBe(
      '2030-01-02T00:00:00.000Z',
    );
    expect(HeerId.toDate(HeerId.parse('9223372036854775807')).toISOString()).toBe('2095-09-07T15:47:35.551Z');
  });

  test.each([1.5, Number.NaN, new Date(Number.NaN)])('toDate refuses the epoch %s', (epoch) => {
    expect(codeOf(() => HeerId.toDate(HeerId.ZERO, { epoch }))).toBe('VALIDATION');
  });

  test('ids are values: usable as keys and with ===', () => {
    expect(HeerId.equals(HeerId.parse('07'), HeerId.parse(7))).toBe(true);
    expect(new Map([[HeerId.parse('7'), 'x']]).get(HeerId.parse(7))).toBe('x');
    expect(Object.isFrozen(HeerId) && Object.isFrozen(HeerIdDesc)).toBe(true);
  });
});

// Framing, on bytes alone: however the stream is cut, the same messages come out.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameReader, FramingError } from '../../src/pg/frame-reader.ts';
import { decodeFailure, rowDecoder } from '../../src/pg/row-decoder.ts';
import type { WireBytes } from '../../src/value/codec.ts';
import { int4, shape, text } from '../support/wire-codecs.ts';

type Seen = readonly [type: number, payload: string];

function message(type: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(5 + payload.length);
  bytes[0] = type;
  bytes.writeInt32BE(4 + payload.length, 1);
  bytes.set(payload, 5);
  return bytes;
}

function collector(): { seen: Seen[]; reader: FrameReader } {
  const seen: Seen[] = [];
  const reader = new FrameReader({
    message: (type, bytes, start, end) => seen.push([type, Buffer.from(bytes.subarray(start, end)).toString('hex')]),
  });
  return { seen, reader };
}

/** Pushes the stream in the given pieces through one buffer that is overwritten each time, as a socket does. */
function pushInPieces(reader: FrameReader, stream: Buffer, cuts: readonly number[]): void {
  const shared = Buffer.alloc(stream.length);
  const bounds = [...new Set([0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length])].toSorted((left, right) => left - right);
  for (const [index, start] of bounds.slice(0, -1).entries()) {
    const end = bounds[index + 1]!;
    shared.fill(0xee);
    stream.copy(shared, 0, start, end);
    reader.push(shared, end - start);
  }
}

const payloads = fc.array(fc.tuple(fc.integer({ min: 49, max: 122 }), fc.uint8Array({ maxLength: 300 })), { minLength: 1, maxLength: 30 });

test('gives the same messages however the stream is cut', () => {
  fc.assert(
    fc.property(payloads, fc.array(fc.nat(), { maxLength: 60 }), (messages, cuts) => {
      const { seen, reader } = collector();
      pushInPieces(reader, Buffer.concat(messages.map(([type, payload]) => message(type, payload))), cuts);
      expect(seen).toEqual(messages.map(([type, payload]) => [type, Buffer.from(payload).toString('hex')]));
    }),
  );
});

test('gives the same messages when they arrive byte by byte', () => {
  fc.assert(
    fc.property(payloads, (messages) => {
      const { seen, reader } = collector();
      const stream = Buffer.concat(messages.map(([type, payload]) => message(type, payload)));
      for (const byte of stream) reader.push(Buffer.of(byte), 1);
      expect(seen).toEqual(messages.map(([type, payload]) => [type, Buffer.from(payload).toString('hex')]));
    }),
    { numRuns: 30 },
  );
});

test('decodes the same rows however the stream is cut', () => {
  const projection = shape({ id: int4, name: text });
  const row = (id: number | null, name: string | null): Buffer => {
    const values = [
      id === null ? null : Buffer.from(new Uint8Array(new Int32Array([id]).buffer)).reverse(),
      name === null ? null : Buffer.from(name),
    ];
    const count = Buffer.from([0, 2]);
    return message(
      68,
      Buffer.concat([
        count,
        ...values.flatMap((value) => {
          const length = Buffer.alloc(4);
          length.writeInt32BE(value?.length ?? -1);
          return value === null ? [length] : [length, value];
        }),
      ]),
    );
  };
  const rows = fc.array(
    fc.record({
      id: fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
      name: fc.option(fc.string({ unit: 'grapheme', maxLength: 40 })),
    }),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(rows, fc.array(fc.nat(), { maxLength: 40 }), (expected, cuts) => {
      const decode = rowDecoder(projection, '10'),
        seen: unknown[] = [];
      const reader = new FrameReader({ message: (_type, bytes, start) => seen.push(decode(bytes, start)) });
      pushInPieces(reader, Buffer.concat(expected.map(({ id, name }) => row(id, name))), cuts);
      expect(seen).toEqual(expected.map(({ id, name }) => ({ id, name })));
    }),
  );
});

test('reads a message far larger than a read in time that grows with its size only', () => {
  const size = 64 * 1024 * 1024,
    piece = Buffer.alloc(65_536, 97);
  let received = 0;
  const reader = new FrameReader({
    message: (_type, _bytes, start, end) => {
      received += end - start;
    },
  });
  const header = Buffer.alloc(5);
  header[0] = 68;
  header.writeInt32BE(size + 4, 1);
  reader.push(header, 5);
  const start = performance.now();
  for (let sent = 0; sent < size; sent += piece.length) reader.push(piece, piece.length);
  expect(received).toBe(size);
  // Copying all that arrived so far at each of the 1,024 reads would move 32 GB.
  expect(performance.now() - start).toBeLessThan(2_000);
});

test('refuses a length that no message can have', () => {
  const { reader } = collector();
  expect(() => reader.push(Buffer.from([68, 0, 0, 0, 3]), 5)).toThrow(FramingError);
});

test('blames the constructor when every value can be read', () => {
  const bytes = Buffer.from([0, 1, 0, 0, 0, 1, 97]) as Buffer & WireBytes;
  const error = decodeFailure(shape({ name: text }, 'people'), '0', bytes, 0, new Error('no such person'));
  expect(error).toMatchObject({ code: 'DECODE', table: 'people' });
  expect(error.message).toMatch(/could not be constructed/);
});

// Cuts the byte stream of the server into messages. A message that lies whole in one read is handed on in place; only what straddles two reads
// is copied. Knows the framing (type byte, int32 length) and nothing of what the messages mean.
// Source: https://www.postgresql.org/docs/18/protocol-overview.html#PROTOCOL-MESSAGE-CONCEPTS

import type { WireBytes } from '../value/codec.ts';

/** Receives each message. `start` and `end` bound the payload. The bytes are reused after the call: copy what is kept. */
export interface FrameSink {
  message(type: number, bytes: WireBytes, start: number, end: number): void;
}

/** The peer does not speak the protocol: a length that no message can have, or none at this point. */
export class FramingError extends Error {
  constructor(length: number) {
    super(`A message of the server claims a length of ${length} bytes.`);
    this.name = 'FramingError';
  }
}

/** Node's buffers have the string readers; its types leave them out. */
type ReadBuffer = Buffer & WireBytes;

/** The length is a signed number of 32 bits, so this refuses none. */
export const ANY_LENGTH = 2 ** 31 - 1;

const HEADER = 5;
/** Holds a straddling message of ordinary size; a larger buffer is let go after its message. */
const CARRY_BYTES = 1 << 16;

export class FrameReader {
  /** Replaced when the handshake is over; the next message goes to the new sink, also within one read. */
  sink: FrameSink;
  /** The longest message that is believed, in bytes. */
  maxLength: number;
  #carry: ReadBuffer | null = null;
  #carried = 0;

  constructor(sink: FrameSink, maxLength = ANY_LENGTH) {
    this.sink = sink;
    this.maxLength = maxLength;
  }

  /** Takes the first `length` of `bytes`, which may be reused afterwards. */
  push(bytes: Buffer, length: number): void {
    const chunk = bytes as ReadBuffer;
    let at = 0;
    if (this.#carried > 0) {
      at = this.#complete(chunk, length);
      if (at < 0) return;
    }
    while (length - at >= HEADER) {
      const end = at + 1 + this.#lengthAt(chunk, at + 1);
      if (end > length) break;
      this.sink.message(chunk[at]!, chunk, at + HEADER, end);
      at = end;
    }
    if (at < length) this.#keep(chunk, at, length);
  }

  /** Completes the carried message from the new bytes. Returns where the next message begins, or -1 while bytes are missing. */
  #complete(chunk: ReadBuffer, length: number): number {
    let at = 0;
    const header = this.#carry!;
    while (this.#carried < HEADER && at < length) header[this.#carried++] = chunk[at++]!;
    if (this.#carried < HEADER) return -1;
    const total = 1 + this.#lengthAt(header, 1);
    const take = Math.min(total - this.#carried, length - at);
    const carry = this.#reserve(this.#carried + take, total);
    chunk.copy(carry, this.#carried, at, at + take);
    this.#carried += take;
    if (this.#carried < total) return -1;
    this.#carried = 0;
    if (carry.length > CARRY_BYTES) this.#carry = null;
    this.sink.message(carry[0]!, carry, HEADER, total);
    return at + take;
  }

  #keep(chunk: ReadBuffer, at: number, length: number): void {
    const carry = this.#reserve(length - at, length - at);
    chunk.copy(carry, 0, at, length);
    this.#carried = length - at;
  }

  /** Grows by doubling, so that a message of a gigabyte is copied twice at most, and never beyond the message. */
  #reserve(size: number, total: number): ReadBuffer {
    const carry = this.#carry;
    if (carry !== null && carry.length >= size) return carry;
    const grown = Buffer.allocUnsafeSlow(Math.max(Math.min(total, Math.max(size, (carry?.length ?? 0) * 2)), CARRY_BYTES)) as ReadBuffer;
    carry?.copy(grown, 0, 0, this.#carried);
    this.#carry = grown;
    return grown;
  }

  #lengthAt(bytes: WireBytes, at: number): number {
    const length = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    if (length < 4 || length > this.maxLength) throw new FramingError(length);
    return length;
  }
}

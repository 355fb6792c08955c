// The outgoing bytes of one connection: a buffer that grows, the primitive writers that codecs use, and the frame around a message.

import type { WireWriter } from '../value/codec.ts';

const INITIAL_BYTES = 1 << 14;
/** Up to here a copy is cheaper than a new buffer; above it the buffer itself goes to the socket. */
const COPY_BYTES = 1 << 15;
/** Strings up to this length are written by a loop while they are ASCII. */
const SHORT_TEXT = 40;

interface TextTarget extends Buffer {
  utf8Write(text: string, offset: number, length: number): number;
}

export class MessageWriter implements WireWriter {
  /** How much is written and not yet taken. May be set back to an earlier value to drop what was written since. */
  length = 0;
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES) as TextTarget;
  #view = new DataView(this.#buffer.buffer);

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.length++] = value;
  }

  int16(value: number): void {
    this.#reserve(2);
    const buffer = this.#buffer;
    buffer[this.length++] = value >>> 8;
    buffer[this.length++] = value;
  }

  int32(value: number): void {
    this.#reserve(4);
    this.patchInt32(this.length, value);
    this.length += 4;
  }

  float32(value: number): void {
    this.#reserve(4);
    this.#view.setFloat32(this.length, value);
    this.length += 4;
  }

  float64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.length, value);
    this.length += 8;
  }

  bytes(value: Uint8Array): void {
    const size = value.length;
    this.#reserve(size);
    const buffer = this.#buffer,
      at = this.length;
    // `set` has a fixed cost of some 30 ns, which a loop undercuts up to about this size.
    if (size <= 32) for (let index = 0; index < size; index++) buffer[at + index] = value[index]!;
    else buffer.set(value, at);
    this.length = at + size;
  }

  utf8(value: string): void {
    const size = value.length;
    // The exact size of a long text is worth a pass over it; a short one reserves the worst case.
    this.#reserve(size > 4096 ? Buffer.byteLength(value) : size * 3);
    const buffer = this.#buffer;
    let at = this.length;
    if (size <= SHORT_TEXT) {
      let index = 0;
      for (; index < size; index++) {
        const unit = value.charCodeAt(index);
        if (unit > 127) break;
        buffer[at++] = unit;
      }
      if (index === size) {
        this.length = at;
        return;
      }
    }
    this.length += buffer.utf8Write(value, this.length, buffer.length - this.length);
  }

  /** A zero-terminated string. The caller has made sure that it has no zero inside. */
  cstring(value: string): void {
    this.utf8(value);
    this.byte(0);
  }

  beginSized(): number {
    this.int32(0);
    return this.length;
  }

  endSized(mark: number): void {
    this.patchInt32(mark - 4, this.length - mark);
  }

  patchInt32(at: number, value: number): void {
    const buffer = this.#buffer;
    buffer[at] = value >>> 24;
    buffer[at + 1] = value >>> 16;
    buffer[at + 2] = value >>> 8;
    buffer[at + 3] = value;
  }

  /** Begins a message; returns the position that `end` needs. */
  begin(type: number): number {
    const start = this.length;
    this.byte(type);
    this.int32(0);
    return start;
  }

  /** Ends a message: its length counts itself but not the type byte. */
  end(start: number): void {
    this.patchInt32(start + 1, this.length - start - 1);
  }

  /** What was written, as bytes that stay as they are, and empties the writer. */
  take(): Buffer {
    const size = this.length;
    this.length = 0;
    if (size <= COPY_BYTES) return Buffer.from(this.#buffer.subarray(0, size));
    // A new one of the initial size: one large value must not keep its space for the life of the connection.
    const taken = this.#buffer.subarray(0, size);
    this.#replace(Buffer.allocUnsafeSlow(INITIAL_BYTES) as TextTarget);
    return taken;
  }

  #reserve(size: number): void {
    if (this.length + size > this.#buffer.length) this.#grow(size);
  }

  #grow(size: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.length + size)) as TextTarget;
    this.#buffer.copy(grown, 0, 0, this.length);
    this.#replace(grown);
  }

  #replace(buffer: TextTarget): void {
    this.#buffer = buffer;
    this.#view = new DataView(buffer.buffer);
  }
}

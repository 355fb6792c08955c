// SHA-256 of short texts, synchronous and without `node:`: derived names are needed in the browser too, and Web Crypto only answers asynchronously.
// Source: FIPS 180-4, sections 4.1.2, 5.1.1 and 6.2.

/** The first `count` primes, from which the standard takes its constants. */
function primes(count: number): number[] {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; candidate++) if (found.every((prime) => candidate % prime !== 0)) found.push(candidate);
  return found;
}

/** The first 32 bits of the fractional part of a root. */
const fraction = (root: number): number => ((root % 1) * 2 ** 32) | 0;

let constants: { initial: number[]; rounds: number[] } | undefined;

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** The SHA-256 digest of `text` as UTF-8, in 64 lower-case hex digits. */
export function sha256Hex(text: string): string {
  constants ??= {
    initial: primes(8).map((prime) => fraction(Math.sqrt(prime))),
    rounds: primes(64).map((prime) => fraction(Math.cbrt(prime))),
  };
  const { rounds } = constants;
  const message = new TextEncoder().encode(text);
  const padded = new Uint8Array(((message.length + 9 + 63) >> 6) << 6);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(message.length / 2 ** 29));
  view.setUint32(padded.length - 4, message.length << 3);

  const state = [...constants.initial];
  const schedule = new Int32Array(64);
  for (let block = 0; block < padded.length; block += 64) {
    for (let at = 0; at < 16; at++) schedule[at] = view.getInt32(block + at * 4);
    for (let at = 16; at < 64; at++) {
      const before = schedule[at - 15]!,
        last = schedule[at - 2]!;
      const s0 = rotate(before, 7) ^ rotate(before, 18) ^ (before >>> 3);
      const s1 = rotate(last, 17) ^ rotate(last, 19) ^ (last >>> 10);
      schedule[at] = (schedule[at - 16]! + s0 + schedule[at - 7]! + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state as [number, number, number, number, number, number, number, number];
    for (let at = 0; at < 64; at++) {
      const first = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + rounds[at]! + schedule[at]!) | 0;
      const second = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, at) => {
      state[at] = (state[at]! + word) | 0;
    });
  }
  return state.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

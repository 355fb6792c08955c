// Results of different libraries in one form, so that they can be compared: plain data under the property names of a model.

import { createHash } from 'node:crypto';
import { COLUMNS } from './rows.ts';

/** Columns that the server makes: they differ from run to run where rows are written. */
const GENERATED = new Set(['id', 'createdAt', 'updatedAt']);

/** One row as JSON in the order of the columns; keys may be properties or column names. Anything that is no column stays at the end. */
export function normalRow(row: object, isWritten: boolean): string {
  const given = new Map(Object.entries(row));
  const normal: [string, unknown][] = [];
  for (const [property, column] of Object.entries(COLUMNS)) {
    const key = given.has(property) ? property : column;
    if (!given.has(key)) continue;
    if (!(isWritten && GENERATED.has(property))) normal.push([property, plain(given.get(key), isWritten)]);
    given.delete(key);
  }
  for (const [key, value] of given) normal.push([key, plain(value, isWritten)]);
  return JSON.stringify(normal);
}

/** Rows inside are rows like others. */
function plain(value: unknown, isWritten: boolean): unknown {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map((one) => plain(one, isWritten));
  return typeof value === 'object' && value !== null ? normalRow(value, isWritten) : value;
}

/** The rows in the lists of a row. */
const rowsInside = (row: object): number =>
  Object.values(row).reduce(
    (sum: number, held: unknown) => sum + (Array.isArray(held) && typeof held[0] === 'object' ? held.length : 0),
    0,
  );

export interface Sample {
  /** Rows inside of others included. */
  readonly count: number;
  readonly digest: string;
  /** The first row, for whoever has to find a difference. */
  readonly first: string;
}

/** Collects rows into something small enough to be sent and compared. */
export class SampleDigest {
  readonly #hash = createHash('sha256');
  readonly #isWritten: boolean;
  #count = 0;
  #first = '';

  constructor(isWritten: boolean) {
    this.#isWritten = isWritten;
  }

  add(row: object): void {
    const text = normalRow(row, this.#isWritten);
    if (this.#count === 0) this.#first = text;
    this.#count += 1 + rowsInside(row);
    this.#hash.update(text).update('\n');
  }

  sample(): Sample {
    return { count: this.#count, digest: this.#hash.digest('hex'), first: this.#first };
  }
}

// Finds rows of input that have one key.

import type { ColumnList } from './column-lists.ts';

/** The position of each row whose values in all `columns` an earlier row has, with that of the first such. A missing or null value is no key. */
export function distinctKey(columns: readonly Pick<ColumnList, 'field' | 'values' | 'presence'>[], count: number): [number, number][] {
  const seen = new Map<unknown, number>(),
    twice: [number, number][] = [];
  for (let at = 0; at < count; at++) {
    const key = keyAt(columns, at);
    if (key === null) continue;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, at);
    else twice.push([at, first]);
  }
  return twice;
}

/** One text or value is the key as it is; several, with their lengths. */
function keyAt(columns: readonly Pick<ColumnList, 'field' | 'values' | 'presence'>[], at: number): unknown {
  let key = '';
  for (const { field, values, presence } of columns) {
    const value = values[at];
    if (value === null || value === undefined || presence?.[at] === false) return null;
    const text = typeof value === 'string' ? value : field.valueKind.codec.text.encode(value);
    if (columns.length === 1) return text;
    key += `${text.length}:${text}`;
  }
  return key;
}

// Change tracking: what a row looked like when it was loaded. Kept beside the row, never on it, so that serialisation and spread see plain columns.

import type { StoredField } from './runtime.ts';

/** The tracked fields of a row with their values at load: as they are for immutable kinds, encoded for kinds that change in place. */
interface Baseline {
  readonly fields: readonly StoredField[];
  readonly values: unknown[];
  readonly marked: Set<string>;
}

const baselines = new WeakMap<object, Baseline>();

/**
 * What stands for a value when it is compared later: itself, or its encoded form for kinds that change in place. A value that its kind refuses stands
 * for itself, so that it differs from every good one and validation finds it.
 */
export function comparable({ valueKind: { isMutable, tracking, validate, codec } }: StoredField, value: unknown): unknown {
  if (isMutable !== true || value === null || value === undefined) return value;
  if (tracking !== undefined) return tracking.state(value);
  return validate(value) === null ? codec.text.encode(value) : value;
}

/** Remembers the values of `from`, the row itself unless given, as clean. */
export function keepBaseline(row: object, fields: readonly StoredField[], from: object = row): void {
  baselines.set(row, {
    fields,
    values: fields.map((field) => comparable(field, (from as Record<string, unknown>)[field.property])),
    marked: new Set(),
  });
}

/** After a write: the values that the database returned are clean; what was assigned meanwhile stays dirty. */
export function renewBaseline(row: object, stored: object, properties: ReadonlySet<string>): void {
  const baseline = baselines.get(row);
  baseline?.fields.forEach((field, at) => {
    if (!properties.has(field.property)) return;
    baseline.values[at] = comparable(field, (stored as Record<string, unknown>)[field.property]);
    baseline.marked.delete(field.property);
  });
}

/** The tracked properties whose value differs from the baseline, and those marked by hand. */
export function dirtyProperties(row: object): string[] {
  const baseline = baselines.get(row);
  if (baseline === undefined) return [];
  return baseline.fields
    .filter(
      (field, at) =>
        baseline.marked.has(field.property) || isChanged(field, baseline.values[at], (row as Record<string, unknown>)[field.property]),
    )
    .map((field) => field.property);
}

function isChanged(field: StoredField, before: unknown, value: unknown): boolean {
  const now = comparable(field, value);
  if (Object.is(before, now)) return false;
  if (field.valueKind.tracking?.isSame(before, now) === true) return false;
  if (field.valueKind.isMutable === true || before === null || now === null || before === undefined || now === undefined) return true;
  if (field.valueKind.validate(now) !== null) return true;
  // `1.0` and `1.00` are equal decimals and yet different texts: what would be written decides.
  return field.valueKind.codec.text.encode(before) !== field.valueKind.codec.text.encode(now);
}

/** True when the property is tracked on this row. */
export function isTracked(row: object, property: string): boolean {
  return baselines.get(row)?.fields.some((field) => field.property === property) ?? false;
}

export function mark(row: object, property: string): void {
  baselines.get(row)?.marked.add(property);
}

/** Makes the present value of one property, or of all, the baseline. */
export function unmark(row: object, property?: string): void {
  const baseline = baselines.get(row);
  baseline?.fields.forEach((field, at) => {
    if (property !== undefined && field.property !== property) return;
    baseline.values[at] = comparable(field, (row as Record<string, unknown>)[field.property]);
    baseline.marked.delete(field.property);
  });
}

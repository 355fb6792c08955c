// Ordering and distinctness by names that arrive as data: from a shell, a query string, a stored report. Names are properties of the row, or computed fields.

import { isExpression } from '@djogi/core/extension';
import { ValidationError, type Order } from '@djogi/core';
import { distinctOn, ordered, refuse } from './refine.ts';
import type { Selection } from './selection.ts';

export interface OrderByNameOptions {
  /** Where NULLs go. Default: Postgres's own, last when ascending and first when descending. */
  readonly nulls?: 'first' | 'last';
}

export function orderedByName(
  selection: Selection,
  name: unknown,
  direction: unknown = 'asc',
  options: OrderByNameOptions = {},
): Selection {
  if (direction !== 'asc' && direction !== 'desc') return refuse(selection, 'order', "orderByName goes 'asc' or 'desc'");
  if (typeof options !== 'object' || options === null) return refuse(selection, 'order', 'orderByName takes an object of options');
  const { nulls } = options;
  if (nulls !== undefined && nulls !== 'first' && nulls !== 'last') refuse(selection, 'order', "orderByName puts NULLs 'first' or 'last'");
  return ordered(
    selection,
    (bag: Readonly<Record<string, unknown>>) => {
      const key = expressionNamed(selection, bag, name);
      if (!(direction in key))
        throw new ValidationError([{ path: String(name), rule: 'order', message: 'has no order' }], { model: selection.runtime.table });
      const order = (key as Readonly<Record<string, () => Order>>)[direction]!();
      return nulls === undefined ? order : nulls === 'first' ? order.nullsFirst() : order.nullsLast();
    },
    false,
  );
}

export function distinctOnNames(selection: Selection, names: unknown): Selection {
  if (!Array.isArray(names)) return refuse(selection, 'distinct_on', 'distinctOnNames wants a list of names');
  return distinctOn(selection, (bag: Readonly<Record<string, unknown>>) =>
    names.map((name: unknown) => expressionNamed(selection, bag, name)),
  );
}

function expressionNamed(selection: Selection, bag: Readonly<Record<string, unknown>>, name: unknown): object {
  const found = namedIn(selection, bag, name);
  if (!isExpression(found))
    throw new ValidationError([{ path: String(name), rule: 'unknown_field', message: 'is no field of the rows that can be compared' }], {
      model: selection.runtime.table,
    });
  return found;
}

/** Rows of chosen columns know those by their names, rows of the model its fields by their properties, and the computed ones. */
function namedIn({ runtime, derived }: Selection, bag: Readonly<Record<string, unknown>>, name: unknown): unknown {
  if ((derived?.built ?? null) !== null)
    return derived!.columns.some(({ property }) => property === name) ? bag[name as string] : undefined;
  const field = fieldExpression(runtime, bag, name);
  return field === undefined && runtime.descriptor.computed.some((each) => each.name === name) ? bag[name as string] : field;
}

/** The expression of a stored field in a bag, by its property; undefined for other names. */
export function fieldExpression({ byProperty }: Selection['runtime'], bag: Readonly<Record<string, unknown>>, property: unknown): unknown {
  const field = byProperty.get(property as string);
  if (field === undefined) return undefined;
  const entry = bag[field.descriptor.name];
  return field.spec?.stored === 'key' ? (entry as { readonly id: unknown }).id : entry;
}

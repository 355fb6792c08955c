// Rows with fewer columns: `only` the named ones, or all but those that `defer` names. Plain objects, since a row of the model is a whole one: what is saved,
// refreshed or compared with what was loaded must have been loaded.

import { ValidationError } from '@djogi/core';
import { alone, refuse } from './refine.ts';
import { columnIn } from './rows.ts';
import { columnsOf, type RowColumn, type Selection } from './selection.ts';

/** The columns of these properties, in the order in which they are named. */
export function onlyColumns(selection: Selection, properties: readonly unknown[]): Selection {
  return chosen(selection, [...new Set(named(selection, properties, 'only'))], 'only');
}

/** The columns of all other properties. */
export function withoutColumns(selection: Selection, properties: readonly unknown[]): Selection {
  const left = new Set(named(selection, properties, 'defer'));
  return chosen(
    selection,
    columnsOf(selection).filter((column) => !left.has(column)),
    'defer',
  );
}

function named(selection: Selection, properties: readonly unknown[], method: string): RowColumn[] {
  const columns = new Map<unknown, RowColumn>(columnsOf(selection).map((column) => [column.property, column]));
  const issues = properties.flatMap((property) =>
    columns.has(property)
      ? []
      : [{ path: String(property), rule: 'unknown_field', message: `is no column of the rows, which ${method} wants` }],
  );
  if (issues.length > 0) throw new ValidationError(issues, { model: selection.runtime.table });
  return properties.map((property) => columns.get(property)!);
}

function chosen(selection: Selection, columns: readonly RowColumn[], method: string): Selection {
  const rows = alone(selection, method);
  if (columns.length === 0) refuse(selection, 'projection', `${method} leaves no column to ask for`);
  const { source } = selection;
  return {
    ...rows,
    projection: {
      as: 'object',
      names: columns.map(({ property }) => property),
      nodes: columns.map((column) => columnIn(source, column)),
    },
  };
}

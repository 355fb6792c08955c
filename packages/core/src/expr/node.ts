// The expression IR: few node kinds, immutable, printable. What an operation means lives in the operator table; what a value means in its kind.

import type { ValueKind } from '../value/kind.ts';
import type { Operator } from './operators.ts';

/**
 * Where columns come from: one appearance of a table in a statement. Identity is scope: two queries over one table have two sources, and a column
 * belongs to exactly one of them, which is how correlation by closure works.
 */
export interface Source {
  readonly kind: 'source';
  /** The table's name, or the name of a WITH query. */
  readonly name: string;
  readonly schema?: string | undefined;
}

/** A stored column. `property` is the row's property, which the evaluator reads. `isRequired`: declared NOT NULL, so that comparing it with null is a mistake. */
export interface ColumnNode { readonly kind: 'column'; readonly source: Source; readonly column: string; readonly property: string; readonly valueKind: ValueKind; readonly isRequired: boolean }

/** A value of one call. One node has one placeholder, wherever it is repeated. */
export interface ValueNode { readonly kind: 'value'; readonly value: unknown; readonly valueKind: ValueKind }

/** A placeholder of a statement that is compiled before its values are known. `slot` orders them. */
export interface ParameterNode { readonly kind: 'parameter'; readonly slot: number; readonly valueKind: ValueKind }

/** An operator of the table with its arguments. */
export interface OperationNode { readonly kind: 'operation'; readonly operator: Operator; readonly operands: readonly Node[]; readonly valueKind: ValueKind }

/** Declared SQL text: defaults, generated columns, checks. Never part of a query that users compose. */
export interface SqlNode { readonly kind: 'sql'; readonly text: string; readonly valueKind: ValueKind }

export type Node = ColumnNode | ValueNode | ParameterNode | OperationNode | SqlNode;

export type Direction = 'asc' | 'desc';
/** One sort key. `nulls` absent leaves it to Postgres: last when ascending, first when descending. */
export interface OrderTerm { readonly by: Node; readonly direction: Direction; readonly nulls?: 'first' | 'last' | undefined }

export const source = (name: string, schema?: string): Source => Object.freeze({ kind: 'source', name, schema });
export const column = (from: Source, name: string, property: string, valueKind: ValueKind, isRequired = false): ColumnNode => ({ kind: 'column', source: from, column: name, property, valueKind, isRequired });
export const value = (of: unknown, valueKind: ValueKind): ValueNode => ({ kind: 'value', value: of, valueKind });
export const parameter = (slot: number, valueKind: ValueKind): ParameterNode => ({ kind: 'parameter', slot, valueKind });
export const operation = (operator: Operator, operands: readonly Node[], valueKind: ValueKind): OperationNode => ({ kind: 'operation', operator, operands, valueKind });
export const sqlText = (text: string, valueKind: ValueKind): SqlNode => ({ kind: 'sql', text, valueKind });

// From a statement to something a connection can execute: text, parameter codecs and row shape, looked up by the statement's fingerprint.

import { InternalError } from '../error/error.ts';
import type { CompiledStatement, RowShape } from '../db/port.ts';
import type { Node } from '../expr/node.ts';
import { Fingerprint, identityOf } from './fingerprint.ts';
import { withNamedQueries } from './named-queries.ts';
import { renderStatement, type RenderedStatement } from './render-statement.ts';
import type { Statement } from './statement.ts';

/** Compiles a statement whose placeholders are all parameters: the `slot` of each says which value it takes. `values(...)` orders them. */
export interface FixedStatement<Row> {
  readonly compiled: CompiledStatement<Row>;
  /** For each `$n`, the slot it takes its value from; null when they are the slots in order. */
  readonly slots: readonly number[] | null;
}

export function compileFixed<Row>(statement: Statement, rows: RowShape<Row> | null): FixedStatement<Row> {
  const { text, placeholders } = renderStatement(statement);
  const slots = placeholders.map((placeholder) => {
    if (placeholder.kind !== 'parameter') throw new InternalError('A fixed statement has a value in it.');
    return placeholder.slot;
  });
  const compiled = { text, parameters: placeholders.map((placeholder) => placeholder.valueKind.codec), rows };
  return { compiled, slots: slots.every((slot, index) => slot === index) ? null : slots };
}

/** The values of a fixed statement in the order of its placeholders. */
export function orderedValues(fixed: FixedStatement<unknown>, bySlot: readonly unknown[]): readonly unknown[] {
  return fixed.slots === null ? bySlot : fixed.slots.map((slot) => bySlot[slot]);
}

/** Renders a statement that is sent once, with the queries it reads by name; its text is kept nowhere. `asLiterals`: for what takes no parameters. */
export function renderOnce(statement: Statement, options?: { readonly asLiterals?: boolean }): RenderedStatement {
  const fingerprint = new Fingerprint();
  fingerprint.statement(statement);
  return renderStatement(fingerprint.missing.size > 0 ? withNamedQueries(statement, fingerprint.missing) : statement, options);
}

/** How many shapes are kept per cache. An application has some hundreds; one that builds shapes without end must not grow without end. */
const MAX_SHAPES = 1000;

interface ShapeEntry {
  readonly compiled: CompiledStatement<any>;
  readonly order: readonly number[];
}

/** Who reads the columns that come back: one text can be read in two ways, as `x::bigint` into a number or a bigint. A whole row is read as its model says. */
function resultKey(statement: Statement): string {
  switch (statement.kind) {
    case 'select':
      return 'nodes' in statement.projection ? '' : readersOf(statement.projection);
    case 'setOperation':
      return resultKey(statement.arms[0]!);
    case 'with':
      return resultKey(statement.body);
    case 'insert':
    case 'update':
    case 'delete':
      return statement.returning === null ? '' : readersOf(statement.returning.nodes);
    default:
      return '';
  }
}

const readersOf = (nodes: readonly Node[]): string => nodes.map(({ valueKind }) => identityOf(valueKind.codec)).join();

/** Rendered statements by shape. May be dropped at any moment. */
export class ShapeCache {
  readonly #entries = new Map<string, ShapeEntry>();

  get size(): number {
    return this.#entries.size;
  }

  /** The compiled statement of this shape and the values of this call. `rows` is asked only when the shape is new. */
  compile<Row>(statement: Statement, rows: () => RowShape<Row> | null, salt = ''): { compiled: CompiledStatement<Row>; values: unknown[] } {
    const fingerprint = new Fingerprint();
    fingerprint.key = salt;
    fingerprint.statement(statement);
    if (fingerprint.missing.size > 0) return this.compile(withNamedQueries(statement, fingerprint.missing), rows, salt);
    fingerprint.key += resultKey(statement);
    let entry = this.#entries.get(fingerprint.key);
    if (entry === undefined) {
      const { text, placeholders } = renderStatement(statement);
      entry = {
        compiled: { text, parameters: placeholders.map((placeholder) => placeholder.valueKind.codec), rows: rows() },
        order: placeholders.map((placeholder) => {
          if (placeholder.kind !== 'value') throw new InternalError('A statement that takes its values later was compiled by its shape.');
          return fingerprint.positionOf(placeholder);
        }),
      };
      if (this.#entries.size >= MAX_SHAPES) this.#entries.delete(this.#entries.keys().next().value!);
      this.#entries.set(fingerprint.key, entry);
    }
    const { order } = entry,
      nodes = fingerprint.values,
      values = new Array<unknown>(order.length);
    for (let at = 0; at < order.length; at++) values[at] = nodes[order[at]!]!.value;
    return { compiled: entry.compiled as CompiledStatement<Row>, values };
  }
}

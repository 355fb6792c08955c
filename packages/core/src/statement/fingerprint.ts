// The shape of a statement as a key, and the values that vary under it. Built in one walk per call; equal keys mean equal text, so a rendered
// statement can be looked up instead of rendered again.

import { unreachable } from '../error/error.ts';
import type { Node, OrderTerm, Source, ValueNode } from '../expr/node.ts';
import { OPERATORS, type OperatorName } from '../expr/operators.ts';
import type { Returning, SelectStatement, Statement } from './statement.ts';

/** Collects the key and the value nodes of one statement. */
export class Fingerprint {
  key = '';
  /** Every value node once, in the order of first appearance. */
  readonly values: ValueNode[] = [];
  readonly #sources: Source[] = [];

  source(source: Source): void {
    let at = this.#sources.indexOf(source);
    if (at < 0) {
      at = this.#sources.push(source) - 1;
      this.key += `[${source.schema ?? ''}.${source.name}]`;
    }
    this.key += at;
  }

  node(node: Node): void {
    switch (node.kind) {
      case 'column':
        this.source(node.source);
        // With its length: a name may hold whatever else stands in a key.
        this.key += `"${node.column.length}"${node.column}`;
        return;
      case 'value': {
        // The same node twice shares a placeholder, so sharing is part of the shape.
        const at = this.values.indexOf(node);
        if (at >= 0) { this.key += `=${at};`; return; }
        this.values.push(node);
        this.key += `?${identityOf(node.valueKind)};`;
        return;
      }
      case 'operation':
        // An operator of another package may have the name of one of core's, and another text.
        this.key += OPERATORS[node.operator.name as OperatorName] === node.operator ? node.operator.name : `@${identityOf(node.operator)}`;
        this.key += '(';
        for (const operand of node.operands) this.node(operand);
        this.key += ')';
        return;
      case 'parameter':
        this.key += `$${node.slot};${identityOf(node.valueKind)};`;
        return;
      case 'sql':
        this.key += `{${node.text.length}}${node.text}`;
        return;
      default:
        unreachable(node);
    }
  }

  nodes(nodes: readonly Node[]): void {
    this.key += '<';
    for (const node of nodes) this.node(node);
    this.key += '>';
  }

  order(terms: readonly OrderTerm[]): void {
    for (const term of terms) {
      this.key += `${term.direction}${term.nulls ?? ''}:`;
      this.node(term.by);
    }
  }

  statement(statement: Statement): void {
    this.key += statement.kind;
    switch (statement.kind) {
      case 'select': return this.#select(statement);
      case 'exists':
      case 'count': return this.#select(statement.of);
      case 'insert': {
        const { rows, conflict } = statement;
        this.source(statement.into);
        this.key += JSON.stringify(statement.columns);
        if (rows.kind === 'values') this.nodes(rows.values);
        else if (rows.kind === 'select') this.#select(rows.select);
        else if (rows.kind === 'lists') {
          for (const column of rows.columns) {
            this.node(column.list);
            this.key += `~${column.restore ?? ''}`;
            if (column.presence !== undefined) { this.node(column.presence.list); this.key += `!${column.presence.otherwise}`; }
          }
        }
        if (conflict !== undefined) {
          this.key += `C${JSON.stringify(conflict.target ?? null)}`;
          if (conflict.action !== 'nothing') {
            this.#assignments(conflict.action.set);
            if (conflict.action.where !== null) this.node(conflict.action.where);
          }
        }
        return this.#returning(statement.returning);
      }
      case 'update':
        this.source(statement.table);
        this.#assignments(statement.set);
        this.#where(statement.where);
        return this.#returning(statement.returning);
      case 'delete':
        this.source(statement.from);
        this.#where(statement.where);
        return this.#returning(statement.returning);
      case 'with':
        for (const query of statement.queries) { this.key += `"${query.name}"${query.columns === undefined ? '' : JSON.stringify(query.columns)}`; this.statement(query.statement); }
        return this.statement(statement.body);
      default:
        return unreachable(statement);
    }
  }

  #select(statement: SelectStatement): void {
    if (statement.from === null) this.key += '-';
    else this.source(statement.from);
    if (statement.distinct !== undefined) {
      this.key += 'D';
      if (statement.distinct !== true) this.nodes(statement.distinct);
    }
    if ('nodes' in statement.projection) this.key += `P${statement.projection.key}`;
    else this.nodes(statement.projection);
    this.#where(statement.where);
    this.order(statement.orderBy);
    if (typeof statement.limit === 'number') this.key += `L${statement.limit}`;
    else if (statement.limit !== undefined) { this.key += 'L'; this.node(statement.limit); }
    if (statement.offset !== undefined) { this.key += 'O'; this.node(statement.offset); }
    if (statement.lock !== undefined) {
      this.key += `F${statement.lock.strength}${statement.lock.wait}`;
      for (const of of statement.lock.of ?? []) this.source(of);
    }
  }

  #where(where: Node | null): void {
    this.key += 'W';
    if (where !== null) this.node(where);
  }

  #assignments(set: readonly { readonly column: string; readonly to: Node }[]): void {
    for (const assignment of set) { this.key += `"${assignment.column.length}"${assignment.column}`; this.node(assignment.to); }
  }

  #returning(returning: Returning | null): void {
    if (returning === null) return;
    this.key += 'R';
    if (returning.old !== undefined) { this.key += 'o'; this.source(returning.old); }
    if (returning.new !== undefined) { this.key += 'n'; this.source(returning.new); }
    this.nodes(returning.nodes);
  }
}

const identities = new WeakMap<object, number>();
let nextIdentity = 0;

/** A number for an object, for keys: two kinds with one name are still two. */
function identityOf(object: object): number {
  let identity = identities.get(object);
  if (identity === undefined) {
    identity = nextIdentity++;
    identities.set(object, identity);
  }
  return identity;
}

// The shape of a statement as a key, and the values that vary under it. Built in one walk per call; equal keys mean equal text, so a rendered
// statement can be looked up instead of rendered again.

import { unreachable } from '../error/error.ts';
import { ValidationError } from '../error/value-error.ts';
import { operandsOf, type NamedRows, type Node, type OrderTerm, type Source, type ValueNode, type WindowNode } from '../expr/node.ts';
import { Numbering } from '../expr/numbering.ts';
import { OPERATORS, type OperatorName } from '../expr/operators.ts';
import type {
  Conflict,
  Grouping,
  InsertStatement,
  ListedColumn,
  QueryStatement,
  Returning,
  SelectStatement,
  Statement,
  WithStatement,
} from './statement.ts';

/** Collects the key and the value nodes of one statement. */
export class Fingerprint {
  key = '';
  readonly #values = new Numbering<ValueNode>();
  /** The sources that a column may refer to here, innermost last, with the number each got when it came into scope. */
  readonly #visible: Source[] = [];
  readonly #numbers: number[] = [];
  #sourceCount = 0;
  /** The queries of the WITHs around, and those that no WITH has: whoever compiles the statement puts them into one. */
  readonly #named: NamedRows[] = [];
  readonly missing = new Set<NamedRows>();
  readonly #tables: Set<string> | undefined;

  /** `tables` collects the names of all tables. */
  constructor(tables?: Set<string>) {
    this.#tables = tables;
  }

  /** Every value node once, in the order of first appearance. */
  get values(): readonly ValueNode[] {
    return this.#values.nodes;
  }

  /** Where a value stands among them. */
  positionOf(node: ValueNode): number {
    return this.#values.positionOf(node);
  }

  /** Brings a source into scope. */
  #declare(source: Source): void {
    if (source.rows !== undefined) this.#nested(source.rows as QueryStatement);
    else if (source.named !== undefined) this.#namedRows(source.named);
    else this.#tables?.add(source.name);
    const number = this.#sourceCount++;
    this.#visible.push(source);
    this.#numbers.push(number);
    this.key += `[${source.schema === undefined ? '' : sized(source.schema)}.${sized(source.name)}]${number}`;
  }

  #namedRows(named: NamedRows): void {
    const at = this.#named.indexOf(named);
    if (at < 0) this.missing.add(named);
    this.key += `w${at}`;
  }

  /** Walks `inside` and takes the sources it declared out of scope again. */
  #scope(inside: () => void): void {
    const depth = this.#visible.length;
    inside();
    this.#visible.length = depth;
    this.#numbers.length = depth;
  }

  #nested(statement: Statement): void {
    this.key += '(';
    this.statement(statement);
    this.key += ')';
  }

  #reference(source: Source): void {
    const at = this.#visible.lastIndexOf(source);
    if (at < 0 && source.via !== undefined) {
      const { from, relation } = source.via;
      this.#tables?.add(source.name);
      this.#reference(from);
      this.key += `>${sized(relation)}`;
      return;
    }
    if (at < 0)
      throw new ValidationError([
        {
          path: '',
          rule: 'scope',
          message: `a column of ${source.name} is used outside the query it belongs to: a bag may be used inside the callbacks of its own query and of queries nested in them`,
        },
      ]);
    this.key += this.#numbers[at];
  }

  node(node: Node): void {
    switch (node.kind) {
      case 'column':
        this.#reference(node.source);
        this.key += `"${sized(node.column)}`;
        return;
      case 'value': {
        // The same node twice shares a placeholder, so sharing is part of the shape.
        const at = this.#values.positionOf(node);
        if (at >= 0) {
          this.key += `=${at};`;
          return;
        }
        this.#values.add(node);
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
      case 'constant':
        this.key += `'${sized(node.text)}`;
        return;
      case 'parameter':
        this.key += `$${node.slot};${identityOf(node.valueKind)};`;
        return;
      case 'sql':
        this.key += `{${sized(node.text)}`;
        return;
      case 'subquery':
        return this.#nested(node.rows as Statement);
      case 'quantified':
        this.key += node.quantifier;
        return this.node(node.of);
      case 'case':
        this.key += `K${node.branches.length}`;
        return this.nodes(operandsOf(node));
      case 'cast':
        this.key += `:${sized(node.valueKind.castType)}`;
        return this.node(node.operand);
      case 'aggregate':
        this.key += `A${sized(node.name)}${node.isDistinct ? 'd' : ''}${node.operands === null ? '*' : node.operands.length};`;
        for (const operand of node.operands ?? []) this.node(operand);
        this.order(node.orderBy);
        this.key += '/';
        this.order(node.within);
        return this.#where(node.filter);
      case 'window':
        return this.#window(node);
      default:
        unreachable(node);
    }
  }

  #window({ of, partitionBy, orderBy, frame }: WindowNode): void {
    this.key += 'O';
    this.node(of);
    this.nodes(partitionBy);
    this.order(orderBy);
    if (frame === null) return;
    this.key += `${frame.unit}${frame.exclude ?? ''}`;
    for (const bound of [frame.from, frame.to]) {
      if (typeof bound === 'string') this.key += `|${bound}`;
      else if ('preceding' in bound) {
        this.key += '|p';
        this.node(bound.preceding);
      } else {
        this.key += '|f';
        this.node(bound.following);
      }
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
    this.#scope(() => {
      this.key += statement.kind;
      switch (statement.kind) {
        case 'select':
          return this.#select(statement);
        case 'exists':
        case 'count':
          return this.#select(statement.of);
        case 'setOperation':
          this.key += statement.operator;
          for (const arm of statement.arms) this.#nested(arm);
          this.key += statement.orderBy.map((order) => `${order.position}${order.direction}${order.nulls ?? ''},`).join('');
          return this.#limit(statement);
        case 'insert':
          return this.#insert(statement);
        case 'update':
          this.#declare(statement.table);
          for (const source of statement.from ?? []) this.#declare(source);
          this.#assignments(statement.set);
          this.#where(statement.where);
          return this.#returning(statement.returning);
        case 'delete':
          this.#declare(statement.from);
          this.#where(statement.where);
          return this.#returning(statement.returning);
        case 'with':
          return this.#with(statement);
        case 'lists':
          this.key += JSON.stringify(statement.names);
          return this.#lists(statement.columns);
        default:
          return unreachable(statement);
      }
    });
  }

  #with({ isRecursive, queries, body }: WithStatement): void {
    if (isRecursive === true) this.key += 'r';
    for (const { name, columns, statement, isMaterialized, search, cycle, of } of queries) {
      this.key += `"${sized(name)}${JSON.stringify([columns ?? null, isMaterialized ?? null, search ?? null, cycle ?? null])}`;
      if (of !== undefined) this.#named.push(of);
      this.#nested(statement);
    }
    this.statement(body);
  }

  #insert({ into, columns, rows, conflict, returning }: InsertStatement): void {
    this.key += `${JSON.stringify(columns)}${rows.kind}`;
    if (rows.kind === 'values') this.nodes(rows.values);
    else if (rows.kind === 'select') this.#nested(rows.select);
    else if (rows.kind === 'lists') {
      if (rows.keys !== undefined) this.key += `#${sized(rows.keys.column)}${sized(rows.keys.by)}`;
      this.#lists(rows.columns);
    }
    this.#declare(into);
    if (conflict !== undefined) {
      this.#conflictTarget(conflict.target);
      if (conflict.action !== 'nothing') {
        const { set, where, offered } = conflict.action;
        this.#declare(offered);
        this.#assignments(set);
        this.#where(where);
      }
    }
    this.#returning(returning);
  }

  #lists(columns: readonly ListedColumn[]): void {
    for (const column of columns) {
      this.node(column.list);
      if (column.restore !== undefined) this.key += `~${sized(column.restore)}`;
      if (column.presence !== undefined) {
        this.key += '!';
        this.node(column.presence.list);
        this.key += sized(column.presence.otherwise);
      }
    }
  }

  #conflictTarget(target: Conflict['target']): void {
    this.key += 'C';
    if (target === undefined) return;
    if ('constraint' in target) {
      this.key += `#${sized(target.constraint)}`;
      return;
    }
    this.key += JSON.stringify(target.columns);
    const { where } = target;
    if (where === undefined) return;
    this.#scope(() => {
      this.#declare(where.of);
      this.#where(where.node);
    });
  }

  #select(statement: SelectStatement): void {
    if (statement.from === null) this.key += '-';
    else this.#declare(statement.from);
    for (const join of statement.joins ?? []) {
      this.key += `J${join.kind}${join.isLateral === true ? 'l' : ''}`;
      this.#declare(join.source);
      this.#where(join.on);
    }
    if (statement.outputs !== undefined) this.key += JSON.stringify(statement.outputs);
    if (statement.distinct !== undefined) {
      this.key += 'D';
      if (statement.distinct !== true) this.nodes(statement.distinct);
    }
    if ('nodes' in statement.projection) this.key += `P${statement.projection.key}`;
    else this.nodes(statement.projection);
    this.#where(statement.where);
    if (statement.groupBy !== undefined) this.#grouping(statement.groupBy);
    if (statement.having !== undefined) {
      this.key += 'H';
      this.#where(statement.having);
    }
    this.order(statement.orderBy);
    this.#limit(statement);
    if (statement.lock !== undefined) {
      this.key += `F${statement.lock.strength}${statement.lock.wait}`;
      for (const of of statement.lock.of ?? []) this.#reference(of);
    }
  }

  #grouping(grouping: Grouping): void {
    this.key += `G${grouping.kind}`;
    this.nodes(grouping.keys);
    if (grouping.kind === 'sets') this.key += JSON.stringify(grouping.sets);
  }

  #limit({ limit, offset }: Pick<SelectStatement, 'limit' | 'offset'>): void {
    if (typeof limit === 'number') this.key += `L${limit}`;
    else if (limit !== undefined) {
      this.key += 'L';
      this.node(limit);
    }
    if (offset !== undefined) {
      this.key += 'S';
      this.node(offset);
    }
  }

  #where(where: Node | null): void {
    this.key += 'W';
    if (where !== null) this.node(where);
  }

  #assignments(set: readonly { readonly column: string; readonly to: Node }[]): void {
    for (const assignment of set) {
      this.key += `"${sized(assignment.column)}`;
      this.node(assignment.to);
    }
  }

  #returning(returning: Returning | null): void {
    if (returning === null) return;
    this.key += 'R';
    if (returning.old !== undefined) {
      this.key += 'o';
      this.#declare(returning.old);
    }
    if (returning.new !== undefined) {
      this.key += 'n';
      this.#declare(returning.new);
    }
    this.nodes(returning.nodes);
  }
}

/** Text with its length before it: a name may hold whatever else stands in a key, and must not be taken for it. */
const sized = (text: string): string => `${text.length}"${text}`;

const identities = new WeakMap<object, number>();
let nextIdentity = 0;

/** A number for an object, for keys: two kinds with one name are still two. */
export function identityOf(object: object): number {
  let identity = identities.get(object);
  if (identity === undefined) {
    identity = nextIdentity++;
    identities.set(object, identity);
  }
  return identity;
}

// What a bag has for the many rows of a relation: no path, which a join would multiply rows for, but conditions and aggregates, each one correlated subquery.

import { ValidationError } from '../error/value-error.ts';
import { hasAggregate } from '../expr/aggregate.ts';
import { countAll } from '../expr/aggregate-functions.ts';
import { column, nearest, operandsOf, operation, source as sourceNode, sqlText, subquery, type Node, type Source } from '../expr/node.ts';
import { BooleanExpression, conjunctionOf, expressionOf, nodeOf, predicateNode } from '../expr/operations.ts';
import { OPERATORS } from '../expr/operators.ts';
import { inScope, isActive } from '../expr/scope.ts';
import { strayColumn } from '../statement/correlation.ts';
import type { SelectStatement } from '../statement/statement.ts';
import { booleanKind, intKind } from '../value/number.ts';
import type { Bag } from './bag.ts';
import type { RelationRuntime } from './relation.ts';

// A bag is typed by its model where callbacks are written; here it is of any model.
type Callback = (bag: any) => unknown;

/** Resolved at first use: a bag is made before the other model may be looked at. */
export interface RelatedModel {
  readonly relation: () => RelationRuntime;
  readonly bag: (source: Source) => Bag;
}

/** The class behind `RelatedRows`. */
export class RelatedRowsOf {
  readonly #from: Source;
  readonly #related: RelatedModel;
  constructor(from: Source, related: RelatedModel) {
    this.#from = from;
    this.#related = related;
  }

  some(where?: Callback): unknown {
    return this.#exists(where, false);
  }
  none(where?: Callback): unknown {
    return (this.#exists(where, false) as { not(): unknown }).not();
  }
  /** A row for which the condition is unknown is one for which it does not hold. */
  every(where: Callback): unknown {
    return (this.#exists(where, true) as { not(): unknown }).not();
  }
  count(where?: Callback): unknown {
    const node = nodeOf(countAll()),
      counted: SelectStatement = { ...this.#rows(where, false), projection: [node] };
    return expressionOf(subquery(counted, node.valueKind));
  }
  aggregate(of: Callback): unknown {
    const target = this.#target(),
      node = this.#scoped(nodeOf(inScope(target.source, () => of(target.bag)) as object), target.source);
    if (!hasAggregate(node) || hasBareColumn(node, target.source))
      this.#refuse('aggregate', 'aggregate wants an aggregate over the related rows, such as v => v.year.max()');
    const aggregated: SelectStatement = { ...this.#rows(undefined, false, target), projection: [node] };
    return expressionOf(subquery(aggregated, node.valueKind));
  }

  #exists(where: Callback | undefined, isInverse: boolean): unknown {
    return new BooleanExpression(operation(OPERATORS.exists, [subquery(this.#rows(where, isInverse), booleanKind)], booleanKind));
  }

  #target(): { readonly source: Source; readonly bag: Bag } {
    const source = sourceNode(this.#related.relation().target.table);
    return { source, bag: this.#related.bag(source) };
  }

  /** `SELECT 1 FROM vehicles WHERE vehicles.owner_id = people.id AND <condition>`; over a model between the two, that one is first and the target joined. */
  #rows(where: Callback | undefined, isInverse: boolean, target = this.#target()): SelectStatement {
    const relation = this.#related.relation(),
      { own, remote, through } = relation,
      { source, bag } = target;
    const conditions: (Node | null)[] = [relation.target.slice?.where(source) ?? null];
    if (where !== undefined || isInverse) {
      if (typeof where !== 'function')
        this.#refuse(
          'callback',
          `a function of the related model's fields is wanted here, not ${where === undefined ? 'nothing' : typeof where}`,
        );
      const node = this.#scoped(predicateNode(inScope(source, () => where(bag))), source);
      const holds = isInverse ? operation(OPERATORS.isTrue, [node], booleanKind) : node;
      conditions.push(isInverse ? operation(OPERATORS.not, [holds], booleanKind) : holds);
    }
    const outer = column(this.#from, own.column, own.property, own.valueKind, !own.descriptor.isNullable);
    const matches = (of: Source, field: typeof own, to: Node): Node =>
      operation(OPERATORS.eq, [column(of, field.column, field.property, field.valueKind), to], booleanKind);
    const one = [sqlText('1', intKind)];
    if (through === null)
      return {
        kind: 'select',
        from: source,
        projection: one,
        where: conjunctionOf([matches(source, remote, outer), ...conditions].filter((node) => node !== null)),
        orderBy: [],
      };
    const between = sourceNode(through.runtime.table);
    return {
      kind: 'select',
      from: between,
      projection: one,
      joins: [
        {
          kind: 'inner',
          source,
          on: matches(source, remote, column(between, through.to.column, through.to.property, through.to.valueKind)),
        },
      ],
      where: conjunctionOf(
        [matches(between, through.from, outer), through.runtime.slice?.where(between) ?? null, ...conditions].filter(
          (node) => node !== null,
        ),
      ),
      orderBy: [],
    };
  }

  #scoped(node: Node, source: Source): Node {
    const stray = strayColumn(node, (named) => named === source || isActive(named) || named === this.#from);
    return stray === null
      ? node
      : this.#refuse(
          'scope',
          `a callback uses ${stray.property} of another query: a bag belongs to the query that gave it, and to those nested in its callbacks`,
        );
  }

  #refuse(rule: string, message: string): never {
    const relation = this.#related.relation();
    throw new ValidationError([{ path: relation.name, rule, message }], { model: this.#from.name });
  }
}

/** A column of one row outside of every aggregate. */
function hasBareColumn(node: Node, of: Source): boolean {
  if (node.kind === 'aggregate') return false;
  if (node.kind === 'column') return nearest(node.source, (source) => source === of) !== null;
  return operandsOf(node).some((operand) => hasBareColumn(operand, of));
}

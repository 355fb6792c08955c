// CASE WHEN ... THEN ... ELSE ... END. Not an expression before its ELSE: a forgotten one would be NULL.

import type { Expr, OrNull, Predicate, Valued } from './expression.ts';
import { mixed } from './mixed.ts';
import { armOf, caseOf, type Node } from './node.ts';
import { expressionOf, predicateNode } from './operations.ts';
import type { PlainExpr, Widened } from './plain-value.ts';

/** What an arm may be beside the first: of the same type, or null. `Of` is never until an arm was an expression. */
type Arm<Of, Values> = [Of] extends [never]
  ? [NonNullable<Values>] extends [never]
    ? unknown
    : Widened<NonNullable<Values>> | Expr<Widened<NonNullable<Values>> | null> | null
  : Of extends Valued<infer Value>
    ? NonNullable<Value> | Expr<Value | null> | null
    : never;
type ExpressionOf<Given> = Given extends Valued<any> ? Given : never;
type ValuesOf<Given> = Given extends Valued<infer Value> ? Value : Given;
type Decided<Of, Given> = [Of] extends [never] ? ExpressionOf<Given> : Of;
type CaseExpr<Of, Values> = [Of] extends [never]
  ? PlainExpr<Values>
  : Of extends Valued<any>
    ? null extends Values
      ? OrNull<Of>
      : Of
    : never;

/** A CASE that still wants its `otherwise`. `Of` is the expression that decides over its type, `Values` what its arms are so far. */
export interface Case<Of, Values> {
  /** `WHEN condition THEN value`, asked after those before it. */
  when<const Given extends Arm<Of, Values>>(condition: Predicate, value: Given): Case<Decided<Of, Given>, Values | ValuesOf<Given>>;
  /** `ELSE value END` */
  otherwise<const Given extends Arm<Of, Values>>(value: Given): CaseExpr<Decided<Of, Given>, Values | ValuesOf<Given>>;
}

interface Branch {
  readonly when: Node;
  readonly value: unknown;
}

class CaseBuilder {
  readonly #branches: readonly Branch[];
  constructor(branches: readonly Branch[]) {
    this.#branches = branches;
  }
  when(condition: unknown, value: unknown): CaseBuilder {
    return new CaseBuilder([...this.#branches, { when: predicateNode(condition), value }]);
  }
  otherwise(value: unknown): unknown {
    const { operands, kind } = mixed([...this.#branches.map((branch) => branch.value), value], { allowsNull: true });
    return expressionOf(
      caseOf(
        this.#branches.map(({ when }, at) => armOf(when, operands[at]!)),
        operands.at(-1)!,
        kind,
      ),
    );
  }
}

/**
 * `CASE WHEN condition THEN value ... ELSE value END`: the value of the first condition that is true.
 *
 * Shape: arms are values or expressions, all of one type. Where all are values, they take the type of what the CASE is compared with or assigned to.
 * Errors: VALIDATION at `otherwise` when an arm is undefined or of another type.
 *
 * @example
 * caseWhen(p.views.gte(1000), 'hot').when(p.views.gte(100), 'warm').otherwise('cold')
 */
export function caseWhen<const Given>(condition: Predicate, value: Given): Case<ExpressionOf<Given>, ValuesOf<Given>> {
  return new CaseBuilder([]).when(condition, value) as unknown as Case<ExpressionOf<Given>, ValuesOf<Given>>;
}

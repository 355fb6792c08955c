// Evaluates a predicate on a row in memory, with SQL's three-valued logic and the answers that Postgres gives. What only SQL can answer is refused,
// wholly: there is no partial evaluation.

import { PredicateError } from '../error/instance-error.ts';
import type { Predicate } from './expression.ts';
import { predicateNode } from './operations.ts';
import { operandsOf, type CaseNode, type CastNode, type Node, type OperationNode, type Source } from './node.ts';
import type { ValueKind } from '../value/kind.ts';
import { doubleKind, numberComparison } from '../value/number.ts';

/** A row, as far as evaluation is concerned: values by property. */
export type ReadableRow = object;

/**
 * The predicate's value for a row: true, false, or null for unknown.
 *
 * Shape: comparisons, null checks, BETWEEN, membership and the logical connectives over the row's own stored fields.
 * Errors: PREDICATE with kind `unsupportedLookup` (only SQL has the operation), `unsupportedFieldType` (the type is not comparable in memory, or
 * its order depends on a collation), `valueTypeMismatch` (two columns whose values are of different JavaScript types) or `unsupportedField` (the row
 * has no such property); VALIDATION with `predicate` or `expression` for what is no predicate.
 *
 * @example
 * const large = query(City).filter(c => c.population.gte(1_000_000)).predicate();
 * cities.filter(city => matches(large, city))
 */
export function evaluate(predicate: Predicate, row: ReadableRow): boolean | null {
  return evaluateNode(predicateNode(predicate), row as Record<string, unknown>) as boolean | null;
}

/** The value of any expression for a row, where it has an in-memory form. Errors as `evaluate`. */
export const evaluateExpression = (node: Node, row: ReadableRow): unknown => evaluateNode(node, row as Record<string, unknown>);

/** The reason why an expression cannot be evaluated in memory, or null when it can. */
export const evaluationProblem = (node: Node): PredicateError | null => nodeProblem(node);

/** True when `evaluate` is: the rows a WHERE clause would keep. */
export function matches(predicate: Predicate, row: ReadableRow): boolean {
  return evaluate(predicate, row) === true;
}

/**
 * The predicate as a test of rows: true for those that a WHERE clause would keep. Whether it has an answer in memory is looked at once, here, and not at the first row.
 *
 * Errors: PREDICATE, as `evaluate`, for a predicate that only the database can answer.
 *
 * @example
 * const isLarge = toPredicate(query(City).filter(c => c.population.gte(1_000_000)).predicate());
 * cities.filter(isLarge)
 */
export function toPredicate(predicate: Predicate): (row: ReadableRow) => boolean {
  const problem = portabilityProblem(predicate);
  if (problem !== null) throw problem;
  return (row) => matches(predicate, row);
}

/** The reason why a predicate cannot be evaluated in memory, or null when it can. */
export function portabilityProblem(predicate: Predicate): PredicateError | null {
  return nodeProblem(predicateNode(predicate));
}

const ORDERED = new Set(['gt', 'gte', 'lt', 'lte', 'between', 'greatest', 'least']);

function nodeProblem(node: Node): PredicateError | null {
  if (node.kind === 'sql') return new PredicateError('unsupportedPredicateKind', 'Declared SQL text has no in-memory form.');
  if (node.kind === 'parameter') return new PredicateError('unsupportedPredicateKind', 'A placeholder has no value to evaluate.');
  if (node.kind === 'column' || node.kind === 'value' || node.kind === 'constant') return null;
  if (node.kind === 'case') return caseProblem(node);
  if (node.kind === 'cast' && isWidening(node)) return nodeProblem(node.operand);
  if (node.kind !== 'operation')
    return new PredicateError('unsupportedPredicateKind', 'Subqueries, aggregates and casts are evaluated by the database only.');
  const { operator, operands } = node;
  if (operator.evaluate === 'sql')
    return new PredicateError(
      'unsupportedLookup',
      `The lookup ${operator.name} exists in SQL only. Filter in the database, or leave it out of the in-memory predicate.`,
    );
  if (comparesOperands(node)) {
    const kind = operands[0]!.valueKind;
    for (const { valueKind } of operands) {
      // A list is compared by its elements.
      const compared = valueKind.comparison === null ? (valueKind.element ?? valueKind) : valueKind;
      if (compared.comparison === null)
        return new PredicateError('unsupportedFieldType', `Values of type ${compared.sqlType} are compared by the database only.`);
      if (!areComparable(kind, compared))
        return new PredicateError(
          'valueTypeMismatch',
          `Values of type ${kind.sqlType} and ${compared.sqlType} are compared by the database only.`,
        );
    }
    if (ORDERED.has(operator.name) && kind.comparison!.isOrderPortable !== true)
      return new PredicateError(
        'unsupportedFieldType',
        `The order of ${kind.sqlType} depends on the database's collation, so ${operator.name} has no in-memory form.`,
      );
  }
  for (const operand of operands) {
    const problem = nodeProblem(operand);
    if (problem !== null) return problem;
  }
  return null;
}

/** A number is the same number in double precision. */
const isWidening = ({ operand, valueKind }: CastNode): boolean =>
  valueKind === doubleKind && operand.valueKind.comparison === numberComparison;

/** The arms of a CASE need no comparison, but whatever uses its value takes it for one of the kind that it has. */
function caseProblem(node: CaseNode): PredicateError | null {
  const arms = [...node.branches.map((branch) => branch.then), node.otherwise];
  const odd = arms.find(({ valueKind }) => !areComparable(node.valueKind, valueKind));
  if (odd !== undefined)
    return new PredicateError(
      'valueTypeMismatch',
      `A CASE of ${node.valueKind.sqlType} and ${odd.valueKind.sqlType} is evaluated by the database only.`,
    );
  for (const operand of operandsOf(node)) {
    const problem = nodeProblem(operand);
    if (problem !== null) return problem;
  }
  return null;
}

/** Two kinds whose values one comparison can take: they share it, or are two instances of one kind (an enum, a decimal class, an array). */
function areComparable(left: ValueKind, right: ValueKind): boolean {
  return left.comparison === right.comparison || (left.name === right.name && left.castType === right.castType);
}

/** IS DISTINCT FROM is the loosest operator that compares values. */
const COMPARES = 4;

const comparesOperands = ({ operator, operands }: OperationNode): boolean =>
  operands.length > 1 && operator.precedence >= COMPARES && operator.mixesKinds !== true;

function evaluateNode(node: Node, row: Record<string, unknown>): unknown {
  switch (node.kind) {
    case 'column': {
      const owner = rowAt(node.source, row);
      if (owner === null) return null;
      const stored = owner[node.property];
      if (stored === undefined)
        throw new PredicateError(
          'unsupportedField',
          `The row has no property ${node.property}. Evaluate on a row of the same model with all its columns.`,
          { field: node.property },
        );
      return stored;
    }
    case 'value':
    case 'constant':
      return node.value;
    case 'operation': {
      const problem = shallowProblem(node);
      if (problem !== null) throw problem;
      const { operator, operands } = node;
      const values = operands.map((operand) => evaluateNode(operand, row));
      if (operator.nulls === 'strict' && values.includes(null)) return null;
      if (operator.evaluate === 'sql') throw nodeProblem(node)!;
      return operator.evaluate(
        values,
        operands.map((operand) => operand.valueKind),
      );
    }
    case 'cast':
      if (!isWidening(node)) throw nodeProblem(node)!;
      return evaluateNode(node.operand, row);
    case 'case': {
      const problem = nodeProblem(node);
      if (problem !== null) throw problem;
      return evaluateNode(node.branches.find(({ when }) => evaluateNode(when, row) === true)?.then ?? node.otherwise, row);
    }
    default:
      throw nodeProblem(node)!;
  }
}

/** The row that a path leads to from the evaluated one; null where a step has no target. */
function rowAt({ via }: Source, row: Record<string, unknown>): Record<string, unknown> | null {
  if (via === undefined) return row;
  const owner = rowAt(via.from, row),
    target = owner === null ? null : owner[via.relation];
  if (target === undefined)
    throw new PredicateError(
      'unsupportedField',
      `The relation ${via.relation} is not loaded on the row. Load it with selectRelated or prefetch before the predicate is evaluated.`,
      { field: via.relation },
    );
  return target as Record<string, unknown> | null;
}

/** The check of one node; its operands are checked as they are evaluated. */
function shallowProblem(node: OperationNode): PredicateError | null {
  return node.operator.evaluate === 'sql' || comparesOperands(node) ? nodeProblem(node) : null;
}

// The classes behind the expression types, one per family of operations. An instance is a node with methods; every method returns a new one.

import { ModelDefinitionError } from '../error/definition-error.ts';
import { ValidationError } from '../error/value-error.ts';
import { arrayCodec } from '../value/array.ts';
import { issuesOf, type OperationClass, type OperationFamily, type ValueKind } from '../value/kind.ts';
import { intervalKind } from '../value/interval.ts';
import { booleanKind, doubleKind, intKind } from '../value/number.ts';
import { textKind } from '../value/text.ts';
import { timestampKind } from '../value/time.ts';
import { aggregateClass, averageCall, countCall, extremeCall, sumCall, type AggregateCall } from './aggregate.ts';
import type { Expr, Order, Predicate, Sql } from './expression.ts';
import { cast, operation, quantified, value as valueNode, type Direction, type Node, type OrderTerm } from './node.ts';
import { OPERATORS, type Operator } from './operators.ts';
import { retyped } from './plain-value.ts';
import { resultKind } from './result-kind.ts';
import { inDouble, roundNode, signNode, toWhole } from './rounding.ts';
import { QuantifiedRows, SubqueryRows } from './subquery.ts';

/** Where an expression keeps its node. */
export const nodeKey: unique symbol = Symbol.for('djogi.node') as never;

/** The node of an expression. Throws VALIDATION for anything else, so that a forgotten call or a boolean is found where it is built. */
export function nodeOf(expression: Expr<unknown> | object): Node {
  const node = (expression as { [nodeKey]?: Node } | null | undefined)?.[nodeKey];
  if (node === undefined)
    throw new ValidationError([{ path: '', rule: 'expression', message: `an expression is wanted here, not ${describe(expression)}` }]);
  return node;
}

/** A JSON path whose last key is named like a lookup is a function too. */
export const isExpression = (candidate: unknown): candidate is Expr<unknown> =>
  ((typeof candidate === 'object' && candidate !== null) || typeof candidate === 'function') && nodeKey in candidate;

function describe(candidate: unknown): string {
  if (candidate === undefined) return 'undefined (does the callback return something?)';
  if (candidate instanceof Promise) return 'a promise (callbacks must not be asynchronous)';
  return candidate === null ? 'null' : `a ${typeof candidate}`;
}

/** The node of a predicate. Throws VALIDATION for other expressions. */
export function predicateNode(predicate: unknown): Node {
  const node = nodeOf(predicate as object);
  if (node.valueKind.name !== 'boolean')
    throw new ValidationError([
      { path: '', rule: 'predicate', message: `a predicate is wanted here, not an expression of type ${node.valueKind.sqlType}` },
    ]);
  return node;
}

/** Where a node's value comes from, for messages. */
const pathOf = (node: Node): string => (node.kind === 'column' ? node.property : '');

/** A value or expression as a node of the given kind. Throws VALIDATION for undefined, null and values the kind refuses. */
export function lift(operand: unknown, kind: ValueKind, path = ''): Node {
  if (isExpression(operand)) return retyped(nodeOf(operand), kind, { path });
  if (operand instanceof SubqueryRows || operand instanceof QuantifiedRows)
    throw new ValidationError([
      {
        path,
        rule: 'subquery',
        message: 'takes no rows: in and notIn do, and comparisons with anyOf and allOf; a single value is asScalar',
      },
    ]);
  if (operand === undefined)
    throw new ValidationError([{ path, rule: 'undefined', message: 'must not be undefined: it would silently become NULL' }]);
  if (operand === null)
    throw new ValidationError([
      { path, rule: 'not_null', message: 'cannot be compared with null: use isNull, isNotNull or isDistinctFrom' },
    ]);
  const problem = kind.validate(operand);
  if (problem !== null) throw new ValidationError(issuesOf(path, problem));
  return valueNode(operand, kind);
}

const listKinds = new WeakMap<ValueKind, ValueKind>();

/** The kind of a list of values, as a parameter: every scalar kind has one, also those that may not be array columns. */
export function listKind(element: ValueKind): ValueKind {
  let kind = listKinds.get(element);
  if (kind === undefined) {
    kind = Object.freeze<ValueKind>({
      name: 'list',
      sqlType: `${element.castType}[]`,
      castType: `${element.castType}[]`,
      codec: arrayCodec(element.codec, element.castType, true),
      comparison: null,
      operations: 'array',
      validate: () => null,
      element,
    });
    listKinds.set(element, kind);
  }
  return kind;
}

function liftList(values: unknown, kind: ValueKind, path: string): Node {
  if (values === undefined)
    throw new ValidationError([{ path, rule: 'undefined', message: 'must not be undefined: a list of values is wanted' }]);
  if (values === null || typeof values !== 'object' || !(Symbol.iterator in values))
    throw new ValidationError([{ path, rule: 'type', message: 'wants a list of values' }]);
  const items = [...(values as Iterable<unknown>)];
  const issues = items.flatMap((item, index) => {
    const problem =
      item === null
        ? { rule: 'not_null', message: 'must not be null in a list: NOT IN with NULL matches nothing' }
        : item === undefined
          ? { rule: 'undefined', message: 'must not be undefined' }
          : kind.validate(item);
    return problem === null ? [] : [{ path: `${path}[${index}]`, rule: problem.rule, message: problem.message }];
  });
  if (issues.length > 0) throw new ValidationError(issues);
  // Dates, bytes and the like are equal by what they say, not by identity.
  const distinct =
    typeof items[0] === 'object' ? new Map(items.map((item) => [kind.codec.text.encode(item), item])).values() : new Set(items);
  return valueNode([...distinct], listKind(kind));
}

/** What every expression has. */
export class Expression {
  readonly [nodeKey]: Node;
  constructor(node: Node) {
    this[nodeKey] = node;
  }
  isNull(): Predicate {
    return test(OPERATORS.isNull, this[nodeKey]);
  }
  isNotNull(): Predicate {
    return test(OPERATORS.isNotNull, this[nodeKey]);
  }
  count(): object {
    return aggregateOf(countCall([this[nodeKey]]));
  }
}

function test(operator: Operator, ...operands: Node[]): Predicate {
  return new BooleanExpression(operation(operator, operands, booleanKind)) as unknown as Predicate;
}

/** `eq(null)`, where there can be a null: on a required column it would match nothing, ever, and the types refuse it. */
function nullTest(operator: Operator, expression: Expression): Predicate {
  const node = nodeOf(expression);
  if (node.kind === 'column' && node.isRequired)
    throw new ValidationError([
      { path: node.property, rule: 'not_null', message: 'is never null: leave the comparison out, or use isNull on purpose' },
    ]);
  return test(operator, node);
}

export class ScalarExpression extends Expression {
  eq(other: unknown): Predicate {
    return other === null ? nullTest(OPERATORS.isNull, this) : compare(OPERATORS.eq, this, other);
  }
  neq(other: unknown): Predicate {
    return other === null ? nullTest(OPERATORS.isNotNull, this) : compare(OPERATORS.neq, this, other);
  }
  in(values: unknown): Predicate {
    return this.#among(OPERATORS.in, values);
  }
  notIn(values: unknown): Predicate {
    return this.#among(OPERATORS.notIn, values);
  }
  isDistinctFrom(other: unknown): Predicate {
    return other === null ? this.isNotNull() : this.#compare(OPERATORS.isDistinctFrom, other);
  }
  isNotDistinctFrom(other: unknown): Predicate {
    return other === null ? this.isNull() : this.#compare(OPERATORS.isNotDistinctFrom, other);
  }

  #compare(operator: Operator, other: unknown): Predicate {
    const node = this[nodeKey];
    return test(operator, node, lift(other, node.valueKind, pathOf(node)));
  }
  #among(operator: Operator, values: unknown): Predicate {
    const node = this[nodeKey];
    if (values instanceof SubqueryRows) return amongRows(operator, node, values);
    return test(operator, node, liftList(values, node.valueKind, pathOf(node)));
  }
}

function amongRows(operator: Operator, node: Node, rows: SubqueryRows): Predicate {
  if (operator === OPERATORS.in) return test(OPERATORS.inRows, node, rows.node);
  if (rows.isNullable)
    throw new ValidationError([
      {
        path: pathOf(node),
        rule: 'not_null',
        message:
          'notIn wants rows that are never NULL, since with one NULL it matches nothing: take a required column, or filter with not(exists(...))',
      },
    ]);
  return test(OPERATORS.notInRows, node, rows.node);
}

export class OrderedExpression extends ScalarExpression {
  gt(other: unknown): Predicate {
    return compare(OPERATORS.gt, this, other);
  }
  gte(other: unknown): Predicate {
    return compare(OPERATORS.gte, this, other);
  }
  lt(other: unknown): Predicate {
    return compare(OPERATORS.lt, this, other);
  }
  lte(other: unknown): Predicate {
    return compare(OPERATORS.lte, this, other);
  }
  between(low: unknown, high: unknown): Predicate {
    const node = nodeOf(this),
      path = pathOf(node);
    return test(OPERATORS.between, node, lift(low, node.valueKind, path), lift(high, node.valueKind, path));
  }
  asc(): Order {
    return new OrderExpression({ by: nodeOf(this), direction: 'asc' });
  }
  desc(): Order {
    return new OrderExpression({ by: nodeOf(this), direction: 'desc' });
  }
  min(): object {
    return aggregateOf(extremeCall('min', nodeOf(this)));
  }
  max(): object {
    return aggregateOf(extremeCall('max', nodeOf(this)));
  }
}

function compare(operator: Operator, left: Expression, other: unknown): Predicate {
  const node = nodeOf(left);
  if (other instanceof QuantifiedRows && QUANTIFIABLE.has(operator)) return test(operator, node, quantified(other.quantifier, other.node));
  return test(operator, node, lift(other, node.valueKind, pathOf(node)));
}

/** What ANY and ALL may stand behind. */
const QUANTIFIABLE: ReadonlySet<Operator> = new Set([
  OPERATORS.eq,
  OPERATORS.neq,
  OPERATORS.gt,
  OPERATORS.gte,
  OPERATORS.lt,
  OPERATORS.lte,
]);

export class BooleanExpression extends OrderedExpression {
  and(...more: unknown[]): Predicate {
    return conjunction(OPERATORS.and, [this, ...more]);
  }
  or(...more: unknown[]): Predicate {
    return conjunction(OPERATORS.or, [this, ...more]);
  }
  xor(other: unknown): Predicate {
    return test(OPERATORS.xor, nodeOf(this), predicateNode(other));
  }
  not(): Predicate {
    return test(OPERATORS.not, nodeOf(this));
  }
  isTrue(): Predicate {
    return test(OPERATORS.isTrue, nodeOf(this));
  }
  isFalse(): Predicate {
    return test(OPERATORS.isFalse, nodeOf(this));
  }
}

/** AND or OR of the predicates, flattened; one operand stands for itself, none gives the identity. */
function conjunction(operator: Operator, predicates: readonly unknown[]): Predicate {
  return new BooleanExpression(conjunctionNode(operator, predicates.map(predicateNode))) as unknown as Predicate;
}

function conjunctionNode(operator: Operator, nodes: readonly Node[]): Node {
  const identity = operator === OPERATORS.and ? OPERATORS.true : OPERATORS.false;
  const flat = nodes
    .flatMap((node) => (node.kind === 'operation' && node.operator === operator ? node.operands : [node]))
    .filter((node) => !(node.kind === 'operation' && node.operator === identity));
  if (flat.length === 0) return operation(identity, [], booleanKind);
  return flat.length === 1 ? flat[0]! : operation(operator, flat, booleanKind);
}

/** The conjunction of nodes, or null when there is nothing to test. */
export function conjunctionOf(nodes: readonly Node[]): Node | null {
  const node = conjunctionNode(OPERATORS.and, nodes);
  return node.kind === 'operation' && node.operator === OPERATORS.true ? null : node;
}

/** `a AND b AND c`; with no argument, true. */
export function and(...all: Predicate[]): Predicate {
  return conjunction(OPERATORS.and, all);
}

/** `a OR b OR c`; with no argument, false. */
export function or(...any: Predicate[]): Predicate {
  return conjunction(OPERATORS.or, any);
}

/** `NOT p`; NULL stays NULL. */
export function not(predicate: Predicate): Predicate {
  return test(OPERATORS.not, predicateNode(predicate));
}

export class NumberExpression extends OrderedExpression {
  add(other: unknown): Expression {
    return this.#combine(OPERATORS.add, other);
  }
  sub(other: unknown): Expression {
    return this.#combine(OPERATORS.sub, other);
  }
  mul(other: unknown): Expression {
    return this.#combine(OPERATORS.mul, other);
  }
  div(other: unknown): Expression {
    return this.#combine(OPERATORS.div, other);
  }
  mod(other: unknown): Expression {
    return this.#combine(OPERATORS.mod, other);
  }
  neg(): Expression {
    return this.#alone(OPERATORS.neg);
  }
  abs(): Expression {
    return this.#alone(OPERATORS.abs);
  }
  sign(): Expression {
    return new NumberExpression(signNode(nodeOf(this)));
  }
  ceil(): Expression {
    return new NumberExpression(toWhole(OPERATORS.ceil, nodeOf(this)));
  }
  floor(): Expression {
    return new NumberExpression(toWhole(OPERATORS.floor, nodeOf(this)));
  }
  round(...digits: unknown[]): Expression {
    return new NumberExpression(roundNode(nodeOf(this), digits));
  }
  power(exponent: unknown): Expression {
    return new NumberExpression(inDouble(OPERATORS.power, nodeOf(this), lift(exponent, doubleKind)));
  }
  sqrt(): Expression {
    return new NumberExpression(inDouble(OPERATORS.sqrt, nodeOf(this)));
  }
  sum(): object {
    return aggregateOf(sumCall(nodeOf(this)));
  }
  avg(options?: { readonly exact?: boolean }): object {
    return aggregateOf(averageCall(nodeOf(this), options));
  }

  #alone(operator: Operator): Expression {
    const node = nodeOf(this);
    return new NumberExpression(operation(operator, [node], resultKind([node.valueKind])));
  }
  #combine(operator: Operator, other: unknown): Expression {
    const node = nodeOf(this),
      right = lift(other, resultKind([node.valueKind]), pathOf(node));
    const kinds = [node.valueKind, right.valueKind];
    return new NumberExpression(operation(dividing(operator, kinds), [node, right], resultKind(kinds)));
  }
}

/** Whole numbers that travel as numeric are divided as integers are. */
const dividing = (operator: Operator, kinds: readonly ValueKind[]): Operator =>
  operator === OPERATORS.div && kinds.some((kind) => kind.isWhole === true) ? OPERATORS.wholeDiv : operator;

const textNode = (argument: unknown): Node => lift(argument, textKind);
/** Counts and positions are `integer` in the server's functions, whatever the column they come from. */
const intNode = (argument: unknown): Node => {
  const node = lift(argument, intKind);
  return node.valueKind.castType === intKind.castType ? node : cast(node, intKind);
};

/** Escapes what LIKE would read as a wildcard. */
const escapePattern = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

export class TextExpression extends OrderedExpression {
  contains(part: unknown): Predicate {
    return this.#matches(OPERATORS.like, part, (text) => `%${escapePattern(text)}%`);
  }
  icontains(part: unknown): Predicate {
    return this.#matches(OPERATORS.ilike, part, (text) => `%${escapePattern(text)}%`);
  }
  startsWith(prefix: unknown): Predicate {
    return this.#matches(OPERATORS.like, prefix, (text) => `${escapePattern(text)}%`);
  }
  istartsWith(prefix: unknown): Predicate {
    return this.#matches(OPERATORS.ilike, prefix, (text) => `${escapePattern(text)}%`);
  }
  endsWith(suffix: unknown): Predicate {
    return this.#matches(OPERATORS.like, suffix, (text) => `%${escapePattern(text)}`);
  }
  iendsWith(suffix: unknown): Predicate {
    return this.#matches(OPERATORS.ilike, suffix, (text) => `%${escapePattern(text)}`);
  }
  like(pattern: unknown): Predicate {
    return this.#matches(OPERATORS.like, pattern);
  }
  ilike(pattern: unknown): Predicate {
    return this.#matches(OPERATORS.ilike, pattern);
  }
  regex(pattern: unknown): Predicate {
    return this.#matches(OPERATORS.regex, pattern);
  }
  iregex(pattern: unknown): Predicate {
    return this.#matches(OPERATORS.iregex, pattern);
  }
  iexact(text: unknown): Predicate {
    return this.#matches(OPERATORS.iexact, text);
  }

  lower(): Expression {
    return this.#made(OPERATORS.lower);
  }
  upper(): Expression {
    return this.#made(OPERATORS.upper);
  }
  length(): Expression {
    return new NumberExpression(operation(OPERATORS.length, [nodeOf(this)], intKind));
  }
  concat(...parts: unknown[]): Expression {
    return this.#made(OPERATORS.concat, ...parts.map(textNode));
  }
  // Arguments that may be left out are rest parameters: one that is undefined was not meant to be left out.
  trim(...characters: unknown[]): Expression {
    return this.#made(OPERATORS.trim, ...characters.map(textNode));
  }
  ltrim(...characters: unknown[]): Expression {
    return this.#made(OPERATORS.ltrim, ...characters.map(textNode));
  }
  rtrim(...characters: unknown[]): Expression {
    return this.#made(OPERATORS.rtrim, ...characters.map(textNode));
  }
  replace(from: unknown, to: unknown): Expression {
    return this.#made(OPERATORS.replace, textNode(from), textNode(to));
  }
  substr(start: unknown, ...length: unknown[]): Expression {
    return this.#made(OPERATORS.substr, intNode(start), ...length.map(intNode));
  }
  left(count: unknown): Expression {
    return this.#made(OPERATORS.left, intNode(count));
  }
  right(count: unknown): Expression {
    return this.#made(OPERATORS.right, intNode(count));
  }
  split(separator: unknown, part: unknown): Expression {
    return this.#made(OPERATORS.split, textNode(separator), intNode(part));
  }
  position(part: unknown): Expression {
    return new NumberExpression(operation(OPERATORS.position, [nodeOf(this), textNode(part)], intKind));
  }
  reverse(): Expression {
    return this.#made(OPERATORS.reverse);
  }
  repeat(count: unknown): Expression {
    return this.#made(OPERATORS.repeat, intNode(count));
  }
  lpad(length: unknown, ...fill: unknown[]): Expression {
    return this.#made(OPERATORS.lpad, intNode(length), ...fill.map(textNode));
  }
  rpad(length: unknown, ...fill: unknown[]): Expression {
    return this.#made(OPERATORS.rpad, intNode(length), ...fill.map(textNode));
  }
  md5(): Expression {
    return this.#made(OPERATORS.md5);
  }

  #made(operator: Operator, ...more: Node[]): Expression {
    return new TextExpression(operation(operator, [nodeOf(this), ...more], textKind));
  }
  #matches(operator: Operator, pattern: unknown, shape: (pattern: string) => string = (same) => same): Predicate {
    const node = nodeOf(this),
      lifted = lift(pattern, textKind, pathOf(node));
    // An expression as a pattern would have its wildcards taken literally or not, depending on the row: the types refuse it, and so does this.
    if (lifted.kind !== 'value')
      throw new ValidationError([{ path: pathOf(node), rule: 'type', message: `${operator.name} wants a string` }]);
    return test(operator, node, valueNode(shape(lifted.value as string), textKind));
  }
}

/** Dates and times with a place on the calendar: they move by intervals. */
export class MomentExpression extends OrderedExpression {
  add(duration: unknown): Expression {
    return this.#moved(OPERATORS.addInterval, duration);
  }
  sub(duration: unknown): Expression {
    return this.#moved(OPERATORS.subInterval, duration);
  }
  since(earlier: unknown): Expression {
    const node = nodeOf(this);
    return new IntervalExpression(operation(OPERATORS.since, [node, lift(earlier, node.valueKind, pathOf(node))], intervalKind));
  }

  #moved(operator: Operator, duration: unknown): Expression {
    const node = nodeOf(this);
    return new MomentExpression(operation(operator, [node, lift(duration, intervalKind, pathOf(node))], node.valueKind));
  }
}

/** A day, moved by an interval, is a moment in SQL: half a day later is no day. */
export class DateExpression extends OrderedExpression {
  add(duration: unknown): Expression {
    return movedDate(OPERATORS.addInterval, this, duration);
  }
  sub(duration: unknown): Expression {
    return movedDate(OPERATORS.subInterval, this, duration);
  }
}

function movedDate(operator: Operator, date: Expression, duration: unknown): Expression {
  const node = nodeOf(date);
  return new MomentExpression(operation(operator, [node, lift(duration, intervalKind, pathOf(node))], timestampKind));
}

export class IntervalExpression extends OrderedExpression {
  add(duration: unknown): Expression {
    return this.#combine(OPERATORS.addInterval, duration, intervalKind);
  }
  sub(duration: unknown): Expression {
    return this.#combine(OPERATORS.subInterval, duration, intervalKind);
  }
  mul(factor: unknown): Expression {
    return this.#combine(OPERATORS.mulInterval, factor, doubleKind);
  }
  neg(): Expression {
    return new IntervalExpression(operation(OPERATORS.neg, [nodeOf(this)], intervalKind));
  }
  sum(): object {
    return aggregateOf(sumCall(nodeOf(this)));
  }
  avg(): object {
    return aggregateOf(averageCall(nodeOf(this)));
  }

  #combine(operator: Operator, other: unknown, kind: ValueKind): Expression {
    const node = nodeOf(this);
    return new IntervalExpression(operation(operator, [node, lift(other, kind, pathOf(node))], intervalKind));
  }
}

export class ArrayExpression extends Expression {
  eq(other: unknown): Predicate {
    return other === null ? nullTest(OPERATORS.isNull, this) : compare(OPERATORS.eq, this, other);
  }
  neq(other: unknown): Predicate {
    return other === null ? nullTest(OPERATORS.isNotNull, this) : compare(OPERATORS.neq, this, other);
  }
  isDistinctFrom(other: unknown): Predicate {
    return other === null ? this.isNotNull() : compare(OPERATORS.isDistinctFrom, this, other);
  }
  isNotDistinctFrom(other: unknown): Predicate {
    return other === null ? this.isNull() : compare(OPERATORS.isNotDistinctFrom, this, other);
  }
  contains(elements: unknown): Predicate {
    return compare(OPERATORS.arrayContains, this, elements);
  }
  containedBy(elements: unknown): Predicate {
    return compare(OPERATORS.arrayContainedBy, this, elements);
  }
  overlaps(elements: unknown): Predicate {
    return compare(OPERATORS.arrayOverlaps, this, elements);
  }
  any(element: unknown): Predicate {
    const node = nodeOf(this);
    return test(OPERATORS.arrayHas, node, lift(element, node.valueKind.element!, pathOf(node)));
  }
  len(): Expression {
    return new NumberExpression(operation(OPERATORS.cardinality, [nodeOf(this)], intKind));
  }
  isEmpty(): Predicate {
    return test(OPERATORS.eq, operation(OPERATORS.cardinality, [nodeOf(this)], intKind), valueNode(0, intKind));
  }
}

/** A sort key. */
export class OrderExpression implements Order {
  readonly kind = 'order' as const;
  readonly term: OrderTerm;
  constructor(term: { by: Node; direction: Direction; nulls?: 'first' | 'last' }) {
    this.term = term;
  }
  nullsFirst(): Order {
    return new OrderExpression({ ...this.term, nulls: 'first' });
  }
  nullsLast(): Order {
    return new OrderExpression({ ...this.term, nulls: 'last' });
  }
}

const FAMILIES: Record<OperationFamily, OperationClass> = {
  scalar: ScalarExpression,
  ordered: OrderedExpression,
  number: NumberExpression,
  text: TextExpression,
  boolean: BooleanExpression,
  array: ArrayExpression,
  moment: MomentExpression,
  date: DateExpression,
  interval: IntervalExpression,
};

/** The expression object over a node, with the operations of its kind. */
export function expressionOf(node: Node): Expression {
  const { operations } = node.valueKind;
  return new (typeof operations === 'string' ? FAMILIES[operations] : operations)(node, node.valueKind) as Expression;
}

const READING = { nodeOf, predicateNode };

/** The expression of an aggregate: with the operations of its result, and the modifiers. */
export function aggregateOf(call: AggregateCall): object {
  const { operations } = call.aggregate.valueKind;
  return new (aggregateClass(typeof operations === 'string' ? FAMILIES[operations] : operations, READING))(call);
}

/**
 * SQL text of a declaration: a default, a generated column, a check. It is not parsed: names in it are column names, and Postgres reports what is
 * wrong when it is applied. Backslashes stay as written. Takes no interpolated values.
 *
 * Errors: VALIDATION with `interpolation` when a value is interpolated (the types refuse it first), and MODEL_DEFINITION with `empty_sql` when it is blank.
 *
 * @example
 * f.timestamptz().default(sql`now()`)
 */
export function sql(text: TemplateStringsArray): Sql;
export function sql(text: TemplateStringsArray, ...values: unknown[]): Sql {
  if (values.length > 0)
    throw new ValidationError([{ path: '', rule: 'interpolation', message: 'declared SQL takes no interpolated values' }]);
  const trimmed = text.raw.join('').trim();
  if (trimmed === '')
    throw new ModelDefinitionError('empty_sql', 'Declared SQL must not be empty. Write the expression, or leave the modifier out.');
  return Object.freeze({ kind: 'sql', text: trimmed });
}

// Predicates over JSON without a schema. Each is two-valued: a value that is missing or of another type makes it false, so that NOT of it is true, and no
// cast ever meets what it cannot read. All of them have an in-memory form.

import { ValidationError } from '../error/value-error.ts';
import { JSON_TYPES, type JsonType } from '../value/json-document.ts';
import { jsonNull } from '../value/json-number.ts';
import { jsonNumberKind, rawJsonKind } from '../value/json.ts';
import { issuesOf, type ValueKind } from '../value/kind.ts';
import { booleanKind, intKind } from '../value/number.ts';
import { textKind } from '../value/text.ts';
import type { Predicate } from './expression.ts';
import { constant, operation, value as valueNode, type Node } from './node.ts';
import { Expression, expressionOf, lift, listKind, nodeOf, ScalarExpression } from './operations.ts';
import { OPERATORS, type Operator } from './operators.ts';

const keysKind = listKind(textKind);

function refuse(rule: string, message: string): never {
  throw new ValidationError([{ path: '', rule, message }]);
}

/** The expression of a raw JSON column. */
export class RawJsonExpression extends Expression {
  get json(): RawJsonPoint {
    return new RawJsonPoint(nodeOf(this), []);
  }
  path(dotted: unknown): RawJsonPoint {
    return this.json.path(dotted);
  }
  key(key: unknown): RawJsonPoint {
    return this.json.key(key);
  }
  pathSegments(segments: unknown): RawJsonPoint {
    return this.json.pathSegments(segments);
  }
}

const rawValue: ValueKind = rawJsonKind(RawJsonExpression) as ValueKind;

const predicate = (node: Node): Predicate => expressionOf(node) as unknown as Predicate;
const test = (operator: Operator, ...operands: Node[]): Node => operation(operator, operands, booleanKind);
/** NULL, where there is nothing to compare, counts as false. */
const orFalse = (node: Node): Predicate => predicate(test(OPERATORS.orFalse, node));

/** A place in a raw document. */
export class RawJsonPoint extends Expression {
  readonly #from: Node;
  readonly #segments: readonly string[];

  constructor(from: Node, segments: readonly string[]) {
    super(segments.length === 0 ? from : operation(OPERATORS.jsonAt, [from, valueNode(segments, keysKind)], rawValue));
    this.#from = from;
    this.#segments = segments;
  }

  path(dotted: unknown): RawJsonPoint {
    const segments = typeof dotted === 'string' ? dotted.split('.') : [];
    if (segments.length === 0 || segments.includes(''))
      refuse(
        'json_path',
        'a path is keys joined by dots, such as "address.city"; a key with a dot in it, or an empty one, goes through key()',
      );
    return this.pathSegments(segments);
  }
  key(key: unknown): RawJsonPoint {
    return this.pathSegments([key]);
  }
  pathSegments(segments: unknown): RawJsonPoint {
    return new RawJsonPoint(this.#from, [...this.#segments, ...texts(segments)]);
  }

  exists(): Predicate {
    return this.isNotNull();
  }
  missing(): Predicate {
    return this.isNull();
  }
  isJsonNull(): Predicate {
    return this.#compare(OPERATORS.eq, jsonNull);
  }
  isNotJsonNull(): Predicate {
    return this.#compare(OPERATORS.neq, jsonNull);
  }
  isType(type: unknown): Predicate {
    if (!JSON_TYPES.includes(type as JsonType)) refuse('json_type', `a JSON type is one of ${JSON_TYPES.join(', ')}`);
    return orFalse(test(OPERATORS.eq, this.#type(), valueNode(type, textKind)));
  }
  hasKey(key: unknown): Predicate {
    return this.#hasKeys(OPERATORS.jsonHasKey, lift(key, textKind));
  }
  hasAnyKey(keys: unknown): Predicate {
    return this.#hasKeys(OPERATORS.jsonHasAnyKey, valueNode(texts(keys), keysKind));
  }
  hasAllKeys(keys: unknown): Predicate {
    return this.#hasKeys(OPERATORS.jsonHasAllKeys, valueNode(texts(keys), keysKind));
  }
  jsonEq(value: unknown): Predicate {
    return this.#compare(OPERATORS.eq, value);
  }
  jsonNeq(value: unknown): Predicate {
    return this.#compare(OPERATORS.neq, value);
  }
  arrayContains(element: unknown): Predicate {
    return orFalse(test(OPERATORS.and, this.#isOf('array'), test(OPERATORS.jsonContains, nodeOf(this), this.#document([element]))));
  }

  arrayLength(): GuardedExpression {
    return this.#guarded('array', OPERATORS.jsonLength, intKind);
  }
  number(): GuardedExpression {
    return this.#guarded('number', OPERATORS.jsonToNumber, jsonNumberKind);
  }
  string(): GuardedEquality {
    return this.#guardedEquality('string', OPERATORS.jsonText, textKind);
  }
  boolean(): GuardedEquality {
    return this.#guardedEquality('boolean', OPERATORS.jsonToBoolean, booleanKind);
  }

  #type(): Node {
    return operation(OPERATORS.jsonTypeOf, [nodeOf(this)], textKind);
  }
  #isOf(type: JsonType): Node {
    return test(OPERATORS.eq, this.#type(), constant(type, textKind));
  }
  #hasKeys(operator: Operator, keys: Node): Predicate {
    return orFalse(test(OPERATORS.and, this.#isOf('object'), test(operator, nodeOf(this), keys)));
  }
  #compare(operator: Operator, value: unknown): Predicate {
    return orFalse(test(operator, nodeOf(this), this.#document(value)));
  }
  #document(value: unknown): Node {
    const document = value === null ? jsonNull : value,
      problem = rawValue.validate(document);
    if (problem !== null) throw new ValidationError(issuesOf('', problem));
    return valueNode(document, rawValue);
  }
  #guarded(type: JsonType, read: Operator, kind: ValueKind): GuardedExpression {
    return new GuardedExpression(this.#isOf(type), operation(read, [nodeOf(this)], kind));
  }
  #guardedEquality(type: JsonType, read: Operator, kind: ValueKind): GuardedEquality {
    return new GuardedEquality(this.#isOf(type), operation(read, [nodeOf(this)], kind));
  }
}

function texts(given: unknown): string[] {
  if (!Array.isArray(given)) return refuse('type', 'wants a list of keys');
  return given.map((key: unknown, at) => {
    const problem = textKind.validate(key);
    if (problem !== null) throw new ValidationError(issuesOf(`[${at}]`, problem));
    return key as string;
  });
}

/** Equality with a value of one JSON type: `CASE WHEN <of the type> THEN <comparison> ELSE FALSE END`. */
export class GuardedEquality {
  readonly #guard: Node;
  readonly #value: Node;
  constructor(guard: Node, value: Node) {
    this.#guard = guard;
    this.#value = value;
  }
  eq(other: unknown): Predicate {
    return this.compare(OPERATORS.eq, other);
  }
  neq(other: unknown): Predicate {
    return this.compare(OPERATORS.neq, other);
  }
  in(values: unknown): Predicate {
    return this.#when(nodeOf(new ScalarExpression(this.#value).in(values)));
  }
  notIn(values: unknown): Predicate {
    return this.#when(nodeOf(new ScalarExpression(this.#value).notIn(values)));
  }

  protected compare(operator: Operator, ...others: unknown[]): Predicate {
    return this.#when(test(operator, this.#value, ...others.map((other) => lift(other, this.#value.valueKind))));
  }
  #when(comparison: Node): Predicate {
    return predicate(test(OPERATORS.whenTrue, this.#guard, comparison));
  }
}

export class GuardedExpression extends GuardedEquality {
  gt(other: unknown): Predicate {
    return this.compare(OPERATORS.gt, other);
  }
  gte(other: unknown): Predicate {
    return this.compare(OPERATORS.gte, other);
  }
  lt(other: unknown): Predicate {
    return this.compare(OPERATORS.lt, other);
  }
  lte(other: unknown): Predicate {
    return this.compare(OPERATORS.lte, other);
  }
  between(low: unknown, high: unknown): Predicate {
    return this.compare(OPERATORS.between, low, high);
  }
}

// Typed paths into JSON documents: `p.engine.turbo.boostPsi.gte(15)`. A path is a proxy whose properties are keys; the lookups are the names of methods.
// A key that is named like a lookup is both: called, it is the lookup of what stands before it; with a property behind it, it is the key.

import { ValidationError } from '../error/value-error.ts';
import { quoteLiteral } from '../ident/identifier.ts';
import { isAnyJsonNumber, jsonNull } from '../value/json-number.ts';
import { jsonNumberKind, jsonValueKind } from '../value/json.ts';
import { issuesOf, problemPath, type ValueKind } from '../value/kind.ts';
import { booleanKind, intKind } from '../value/number.ts';
import { textKind } from '../value/text.ts';
import { countCall, extremeCall } from './aggregate.ts';
import { cast, constant, operation, value as valueNode, type Node, type OperationNode } from './node.ts';
import {
  aggregateOf,
  expressionOf,
  isExpression,
  nodeKey,
  nodeOf,
  NumberExpression,
  OrderedExpression,
  predicateNode,
  TextExpression,
} from './operations.ts';
import { OPERATORS } from './operators.ts';
import { QuantifiedRows, SubqueryRows } from './subquery.ts';

/** The expression of a jsonb column with a schema, and of whatever stands at a path in it. */
export class JsonExpression {
  constructor(node: Node) {
    // A proxy in the object's place: every property of it is a key of the document.
    return new Proxy({ [nodeKey]: node }, KEYS);
  }
}

/** What stands at a path. */
export const jsonValue: ValueKind<unknown> = jsonValueKind(JsonExpression);

/** Keys are part of the statement's text, as names of columns are, so that an index over the same path is found. */
const keyKind: ValueKind<string> = Object.freeze<ValueKind<string>>({
  ...textKind,
  codec: Object.freeze({ ...textKind.codec, literal: quoteLiteral }),
});

/** `"engine" -> 'turbo'` */
function child(of: Node, key: string): Node {
  const problem = keyKind.validate(key);
  if (problem !== null) throw new ValidationError(issuesOf(pathName(of), problem));
  return operation(OPERATORS.jsonGet, [of, constant(key, keyKind)], jsonValue);
}

const isChild = (node: Node): node is OperationNode => node.kind === 'operation' && node.operator === OPERATORS.jsonGet;

/** The text of a string, the JSON of anything else, and NULL for JSON null: `"engine" -> 'turbo' ->> 'boostPsi'`. */
export function jsonTextOf(node: Node): Node {
  return isChild(node) ? operation(OPERATORS.jsonGetText, node.operands, textKind) : operation(OPERATORS.jsonText, [node], textKind);
}

/** Where a path leads, for messages. */
function pathName(node: Node): string {
  if (isChild(node)) return pathName(node.operands[0]!) + problemPath([(node.operands[1] as { value?: string }).value ?? '']);
  return node.kind === 'column' ? node.property : '';
}

/** Where the least and the greatest of the values keep what narrows them. */
const filterKey = Symbol('filter');
interface PathTarget {
  readonly [nodeKey]: Node;
  readonly [filterKey]?: (predicate: unknown) => object;
}

const KEYS: ProxyHandler<PathTarget> = {
  get: (target, name): unknown => {
    if (typeof name === 'symbol') return Reflect.get(target, name) as unknown;
    return (name === 'filter' ? target[filterKey] : undefined) ?? member(target[nodeKey], name);
  },
};

function member(node: Node, name: string): unknown {
  const lookup = lookups().get(name);
  if (lookup === undefined) return new JsonExpression(child(node, name));
  const call = (...operands: unknown[]): unknown => lookup(node, operands);
  Object.defineProperty(call, nodeKey, { get: () => child(node, name) });
  return new Proxy(call as unknown as PathTarget, KEYS);
}

type Lookup = (node: Node, operands: readonly unknown[]) => unknown;
let table: ReadonlyMap<string, Lookup> | undefined;

/** The lookups by name: what texts and ordered values have, and the few of JSON's own. */
function lookups(): ReadonlyMap<string, Lookup> {
  if (table !== undefined) return table;
  const found = new Map<string, Lookup>();
  for (const name of namesOn(OrderedExpression.prototype))
    found.set(name, (node, operands) => call(new OrderedExpression(node), name, operands));
  for (const name of Object.getOwnPropertyNames(TextExpression.prototype))
    found.set(name, (node, operands) => call(new TextExpression(jsonTextOf(node)), name, operands));
  for (const name of ['eq', 'neq', 'isDistinctFrom', 'isNotDistinctFrom', 'gt', 'gte', 'lt', 'lte', 'between']) {
    found.set(name, (node, operands) =>
      operands[0] === null
        ? call(new OrderedExpression(jsonTextOf(node)), name, operands)
        : call(castFor(node, operands[0]), name, operands),
    );
  }
  for (const name of ['in', 'notIn']) found.set(name, (node, [values]) => among(node, name, values));
  // A missing key and JSON null are alike here. The column itself is asked for SQL's NULL.
  for (const name of ['isNull', 'isNotNull'])
    found.set(name, (node) => call(new OrderedExpression(node.kind === 'column' ? node : jsonTextOf(node)), name, []));
  const matchesText = found.get('contains')!;
  found.set('contains', (node, operands) => (Array.isArray(operands[0]) ? containsAll(node, operands[0]) : matchesText(node, operands)));
  found.set('len', (node) => new NumberExpression(operation(OPERATORS.jsonLength, [node], intKind)));
  found.set('count', countOf);
  found.set('min', (node) => new JsonExtreme('min', node, null));
  found.set('max', (node) => new JsonExtreme('max', node, null));
  found.delete('constructor');
  table = found;
  return found;
}

/** The names of a class's methods, inherited ones included. */
const namesOn = (prototype: object): string[] =>
  prototype === Object.prototype ? [] : [...Object.getOwnPropertyNames(prototype), ...namesOn(Object.getPrototypeOf(prototype) as object)];

const call = (expression: object, name: string, operands: readonly unknown[]): unknown =>
  (expression as Record<string, (...operands: readonly unknown[]) => unknown>)[name]!(...operands);

/** The value at the path as the type of the JavaScript value, or of the expression, that it is compared with. */
function castFor(node: Node, operand: unknown): object {
  if (isExpression(operand)) return castLike(node, nodeOf(operand).valueKind);
  if (operand instanceof SubqueryRows || operand instanceof QuantifiedRows) return castLike(node, operand.node.valueKind);
  if (isAnyJsonNumber(operand)) return new NumberExpression(cast(jsonTextOf(node), jsonNumberKind));
  if (typeof operand === 'boolean') return new OrderedExpression(cast(jsonTextOf(node), booleanKind));
  if (typeof operand === 'object') return new OrderedExpression(node);
  return new TextExpression(jsonTextOf(node));
}

function castLike(node: Node, kind: ValueKind): object {
  if (kind.castType === 'jsonb') return new OrderedExpression(node);
  if (kind.operations === 'text') return new TextExpression(jsonTextOf(node));
  // A JSON number may have a fraction, whatever the column beside it.
  return new OrderedExpression(cast(jsonTextOf(node), kind.operations === 'number' ? jsonNumberKind : kind));
}

function among(node: Node, name: string, values: unknown): unknown {
  if (typeof values !== 'object' || values === null || !(Symbol.iterator in values))
    return call(castFor(node, isExpression(values) || values instanceof SubqueryRows ? values : ''), name, [values]);
  const items = [...(values as Iterable<unknown>)];
  return call(castFor(node, items.find((item) => item !== null && item !== undefined) ?? ''), name, [items]);
}

function containsAll(node: Node, elements: readonly unknown[]): unknown {
  const problem = jsonValue.validate(elements);
  if (problem !== null) throw new ValidationError(issuesOf(pathName(node), problem));
  return expressionOf(operation(OPERATORS.jsonContains, [node, valueNode(elements, jsonValue)], booleanKind));
}

/** `count(x)` of a path passes over JSON null, which is read as null. */
const countOf = (node: Node): unknown =>
  aggregateOf(countCall([node.kind === 'column' ? node : operation(OPERATORS.nullIf, [node, constant(jsonNull, jsonValue)], jsonValue)]));

/** Postgres has no min(jsonb): the first of the values in order, without JSON null. */
class JsonExtreme {
  constructor(which: 'min' | 'max', of: Node, filter: Node | null) {
    const present = operation(OPERATORS.isNotNull, [jsonTextOf(of)], booleanKind),
      call = extremeCall(which, of),
      where = filter === null ? present : operation(OPERATORS.and, [present, filter], booleanKind);
    return new Proxy(
      {
        [nodeKey]: call.wrap({ ...call.aggregate, filter: where }),
        [filterKey]: (predicate: unknown) => new JsonExtreme(which, of, predicateNode(predicate)),
      },
      KEYS,
    );
  }
}

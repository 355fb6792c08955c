// Functions over JSON columns and the values in them. They are functions and not methods, so that every key stays free for the document.

import { ValidationError } from '../error/value-error.ts';
import { jsonNumberKind } from '../value/json.ts';
import { issuesOf, type ValueKind } from '../value/kind.ts';
import { booleanKind } from '../value/number.ts';
import { textKind } from '../value/text.ts';
import type { NumberExpr, Predicate, TextExpr, Valued } from './expression.ts';
import type { JsonPart } from './json-path.ts';
import { jsonTextOf, jsonValue } from './json-expression.ts';
import { cast, operation, value as valueNode, type Node } from './node.ts';
import { expressionOf, lift, listKind, nodeOf, NumberExpression, TextExpression } from './operations.ts';
import { OPERATORS, type Operator } from './operators.ts';

/** A JSON column, or a value in one. */
type JsonExpr<V> = Valued<V>;

const predicate = (operator: Operator, ...operands: Node[]): Predicate =>
  expressionOf(operation(operator, operands, booleanKind)) as unknown as Predicate;

function jsonNode(of: JsonExpr<unknown>): Node {
  const node = nodeOf(of);
  if (node.valueKind.castType !== 'jsonb')
    throw new ValidationError([
      { path: '', rule: 'type', message: `a JSON expression is wanted here, not one of type ${node.valueKind.sqlType}` },
    ]);
  return node;
}

function document(given: unknown): Node {
  const problem = given === undefined ? { rule: 'undefined', message: 'must not be undefined' } : jsonValue.validate(given);
  if (problem !== null) throw new ValidationError(issuesOf('', problem));
  return valueNode(given, jsonValue);
}

/**
 * `x @> $1`: the document has the part in it, whatever else it has. NULL, which matches nothing, where it is missing.
 *
 * Cost: uses a GIN index on the column when `of` is the column itself.
 *
 * @example
 * query(Post).filter(p => jsonContains(p.engine, { turbo: { manufacturer: 'Garrett' } }))
 */
export function jsonContains<V>(of: JsonExpr<V>, part: JsonPart<NoInfer<V>>): Predicate {
  return predicate(OPERATORS.jsonContains, jsonNode(of), document(part));
}

/** `x ? $1`: an object with the key, an array with the string, or the string itself. Uses a GIN index on the column. */
export function jsonHasKey(of: JsonExpr<any>, key: string): Predicate {
  return predicate(OPERATORS.jsonHasKey, jsonNode(of), lift(key, textKind));
}

/** `x ?| $1`: has at least one of the keys. Uses a GIN index on the column. */
export function jsonHasAnyKey(of: JsonExpr<any>, keys: readonly string[]): Predicate {
  return predicate(OPERATORS.jsonHasAnyKey, jsonNode(of), keyList(keys));
}

/** `x ?& $1`: has every one of the keys. Uses a GIN index on the column. */
export function jsonHasAllKeys(of: JsonExpr<any>, keys: readonly string[]): Predicate {
  return predicate(OPERATORS.jsonHasAllKeys, jsonNode(of), keyList(keys));
}

function keyList(keys: readonly string[]): Node {
  if (!Array.isArray(keys)) throw new ValidationError([{ path: '', rule: 'type', message: 'wants a list of keys' }]);
  return valueNode(
    keys.map((key) => (lift(key, textKind) as { value: unknown }).value),
    listKind(textKind),
  );
}

/** `jsonpath`, as a parameter. */
export const jsonPathKind: ValueKind<string> = Object.freeze<ValueKind<string>>({
  ...textKind,
  name: 'jsonpath',
  sqlType: 'jsonpath',
  castType: 'jsonpath',
  codec: { text: textKind.codec.text, literal: (value) => `${textKind.codec.literal(value)}::jsonpath`, json: textKind.codec.json },
});

/**
 * Whether the jsonpath finds anything: `x @? $1`, which uses a GIN index on the column. With variables, `jsonb_path_exists`, which does not.
 *
 * Errors: the server's 42601 for a path that it cannot read. Errors inside the document count as not found.
 *
 * @example
 * query(Post).filter(p => jsonPathExists(p.engine, '$.parts[*] ? (@.price > $limit)', { limit: 100 }))
 */
export function jsonPathExists(of: JsonExpr<any>, path: string, variables?: Readonly<Record<string, unknown>>): Predicate {
  return variables === undefined
    ? predicate(OPERATORS.jsonPathExists, jsonNode(of), lift(path, jsonPathKind))
    : predicate(OPERATORS.jsonPathExistsWith, jsonNode(of), lift(path, jsonPathKind), document(variables));
}

/**
 * The jsonpath's predicate: `x @@ $1`, which uses a GIN index on the column. With variables, `jsonb_path_match`, which does not. NULL where the path gives
 * no boolean.
 *
 * Errors: the server's 42601 for a path that it cannot read.
 */
export function jsonPathMatches(of: JsonExpr<any>, path: string, variables?: Readonly<Record<string, unknown>>): Predicate {
  return variables === undefined
    ? predicate(OPERATORS.jsonPathMatches, jsonNode(of), lift(path, jsonPathKind))
    : predicate(OPERATORS.jsonPathMatchesWith, jsonNode(of), lift(path, jsonPathKind), document(variables));
}

/** A string as text, anything else as its JSON, NULL for JSON null and where it is missing: for indexes and functions over text. */
export function jsonAsText(of: JsonExpr<any>): TextExpr<string | null> {
  return new TextExpression(jsonTextOf(jsonNode(of))) as unknown as TextExpr<string | null>;
}

/**
 * A JSON number as numeric: for sums, arithmetic and indexes.
 *
 * Errors: the server's 22P02 where something else stands; DECODE where the result is no exact JavaScript number.
 */
export function jsonAsNumber(of: JsonExpr<any>): NumberExpr<number, number | null> {
  return new NumberExpression(cast(jsonTextOf(jsonNode(of)), jsonNumberKind)) as unknown as NumberExpr<number, number | null>;
}

// How JSON columns look in a bag. Types only; `json-expression.ts` and `raw-json-expression.ts` have the classes.

import type { Json, JsonType } from '../value/json-document.ts';
import type { JsonNull, JsonNumber } from '../value/json-number.ts';
import type { Equality, Expr, Order, Predicate, TextSearch, ValueList } from './expression.ts';
import type { Quantified } from './subquery.ts';

/** A scalar inside a document. With an operand it is compared as the operand's type; without one it is the jsonb value itself, which orders numbers as numbers. */
export interface JsonLeaf<V> extends Equality<V> {
  gt(other: V | Expr<V | null> | Quantified<V | null>): Predicate;
  gte(other: V | Expr<V | null> | Quantified<V | null>): Predicate;
  lt(other: V | Expr<V | null> | Quantified<V | null>): Predicate;
  lte(other: V | Expr<V | null> | Quantified<V | null>): Predicate;
  /** `x BETWEEN $1 AND $2`, both ends included. */
  between(low: V | Expr<V | null>, high: V | Expr<V | null>): Predicate;
  asc(): Order;
  desc(): Order;
  /** The smallest, as jsonb is ordered; NULL without any. An aggregate. */
  min(): JsonExtreme<V>;
  /** The largest, as jsonb is ordered; NULL without any. An aggregate. */
  max(): JsonExtreme<V>;
}

/** The least or the greatest of the values at a path, JSON null aside. */
export interface JsonExtreme<V> extends Expr<V | null>, JsonLeaf<V> {
  /** `FILTER (WHERE ...)`: only the rows for which it is true. The last one counts. */
  filter(where: Predicate): JsonExtreme<V>;
}

export interface JsonText<V> extends JsonLeaf<V>, TextSearch {}

export interface JsonList<Element> {
  /** `x @> $1`: has every one of the elements; of elements that are objects or arrays, one that contains them. */
  contains(elements: readonly Element[]): Predicate;
  /** `jsonb_array_length(x)`; the server refuses what is no array (22023). */
  len(): Expr<number | null> & JsonLeaf<number>;
}

/** What can be done with a value of type V inside a document: an object has its children, a scalar its lookups. */
export type JsonOps<V> = [V] extends [string]
  ? JsonText<V>
  : [V] extends [string | number | boolean | bigint | JsonNumber]
    ? JsonLeaf<V>
    : [V] extends [readonly unknown[]]
      ? JsonList<V[number]>
      : [V] extends [object]
        ? JsonChildren<V>
        : unknown;

/** A value inside a document. It may always be missing. */
export type JsonPath<V> = Expr<V | null> & JsonOps<V>;
export type JsonChildren<V> = { readonly [K in keyof V]-?: JsonPath<NonNullable<V[K]>> };

/** A part of a document, for containment: some keys of an object, some elements of an array. */
export type JsonPart<V> = V extends string | number | boolean | null | undefined | JsonNumber
  ? V
  : V extends readonly (infer Element)[]
    ? readonly JsonPart<Element>[]
    : { readonly [K in keyof V]?: JsonPart<V[K]> };

/** A comparison inside a raw document: true or false, never NULL. False where the value is missing or of another type. */
export interface RawJsonEquality<V> {
  eq(value: V): Predicate;
  neq(value: V): Predicate;
  /** Nothing is in an empty list. */
  in(values: ValueList<V>): Predicate;
  /** With an empty list, every value of the type. */
  notIn(values: ValueList<V>): Predicate;
}
export interface RawJsonOrdering<V> extends RawJsonEquality<V> {
  gt(value: V): Predicate;
  gte(value: V): Predicate;
  lt(value: V): Predicate;
  lte(value: V): Predicate;
  between(low: V, high: V): Predicate;
}

/** Ways into a raw document. Keys are any text; they travel as parameters. */
export interface RawJsonPaths {
  /** Keys joined by dots: `path('address.city')`. Errors: VALIDATION with `json_path` for an empty key. */
  path(dotted: string): RawJsonPoint;
  /** One key, whatever is in it. */
  key(key: string): RawJsonPoint;
  /** Keys one by one. Inside an array, a segment that is an integer is a position; negative ones count from the end. */
  pathSegments(segments: readonly string[]): RawJsonPoint;
}

/** A place in a raw document. Every predicate of it is true or false, never NULL. */
export interface RawJsonPoint extends Expr<Json>, RawJsonPaths {
  /** There is a value, JSON null included. */
  exists(): Predicate;
  /** There is none, or the column is NULL. */
  missing(): Predicate;
  isJsonNull(): Predicate;
  /** There is a value, and it is not JSON null. */
  isNotJsonNull(): Predicate;
  isType(type: JsonType): Predicate;
  /** An object with this key. */
  hasKey(key: string): Predicate;
  hasAnyKey(keys: readonly string[]): Predicate;
  hasAllKeys(keys: readonly string[]): Predicate;
  /** Equal as jsonb: keys in any order, numbers by value. */
  jsonEq(value: Json): Predicate;
  /** There is a value, and it is another one. */
  jsonNeq(value: Json): Predicate;
  /** An array with this element, or with one that contains it. */
  arrayContains(element: Json): Predicate;
  arrayLength(): RawJsonOrdering<number>;
  number(): RawJsonOrdering<number | bigint | JsonNumber>;
  string(): RawJsonEquality<string>;
  boolean(): RawJsonEquality<boolean>;
}

/** A raw document: no lookups of its own, only ways into it. */
export interface RawJsonOps extends RawJsonPaths {
  /** The whole document. */
  readonly json: RawJsonPoint;
}

/** What a raw JSON column holds. Null is SQL NULL; JSON null at the root is `jsonNull`. */
export type RawJson = Exclude<Json, null> | JsonNull;

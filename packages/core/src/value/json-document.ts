// JSON documents as values: what may be in one, when two are equal, and what jsonb's operators say about one in memory. A document is what JSON.parse
// gives: plain objects, arrays, strings, booleans, null and numbers, of which those that a double would round are `JsonNumber`s.

import { problemPath, type Problem } from './kind.ts';
import { compareJsonNumbers, isAnyJsonNumber, isJsonNumber, isRawJson, jsonNull, type JsonNumber } from './json-number.ts';

/** Any JSON value. */
export type Json = string | number | boolean | null | JsonNumber | readonly Json[] | { readonly [key: string]: Json | undefined };

/** The names that `jsonb_typeof` gives. */
export type JsonType = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';
export const JSON_TYPES: readonly JsonType[] = ['object', 'array', 'string', 'number', 'boolean', 'null'];

export const isJsonNull = (value: unknown): boolean =>
  value === null || value === jsonNull || (isRawJson(value) && value.rawJSON === 'null');

/** Deeper than this a document is refused: JSON.stringify and the server have a stack to mind, and one that contains itself has no end. */
const MAX_DEPTH = 1000;

/** How many problems of one document are reported. */
const MAX_PROBLEMS = 100;

type Path = (string | number)[];

/** What keeps a value from being a JSON document that comes back as it was: everything that JSON.stringify would drop, change or throw over. */
export function documentProblems(document: unknown): readonly Problem[] {
  const problems: Problem[] = [];
  walk(document, [], problems);
  return problems;
}

const tooDeep = (problems: readonly Problem[]): boolean => problems.at(-1)?.rule === 'depth';

function walk(value: unknown, path: Path, problems: Problem[]): void {
  if (value === null || typeof value === 'boolean' || problems.length >= MAX_PROBLEMS) return;
  const report = (rule: string, message: string): void => {
    problems.push({ rule, message, path: problemPath(path) });
  };
  switch (typeof value) {
    case 'string':
      return textRule(value, report);
    case 'number':
      return Number.isFinite(value) ? undefined : report('type', 'must be a finite number: JSON has neither NaN nor infinities');
    case 'bigint':
      return report('type', 'must not be a bigint, which would come back as a number: write jsonNumber(value)');
    case 'undefined':
      return report('undefined', 'must not be undefined: leave the key out, or write null');
    case 'object':
      break;
    default:
      return report('type', 'must be a JSON value');
  }
  if (isRawJson(value)) return isJsonNumber(value) ? undefined : report('type', 'must be a JSON value: of raw JSON, numbers only');
  // One that contains itself in two places would be walked for ever.
  if (path.length >= MAX_DEPTH)
    return tooDeep(problems) ? undefined : report('depth', `is nested more than ${MAX_DEPTH} levels deep, or contains itself`);
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length && !tooDeep(problems); at++) inside(value[at], at, path, problems);
    return;
  }
  if (!isPlain(value)) return report('type', 'must be a plain object, an array or a scalar: an instance would come back as something else');
  for (const key of Object.keys(value)) {
    if (tooDeep(problems)) return;
    const of = (value as Record<string, unknown>)[key];
    if (of === undefined) continue;
    textRule(key, (rule, message) => {
      problems.push({ rule, message: `has a key that ${message}`, path: problemPath(path) });
    });
    inside(of, key, path, problems);
  }
}

function inside(value: unknown, at: string | number, path: Path, problems: Problem[]): void {
  path.push(at);
  walk(value, path, problems);
  path.pop();
}

function textRule(text: string, report: (rule: string, message: string) => void): void {
  if (text.includes('\0')) report('nul_char', 'must not contain U+0000, which jsonb cannot hold');
  else if (!text.isWellFormed()) report('malformed_text', 'must not contain a lone surrogate');
}

/** An object without a class of its own, of this realm or another. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** A copy that shares nothing that could change. */
export function copyDocument<Document>(document: Document): Document {
  if (typeof document !== 'object' || document === null || isRawJson(document)) return document;
  if (Array.isArray(document)) return document.map(copyDocument) as Document;
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(document)) {
    if (key === '__proto__')
      Object.defineProperty(copy, key, { value: copyDocument(value as unknown), enumerable: true, configurable: true, writable: true });
    else copy[key] = copyDocument(value as unknown);
  }
  return copy as Document;
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawJson(value);

const keysOf = (value: Fields): string[] => Object.keys(value).filter((key) => value[key] !== undefined);

/** The value of an own key, or undefined. */
const at = (value: Fields, key: string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined);

/** jsonb's `=`: keys in any order, numbers by value. */
export function jsonEquals(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (isJsonNull(left) || isJsonNull(right)) return isJsonNull(left) && isJsonNull(right);
  if (isAnyJsonNumber(left)) return isAnyJsonNumber(right) && compareJsonNumbers(left, right) === 0;
  if (Array.isArray(left))
    return Array.isArray(right) && left.length === right.length && left.every((item, index) => jsonEquals(item, right[index]));
  if (!isObject(left) || !isObject(right)) return false;
  const keys = keysOf(left);
  return (
    keys.length === keysOf(right).length &&
    keys.every((key) => {
      const other = at(right, key);
      return other !== undefined && jsonEquals(left[key], other);
    })
  );
}

/** `jsonb_typeof` */
export function jsonTypeOf(document: unknown): JsonType {
  if (isJsonNull(document)) return 'null';
  if (isAnyJsonNumber(document)) return 'number';
  if (Array.isArray(document)) return 'array';
  return typeof document === 'object' ? 'object' : (typeof document as JsonType);
}

/** How `#>` reads a segment inside an array. Source: `jsonb_get_element` in the server's src/backend/utils/adt/jsonfuncs.c, which uses strtol. */
const INDEX = /^[ \t\n\v\f\r]*([+-]?\d+)$/;

/** `#>`: the value at the path, JSON null as `jsonNull`, and null (SQL's) where there is none. */
export function jsonAt(document: unknown, path: readonly string[]): unknown {
  let found: unknown = document;
  for (const segment of path) {
    if (Array.isArray(found)) {
      const index = Number(INDEX.exec(segment)?.[1] ?? Number.NaN);
      found = Number.isNaN(index) || Math.abs(index) > 2 ** 31 - 1 ? undefined : (found.at(index) as unknown);
    } else found = isObject(found) ? at(found, segment) : undefined;
    if (found === undefined) return null;
  }
  return found === null ? jsonNull : found;
}

/** `?`: a key of an object, a string among an array's elements, or the string itself. */
export function jsonHasKey(document: unknown, key: string): boolean {
  if (Array.isArray(document)) return document.includes(key);
  return isObject(document) ? at(document, key) !== undefined : document === key;
}

/** `@>`. Source: the manual, 8.14.3 jsonb Containment and Existence. */
export function jsonContains(whole: unknown, part: unknown): boolean {
  // The one exception: an array contains a scalar at the root.
  if (Array.isArray(whole) && !Array.isArray(part) && !isObject(part)) return whole.some((item) => jsonEquals(item, part));
  return containsLike(whole, part);
}

function containsLike(whole: unknown, part: unknown): boolean {
  if (Array.isArray(part)) return Array.isArray(whole) && part.every((wanted) => whole.some((item) => containsLike(item, wanted)));
  if (isObject(part))
    return (
      isObject(whole) &&
      keysOf(part).every((key) => {
        const has = at(whole, key);
        return has !== undefined && containsLike(has, part[key]);
      })
    );
  return jsonEquals(whole, part);
}

// The facets of a value type. Shared code asks a facet, never which kind it has; a new kind brings its own and nothing else changes.

import type { Issue } from '../error/value-error.ts';
import type { Codec } from './codec.ts';

/**
 * Why a value was refused. The message says what is wanted and never quotes the value.
 *
 * Shape: `index` is the position inside an array; `path` where inside a document (`.turbo.boostPsi`, `.items[3]`); `others` are further problems of the same value.
 */
export interface Problem {
  readonly rule: string;
  readonly message: string;
  readonly index?: number;
  readonly path?: string;
  readonly others?: readonly Problem[];
}

/** The path inside a value as a problem has it. Keys that are no identifiers stand in brackets. */
export function problemPath(segments: readonly PropertyKey[]): string {
  return segments
    .map((segment) =>
      typeof segment === 'number'
        ? `[${segment}]`
        : /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(String(segment))
          ? `.${String(segment)}`
          : `[${JSON.stringify(String(segment))}]`,
    )
    .join('');
}

/** A problem of the value at `path`, with all others of the same value, as issues. */
export function issuesOf(path: string, problem: Problem): Issue[] {
  const inside = problem.path ?? (problem.index === undefined ? '' : `[${problem.index}]`);
  const issue: Issue = {
    path: path === '' && inside.startsWith('.') ? inside.slice(1) : `${path}${inside}`,
    rule: problem.rule,
    message: problem.message,
  };
  return problem.others === undefined ? [issue] : [issue, ...problem.others.flatMap((other) => issuesOf(path, other))];
}

/** How change tracking deals with values that change in place and are costly to check. */
export interface ChangeTracking {
  /** What stands for the value as it is now, to be compared later. Never throws. */
  readonly state: (value: any) => unknown;
  /** Whether two states that are not identical are of equal values. */
  readonly isSame: (before: unknown, now: unknown) => boolean;
  /** A copy that later changes of the value do not reach. */
  readonly copy: (value: unknown) => unknown;
}

/** How Postgres compares two values of a type, so that predicates can be evaluated in memory with the same answer. Never sees null. */
export interface Comparison<Value> {
  readonly equal: (left: Value, right: Value) => boolean;
  /** Negative, zero or positive. Absent for types without an order. */
  readonly compare?: (left: Value, right: Value) => number;
  /** False where SQL's order depends on a collation (text): such an order has no in-memory form. */
  readonly isOrderPortable?: boolean;
}

/** The families of operations that core brings. A package with operations of its own gives the class instead. */
export type OperationFamily = 'scalar' | 'ordered' | 'number' | 'text' | 'boolean' | 'array' | 'moment' | 'date' | 'interval';

/** What an aggregate gives: values of `kind`. `isCast`: Postgres gives another type by itself. */
export interface AggregateResult {
  readonly kind: ValueKind;
  readonly isCast: boolean;
}

/** How the least and the greatest value are found where `min` and `max` do not exist for a type, or give another one. `sorted`: as the first of all, in order. */
export type Extremes =
  | 'sorted'
  | {
      readonly min: string;
      readonly max: string;
      readonly isCast?: boolean;
      /** The order is that of the text. */
      readonly asText?: boolean;
    };

/** What Postgres makes of many values of a type. What is absent is of the kind itself, by `min`, `max`, `sum` and `avg`. Kinds refer to each other, so they are asked for when needed. */
export interface Aggregation {
  readonly sum?: () => AggregateResult;
  readonly average?: () => AggregateResult;
  readonly extremes?: Extremes;
}

/** A class of expressions: constructed over a node and its kind, with the operations of the type as methods. */
export type OperationClass = new (node: any, kind: ValueKind) => object;

/**
 * A value type: one SQL type together with one JavaScript representation.
 *
 * Shape: `sqlType` as `format_type` prints it, modifiers included; `castType` the same without modifiers, for casting parameters (a cast to
 * `numeric(10,2)` would round). `validate` accepts exactly the values that round-trip.
 */
export interface ValueKind<Value = any> {
  readonly name: string;
  readonly sqlType: string;
  readonly castType: string;
  readonly codec: Codec<Value>;
  readonly comparison: Comparison<Value> | null;
  /** What values that Postgres takes for equal share and others do not, to look them up by. Absent where that is the value itself, or the text of an object. */
  readonly identity?: (value: Value) => unknown;
  readonly operations: OperationFamily | OperationClass;
  readonly validate: (value: unknown) => Problem | null;
  readonly aggregation?: Aggregation;
  /** A value of the type that is read as null, as SQL's NULL is: functions that pass over NULLs are to pass over it, too. */
  readonly nullLike?: unknown;
  /** The same kind for a field, where its errors name the field. */
  readonly ofField?: (field: { readonly model: string; readonly field: string }) => ValueKind;
  /** True for whole numbers in a type that has fractions, too: division must be told to truncate. */
  readonly isWhole?: true;
  /** Extensions that must be installed for the type to exist. */
  readonly extensions?: readonly string[];
  /** The SQL of the constraint that the type itself implies, over a quoted column name. */
  readonly check?: (column: string) => string;
  /** For arrays: the kind of the elements. */
  readonly element?: ValueKind;
  /** For ranges: the kind of the bounds. */
  readonly bound?: ValueKind;
  /** What `.index()` makes where no method is named. Default: btree. */
  readonly defaultIndex?: 'gin' | 'gist';
  /** False for types that may not be elements of an array column. Default true. */
  readonly isArrayElement?: boolean;
  /** True when a value can be changed in place (dates, arrays, bytes): change tracking then compares encoded forms. */
  readonly isMutable?: boolean;
  /** For kinds that track changes in ways of their own. Their fields are tracked in every model: untouched since they were loaded, they are not written. */
  readonly tracking?: ChangeTracking;
  /** The enum type that must exist before a table uses it. */
  readonly enumType?: { readonly name: string; readonly labels: readonly string[] };
}

/** Changes single facets of a kind, for modifiers like a range or a length. */
export function refineKind<Value>(kind: ValueKind<Value>, facets: Partial<ValueKind<Value>>): ValueKind<Value> {
  return Object.freeze({ ...kind, ...facets });
}

/** A value of the kind as the key of a Map: the same for all values that Postgres takes for equal. */
export function identityOf({ identity, codec }: ValueKind, value: unknown): unknown {
  if (identity !== undefined) return identity(value);
  return typeof value === 'object' && value !== null ? codec.text.encode(value) : value;
}

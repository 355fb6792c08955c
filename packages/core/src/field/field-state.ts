// What a field's type says about it. One named state per field; each modifier replaces one key, and the named wrappers keep declarations short.
// Types only.

import type {
  ArrayOps,
  BooleanOps,
  DateOps,
  IntervalOps,
  MomentOps,
  NetworkOps,
  NullEquality,
  NumberOps,
  RangeOps,
  ScalarOps,
  TextOps,
} from '../expr/expression.ts';
import type { Range } from '../value/range.ts';
import type { SearchVectorOps } from '../expr/search.ts';
import type { JsonOps, RawJson, RawJsonOps } from '../expr/json-path.ts';
import type { Temporal } from 'temporal-spec';

/**
 * Shape: `column` says how a field is stored: `self` is one column of its own name, `id` a key column `<name>_id` behind the property `<name>Id`,
 * `readonly` stored but never written by the caller (version, generated), `none` no column at all (a reverse relation).
 */
export interface FieldState {
  // A bound that every state fits, whatever its value and operations are: with unknown, those that are functions would not.
  value: any;
  ops: any;
  optional: boolean;
  nullable: boolean;
  column: 'self' | 'id' | 'readonly' | 'none';
  expose: string;
}

/** The part of a state that belongs to a relation and survives every modifier. */
export type Relation<State> = State extends { target: infer Target; many: infer Many }
  ? State extends { through: infer Through }
    ? RelationOver<Target, Many, Through>
    : RelationTo<Target, Many>
  : unknown;
export interface RelationTo<Target, Many> {
  target: Target;
  many: Many;
}
export interface RelationOver<Target, Many, Through> extends RelationTo<Target, Many> {
  through: Through;
}

export interface NullableState<State extends FieldState> {
  value: State['value'] | null;
  ops: State['ops'] & NullEquality;
  optional: true;
  nullable: true;
  column: State['column'];
  expose: State['expose'];
}
/** The same of a reference. One interface, where an intersection would cost the compiler half as much again. */
export interface NullableRelation<State extends FieldState, Target> {
  value: State['value'] | null;
  ops: State['ops'] & NullEquality;
  optional: true;
  nullable: true;
  column: State['column'];
  expose: State['expose'];
  target: Target;
  many: false;
}
/** Of relations, only a reference has a column that may be NULL. */
export type Nullable<State extends FieldState> = State extends { target: infer Target; many: false }
  ? NullableRelation<State, Target>
  : NullableState<State> & Relation<State>;
export interface DefaultedState<State extends FieldState> {
  value: State['value'];
  ops: State['ops'];
  optional: true;
  nullable: State['nullable'];
  column: State['column'];
  expose: State['expose'];
}
export interface GeneratedState<State extends FieldState> {
  value: State['value'];
  ops: State['ops'];
  optional: true;
  nullable: State['nullable'];
  column: 'readonly';
  expose: State['expose'];
}
export interface ExposedState<State extends FieldState, Audience extends string> {
  value: State['value'];
  ops: State['ops'];
  optional: State['optional'];
  nullable: State['nullable'];
  column: State['column'];
  expose: Audience;
}

/** A stored field of a value type and its operations, before any modifier. */
export interface Column<Value, Ops> {
  value: Value;
  ops: Ops;
  optional: false;
  nullable: false;
  column: 'self';
  expose: never;
}

export interface TextColumn extends Column<string, TextOps> {}
export interface NumberColumn extends Column<number, NumberOps<number>> {}
export interface BigintColumn extends Column<bigint, NumberOps<bigint>> {}
export interface DecimalColumn extends Column<string, NumberOps<string>> {}
export interface DecimalClassColumn<Value> extends Column<Value, NumberOps<Value>> {}
export interface BooleanColumn extends Column<boolean, BooleanOps> {}
export interface TimestamptzColumn extends Column<Date, MomentOps<Date>> {}
export interface InstantColumn extends Column<Temporal.Instant, MomentOps<Temporal.Instant>> {}
export interface DateColumn extends Column<Temporal.PlainDate, DateOps> {}
export interface TimeColumn extends Column<Temporal.PlainTime, ScalarOps<Temporal.PlainTime>> {}
export interface TimestampColumn extends Column<Temporal.PlainDateTime, MomentOps<Temporal.PlainDateTime>> {}
export interface IntervalColumn extends Column<Temporal.Duration, IntervalOps> {}
export interface NetworkColumn extends Column<string, NetworkOps> {}
export interface MacaddrColumn extends Column<string, ScalarOps<string>> {}
/** `BoundOps`: what `lower()` and `upper()` can be asked. */
export interface RangeColumn<Value, BoundOps = ScalarOps<Value>> extends Column<Range<Value>, RangeOps<Value, BoundOps>> {}
/** A `timestamptz(3)` column, which is a Date, may be asked about, too. */
export interface InstantRangeColumn extends Column<
  Range<Temporal.Instant>,
  RangeOps<Temporal.Instant, MomentOps<Temporal.Instant>, Temporal.Instant | Date>
> {}
/** By what `f.range` is given. */
export interface RangeColumns {
  int4: RangeColumn<number, NumberOps<number>>;
  int8: RangeColumn<bigint, NumberOps<bigint>>;
  num: RangeColumn<string, NumberOps<string>>;
  ts: RangeColumn<Temporal.PlainDateTime, MomentOps<Temporal.PlainDateTime>>;
  tstz: InstantRangeColumn;
  date: RangeColumn<Temporal.PlainDate, DateOps>;
}
export interface UuidColumn extends Column<string, ScalarOps<string>> {}
export interface ByteaColumn extends Column<Uint8Array, ScalarOps<Uint8Array>> {}
export interface EnumColumn<Label extends string> extends Column<Label, ScalarOps<Label>> {}
export interface ArrayColumn<Element> extends Column<Element[], ArrayOps<Element>> {}
export interface IdColumn<Value> extends Column<Value, ScalarOps<Value>> {}
/** A vector of words: the database keeps it, queries name it, and no row has it. */
export interface TsvectorColumn {
  value: string;
  ops: SearchVectorOps;
  optional: true;
  nullable: false;
  column: 'none';
  expose: never;
}
export interface JsonColumn<Value> extends Column<Value, JsonOps<NonNullable<Value>>> {}
export interface RawJsonColumn extends Column<RawJson, RawJsonOps> {}
export interface VersionColumn {
  value: number;
  ops: ScalarOps<number>;
  optional: true;
  nullable: false;
  column: 'readonly';
  expose: never;
}

// What a field's type says about it. One named state per field; each modifier replaces one key, and the named wrappers keep declarations short.
// Types only.

import type { ArrayOps, BooleanOps, NullEquality, NumberOps, ScalarOps, TextOps } from '../expr/expression.ts';
import type { Temporal } from 'temporal-spec';

/**
 * Shape: `column` says how a field is stored: `self` is one column of its own name, `id` a key column `<name>_id` behind the property `<name>Id`,
 * `readonly` stored but never written by the caller (version, generated), `none` no column at all (a reverse relation).
 */
export interface FieldState { value: any; ops: any; optional: boolean; nullable: boolean; column: 'self' | 'id' | 'readonly' | 'none'; expose: string }

/** The part of a state that belongs to a relation and survives every modifier. */
export type Relation<State> = State extends { target: any } ? Omit<State, keyof FieldState> : unknown;

export interface NullableState<State extends FieldState> { value: State['value'] | null; ops: State['ops'] & NullEquality; optional: true; nullable: true; column: State['column']; expose: State['expose'] }
export interface DefaultedState<State extends FieldState> { value: State['value']; ops: State['ops']; optional: true; nullable: State['nullable']; column: State['column']; expose: State['expose'] }
export interface GeneratedState<State extends FieldState> { value: State['value']; ops: State['ops']; optional: true; nullable: State['nullable']; column: 'readonly'; expose: State['expose'] }
export interface ExposedState<State extends FieldState, Audience extends string> { value: State['value']; ops: State['ops']; optional: State['optional']; nullable: State['nullable']; column: State['column']; expose: Audience }

/** A stored field of a value type and its operations, before any modifier. */
export interface Column<Value, Ops> { value: Value; ops: Ops; optional: false; nullable: false; column: 'self'; expose: never }

export interface TextColumn extends Column<string, TextOps> {}
export interface NumberColumn extends Column<number, NumberOps<number>> {}
export interface BigintColumn extends Column<bigint, NumberOps<bigint>> {}
export interface DecimalColumn extends Column<string, NumberOps<string>> {}
export interface DecimalClassColumn<Value> extends Column<Value, NumberOps<Value>> {}
export interface BooleanColumn extends Column<boolean, BooleanOps> {}
export interface TimestamptzColumn extends Column<Date, ScalarOps<Date>> {}
export interface InstantColumn extends Column<Temporal.Instant, ScalarOps<Temporal.Instant>> {}
export interface DateColumn extends Column<Temporal.PlainDate, ScalarOps<Temporal.PlainDate>> {}
export interface TimeColumn extends Column<Temporal.PlainTime, ScalarOps<Temporal.PlainTime>> {}
export interface TimestampColumn extends Column<Temporal.PlainDateTime, ScalarOps<Temporal.PlainDateTime>> {}
export interface UuidColumn extends Column<string, ScalarOps<string>> {}
export interface ByteaColumn extends Column<Uint8Array, ScalarOps<Uint8Array>> {}
export interface EnumColumn<Label extends string> extends Column<Label, ScalarOps<Label>> {}
export interface ArrayColumn<Element> extends Column<Element[], ArrayOps<Element>> {}
export interface IdColumn<Value> extends Column<Value, ScalarOps<Value>> {}
export interface VersionColumn { value: number; ops: ScalarOps<number>; optional: true; nullable: false; column: 'readonly'; expose: never }

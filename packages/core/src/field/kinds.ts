// `f`: the field builders that core brings. Kind-specific settings are arguments here.

import type { Codec } from '../value/codec.ts';
import type { Comparison, OperationClass, OperationFamily, Problem, ValueKind } from '../value/kind.ts';
import { arrayKind } from '../value/array.ts';
import { byteaKind, uuidKind } from '../value/binary.ts';
import { decimalClassKind, decimalKind, type DecimalClass } from '../value/decimal.ts';
import { enumKind, type PgEnum } from '../value/enum.ts';
import { intervalKind } from '../value/interval.ts';
import { macaddrKind } from '../value/network.ts';
import {
  bigintKind,
  booleanKind,
  doubleKind,
  integerKind,
  intKind,
  realKind,
  safeIntSpec,
  smallintKind,
  uint64Kind,
} from '../value/number.ts';
import { citextKind, limitedTextKind, textKind, varcharKind } from '../value/text.ts';
import { dateKind, instantKind, timeKind, timestampKind, timestamptzKind } from '../value/time.ts';
import { NETWORK_KINDS } from '../expr/network-expression.ts';
import { RANGE_FIELD_KINDS } from '../expr/range-expression.ts';
import { jsonbSpec, rawJsonSpec, type JsonbOptions, type RawJsonOptions } from './json-column.ts';
import { tsvectorSpec, type TsvectorOptions } from './search-column.ts';
import type { StandardSchema } from '../value/standard-schema.ts';
import { optionFacts } from './argument.ts';
import { FieldBuilder, fieldOf, specOf, type Field } from './field.ts';
import type {
  ArrayColumn,
  BigintColumn,
  BooleanColumn,
  ByteaColumn,
  Column,
  DateColumn,
  DecimalClassColumn,
  DecimalColumn,
  EnumColumn,
  FieldState,
  IdColumn,
  InstantColumn,
  IntervalColumn,
  JsonColumn,
  MacaddrColumn,
  NetworkColumn,
  NumberColumn,
  RangeColumns,
  RawJsonColumn,
  TextColumn,
  TimeColumn,
  TimestampColumn,
  TimestamptzColumn,
  TsvectorColumn,
  UuidColumn,
  VersionColumn,
} from './field-state.ts';
import type { FieldSpec } from './field-spec.ts';

/** Leaves out the CHECK that an integer kind implies: for adopted tables that do not have it. */
export interface BoundsOptions {
  readonly bounds?: boolean;
}

/** What an inet column may hold. */
export interface InetOptions {
  readonly prefix?: boolean;
}

/** A decimal field can be read into a class of the user's. */
export interface DecimalField extends Field<DecimalColumn> {
  /** Values are instances of `Class`, constructed from the decimal string: decimal.js, big.js, bignumber.js. */
  as<Value>(Class: DecimalClass<Value>): Field<DecimalClassColumn<Value>>;
}

/** What `f.custom` needs to know about a type that core does not have. */
export interface CustomKind<Value> {
  /** Default: the SQL type. */
  readonly name?: string;
  /** As `format_type` prints it. */
  readonly sqlType: string;
  /** The type without modifiers, for parameter casts. Default: `sqlType`. */
  readonly castType?: string;
  readonly codec: Codec<Value>;
  readonly validate?: (value: unknown) => Problem | null;
  readonly comparison?: Comparison<Value>;
  readonly operations?: OperationFamily | OperationClass;
  readonly extensions?: readonly string[];
  readonly isMutable?: boolean;
}

/** A key kind alone does not know whose key it is: its value type is the plain one. */
type Unbranded<Value> = Value extends string ? string : Value extends number ? number : Value extends bigint ? bigint : never;

const stored = <State extends FieldState>(valueKind: ValueKind, facts: Partial<FieldSpec> = {}): Field<State> =>
  fieldOf<State>({ valueKind, stored: 'self', ...facts });

class DecimalBuilder extends FieldBuilder {
  as(Class: DecimalClass<unknown>): FieldBuilder {
    return this.with({ valueKind: decimalClassKind(this.spec.valueKind as ValueKind<string>, Class) });
  }
}

const bounded =
  (name: string, sqlType: 'smallint' | 'integer' | 'bigint', min: number, max: number) =>
  (options?: BoundsOptions): Field<NumberColumn> =>
    stored<NumberColumn>(
      integerKind({ name, sqlType, min, max, hasCheck: options?.bounds ?? true }),
      optionFacts(`f.${name}`, options, ['bounds']),
    );

const isWhole = (value: unknown, min: number, max: number): boolean =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max;

/** Why an inner field cannot be the element of an array. */
function elementProblem(spec: FieldSpec | null): FieldSpec['problem'] {
  if (spec === null) return { rule: 'array_element', message: 'f.array wants a field: f.array(f.text())' };
  if (spec.problem !== undefined) return spec.problem;
  const { valueKind, ...modifiers } = spec;
  if (typeof valueKind !== 'object' || valueKind.isArrayElement === false)
    return { rule: 'array_element', message: 'the element type cannot be stored in an array column' };
  const { stored: _stored, maxLength: _maxLength, ...rest } = modifiers;
  return Object.keys(rest).length === 0
    ? undefined
    : { rule: 'array_element', message: `the element takes no modifiers (${Object.keys(rest).join(', ')}): put them on the array` };
}

/**
 * The field builders. A column is NOT NULL unless `.nullable()`; a field without default is required on create.
 *
 * Source: types and ranges as in the manual, chapter 8 Data Types.
 */
export const f = Object.freeze({
  /** `text`; with `maxLength` (in characters) a check beside it. */
  text(options?: { maxLength?: number }): Field<TextColumn> {
    const maxLength = options?.maxLength;
    if (maxLength === undefined) return stored<TextColumn>(textKind, optionFacts('f.text', options, ['maxLength']));
    return stored<TextColumn>(limitedTextKind(maxLength), {
      maxLength,
      ...(isWhole(maxLength, 1, 2 ** 31 - 1) ? {} : { problem: { rule: 'max_length', message: 'maxLength must be a positive integer' } }),
      ...optionFacts('f.text', options, ['maxLength']),
    });
  },
  /** `varchar(n)`, n from 1 to 10,485,760 characters. */
  varchar(maxLength: number): Field<TextColumn> {
    return stored<TextColumn>(varcharKind(maxLength), {
      maxLength,
      ...(isWhole(maxLength, 1, 10485760) ? {} : { problem: { rule: 'max_length', message: 'varchar takes a length from 1 to 10485760' } }),
    });
  },
  /** `citext`, of the extension of that name. */
  citext: (): Field<TextColumn> => stored<TextColumn>(citextKind),
  /** `smallint`: -32768 to 32767. */
  smallint: (): Field<NumberColumn> => stored<NumberColumn>(smallintKind),
  /** `integer`: -2147483648 to 2147483647. */
  int: (): Field<NumberColumn> => stored<NumberColumn>(intKind),
  /** `bigint` as a JavaScript bigint. */
  bigint: (): Field<BigintColumn> => stored<BigintColumn>(bigintKind),
  /** `smallint` with a check: -128 to 127. */
  tinyint: bounded('tinyint', 'smallint', -128, 127),
  /** `smallint` with a check: 0 to 255. */
  uint8: bounded('uint8', 'smallint', 0, 255),
  /** `integer` with a check: 0 to 65535. */
  uint16: bounded('uint16', 'integer', 0, 65535),
  /** `bigint` with a check: 0 to 4294967295, as a number. */
  uint32: bounded('uint32', 'bigint', 0, 4294967295),
  /** `bigint` with a check, as a number: plus and minus 2^53 - 1. */
  safeInt: bounded(safeIntSpec.name, safeIntSpec.sqlType, safeIntSpec.min, safeIntSpec.max),
  /** `numeric` with a check: 0 to 2^64 - 1, as a bigint. */
  uint64: (options?: BoundsOptions): Field<BigintColumn> =>
    stored<BigintColumn>(uint64Kind(options?.bounds ?? true), optionFacts('f.uint64', options, ['bounds'])),
  /** `numeric` or `numeric(precision, scale)`, as an exact decimal string. Values of a larger scale are refused, never rounded. */
  decimal(precision?: number, scale?: number): DecimalField {
    const isValid = precision === undefined ? scale === undefined : isWhole(precision, 1, 1000) && isWhole(scale ?? 0, 0, precision);
    return new DecimalBuilder({
      valueKind: decimalKind({ precision, scale }),
      stored: 'self',
      ...(isValid
        ? {}
        : { problem: { rule: 'precision', message: 'decimal takes a precision from 1 to 1000 and a scale from 0 to the precision' } }),
    }) as unknown as DecimalField;
  },
  /** `boolean` */
  boolean: (): Field<BooleanColumn> => stored<BooleanColumn>(booleanKind),
  /** `real`: only numbers that are exact in 32 bits are accepted. */
  real: (): Field<NumberColumn> => stored<NumberColumn>(realKind),
  /** `double precision` */
  double: (): Field<NumberColumn> => stored<NumberColumn>(doubleKind),
  /** `timestamptz(3)` as a Date: milliseconds on both sides. */
  timestamptz: (): Field<TimestamptzColumn> => stored<TimestamptzColumn>(timestamptzKind),
  /** `timestamptz(6)` as a Temporal.Instant: microseconds on both sides. */
  instant: (): Field<InstantColumn> => stored<InstantColumn>(instantKind),
  /** `date` as a Temporal.PlainDate. */
  date: (): Field<DateColumn> => stored<DateColumn>(dateKind),
  /** `time` as a Temporal.PlainTime. */
  time: (): Field<TimeColumn> => stored<TimeColumn>(timeKind),
  /** `timestamp` without time zone as a Temporal.PlainDateTime. */
  timestamp: (): Field<TimestampColumn> => stored<TimestampColumn>(timestampKind),
  /** `interval` as a Temporal.Duration: months, days and microseconds, each exact. */
  interval: (): Field<IntervalColumn> => stored<IntervalColumn>(intervalKind),
  /** `inet` as text: the address of a host, or with `{ prefix: true }` with any prefix. */
  inet: (options?: InetOptions): Field<NetworkColumn> =>
    stored<NetworkColumn>(
      options?.prefix === true ? NETWORK_KINDS.inetWithPrefix : NETWORK_KINDS.inet,
      optionFacts('f.inet', options, ['prefix']),
    ),
  /** `cidr` as text: a network such as `10.0.0.0/8`. */
  cidr: (): Field<NetworkColumn> => stored<NetworkColumn>(NETWORK_KINDS.cidr),
  /** `macaddr` as lower-case text with colons. */
  macaddr: (): Field<MacaddrColumn> => stored<MacaddrColumn>(macaddrKind),
  /** A range type: `int4range`, `int8range`, `numrange`, `tsrange`, `tstzrange` or `daterange`. */
  range<Type extends keyof RangeColumns>(type: Type): Field<RangeColumns[Type]> {
    if (Object.hasOwn(RANGE_FIELD_KINDS, type)) return stored<RangeColumns[Type]>(RANGE_FIELD_KINDS[type]);
    return stored<RangeColumns[Type]>(textKind, {
      problem: { rule: 'range_type', message: `f.range takes one of ${Object.keys(RANGE_FIELD_KINDS).join(', ')}` },
    });
  },
  /** `uuid` as lower-case text. */
  uuid: (): Field<UuidColumn> => stored<UuidColumn>(uuidKind),
  /** `bytea` as a Uint8Array. */
  bytea: (): Field<ByteaColumn> => stored<ByteaColumn>(byteaKind),
  /** A named enum type; the value is the label. */
  enum<Label extends string>(type: PgEnum<Label>): Field<EnumColumn<Label>> {
    return stored<EnumColumn<Label>>(enumKind(type));
  },
  /** A one-dimensional array. Elements are not NULL. */
  array<State extends FieldState>(element: Field<State>): Field<ArrayColumn<State['value']>> {
    const spec = specOf(element),
      problem = elementProblem(spec);
    const inner = typeof spec?.valueKind === 'object' ? spec.valueKind : textKind;
    return stored<ArrayColumn<State['value']>>(arrayKind(inner), problem === undefined ? {} : { problem });
  },
  /** An id in any position: `f.id(pk.serial())`, and `f.id<Person['id']>(pk.heerIdDesc())` for one of a named model. Only a key column gets a generated default. */
  id<Value>(key: { readonly valueKind: ValueKind; readonly $value?: Value | Unbranded<Value> }): Field<IdColumn<Value>> {
    return stored<IdColumn<Value>>(key.valueKind);
  },
  /** Optimistic locking: an integer that every write counts up, checked by `save` and `update`. At most one per model. */
  version: (): Field<VersionColumn> =>
    fieldOf<VersionColumn>({ valueKind: intKind, stored: 'self', isVersion: true, default: { kind: 'value', value: 0 } }),
  /**
   * `tsvector`, kept by the database from other fields of the model: GENERATED ALWAYS AS (to_tsvector(...)) STORED, with a GIN index. Queries name it
   * (`p.search.matches(webSearch('words'))`); no row, create or patch has it.
   *
   * Shape: `sources` are declared names of text fields, in a list or by weight: `{ A: ['title'], B: ['summary', 'body'] }`. NULL counts as empty.
   * Errors: MODEL_DEFINITION with `search_spec` for a configuration or sources that cannot be, and `generated_source` for a source that is no text of the model.
   */
  tsvector: (options: TsvectorOptions): Field<TsvectorColumn> => fieldOf<TsvectorColumn>(tsvectorSpec(options)),
  /**
   * `jsonb`. The value is the document as parsed; the schema, any Standard Schema validator, says what may be written, and its output is left aside.
   *
   * Errors: VALIDATION with `schema` and the path inside the document; MODEL_DEFINITION with `async_schema` at the first write for a schema that answers
   * asynchronously.
   */
  jsonb<Input>(schema: StandardSchema<Input, any>, options?: JsonbOptions): Field<JsonColumn<Input>> {
    return fieldOf<JsonColumn<Input>>(jsonbSpec(schema, options));
  },
  /** `jsonb` without a schema, for documents that are not yours to describe. */
  rawJson: (options: RawJsonOptions): Field<RawJsonColumn> => fieldOf<RawJsonColumn>(rawJsonSpec(options)),
  /** Any other type, with a codec of your own. Compared by the database only unless a comparison is given. */
  // oxlint-disable-next-line typescript/consistent-type-imports -- one use in a default
  custom<Value, Ops = import('../expr/expression.ts').Equality<Value>>(kind: CustomKind<Value>): Field<Column<Value, Ops>> {
    return stored<Column<Value, Ops>>({
      name: kind.name ?? kind.sqlType,
      sqlType: kind.sqlType,
      castType: kind.castType ?? kind.sqlType,
      codec: kind.codec,
      validate: kind.validate ?? (() => null),
      comparison: kind.comparison ?? null,
      operations: kind.operations ?? 'scalar',
      isMutable: kind.isMutable ?? true,
      ...(kind.extensions === undefined ? {} : { extensions: kind.extensions }),
    });
  },
});

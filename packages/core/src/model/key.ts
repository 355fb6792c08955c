// `pk`: how a model's rows are identified. A key kind has a name, a value type, and says whether the caller must supply the value.

import type { Sql } from '../expr/expression.ts';
import { specOf, type Field } from '../field/field.ts';
import type { FieldState } from '../field/field-state.ts';
import { KEY_GENERATORS, type GeneratedKeyKind, type KeyGenerator } from '../id/key-generator.ts';
import { bigintKind } from '../value/number.ts';
import { textKind } from '../value/text.ts';
import type { ValueKind } from '../value/kind.ts';

/** A key kind. `valueKind` is how the value travels; `$value` exists in the type only. */
export interface KeyKind<Kind extends string, Value, Supplied extends boolean> {
  readonly kind: Kind;
  readonly $value?: Value;
  readonly supplied: Supplied;
  readonly valueKind: ValueKind;
  readonly spec: KeySpec;
}

/** No single key column: no `id`, and none of the members that need one. */
export interface KeylessKind {
  readonly kind: 'none' | 'composite';
  readonly spec: KeySpec;
}

/** What a key kind keeps, as data and behaviour. */
export interface KeySpec {
  /** The key column's name. Default `id`. The property is `id` always. */
  readonly column: string;
  readonly generator: KeyGenerator | null;
  /** DEFAULT of the column. */
  readonly defaultSql: string | null;
  readonly identity: 'byDefault' | 'always' | null;
  /** A query for n keys; `$1` is the count. */
  readonly batchSql: string | null;
  /** A key made in process. */
  readonly generate: (() => unknown) | null;
  /** For `pk.composite`: the declared field names. */
  readonly fields: readonly string[];
  readonly problem?: { readonly rule: string; readonly message: string } | undefined;
}

export interface KeyOptions {
  /** The key column's name; default `id`. */ readonly column?: string;
}

export interface CustomKey<Kind extends string, State extends FieldState> extends KeyOptions {
  /** Names the kind in brands, descriptors and errors. */
  readonly name: Kind;
  /** The value type and its codec. Takes no modifiers. */
  readonly field: Field<State>;
}

function builtIn<const Kind extends GeneratedKeyKind, Value>(kind: Kind, options: KeyOptions = {}): KeyKind<Kind, Value, false> {
  const generator = KEY_GENERATORS[kind];
  return Object.freeze({
    kind,
    supplied: false,
    valueKind: generator.value,
    spec: Object.freeze({
      column: options.column ?? 'id',
      generator,
      defaultSql: generator.defaultSql,
      identity: generator.identity,
      batchSql: generator.batchSql,
      generate: null,
      fields: [],
    }),
  });
}

const BUILT_IN: readonly string[] = [...Object.keys(KEY_GENERATORS), 'bigserial', 'none', 'composite'];

interface CustomOptions {
  name: string;
  field: Field<FieldState>;
  column?: string;
  default?: Sql;
  batch?: Sql;
  generate?(): unknown;
}

// oxlint-disable-next-line typescript/unbound-method -- kept as data, never called through the object
function custom({ name, field, column = 'id', default: defaultSql, batch, generate }: CustomOptions): KeyKind<string, unknown, boolean> {
  const spec = specOf(field);
  const { valueKind, stored: _stored, maxLength: _maxLength, problem: inner, ...modifiers } = spec ?? { stored: 'self' as const };
  const problem =
    typeof name !== 'string' || name.trim() === ''
      ? { rule: 'key_spec', message: 'a custom key kind needs a name' }
      : BUILT_IN.includes(name)
        ? { rule: 'key_spec', message: `the name ${name} is one of the built-in key kinds: give the custom kind another` }
        : typeof valueKind !== 'object'
          ? { rule: 'key_spec', message: `the key kind ${name} needs a field with a value type` }
          : Object.keys(modifiers).length > 0
            ? { rule: 'key_spec', message: `the field of the key kind ${name} takes no modifiers (${Object.keys(modifiers).join(', ')})` }
            : inner;
  return Object.freeze({
    kind: name,
    supplied: defaultSql === undefined && generate === undefined,
    valueKind: typeof valueKind === 'object' ? valueKind : textKind,
    spec: Object.freeze({
      column,
      generator: null,
      defaultSql: defaultSql?.text ?? null,
      identity: null,
      batchSql: batch?.text ?? null,
      generate: generate ?? null,
      fields: [],
      problem,
    }),
  });
}

const keyless = (kind: 'none' | 'composite', fields: readonly string[]): KeylessKind =>
  Object.freeze({
    kind,
    spec: Object.freeze({ column: 'id', generator: null, defaultSql: null, identity: null, batchSql: null, generate: null, fields }),
  });

/**
 * The key kinds. The default of a model is `pk.heerIdDesc()`: 64 bits, made by the database without a lock, newest first.
 *
 * @example
 * export class Event extends model('events', { name: f.text() }, { pk: pk.ranjId() }) {}
 */
export const pk = Object.freeze({
  /** `bigint DEFAULT heerid_next_desc()`: ORDER BY id gives the newest first. A decimal string in JavaScript. */
  heerIdDesc: (options?: KeyOptions): KeyKind<'heerIdDesc', string, false> => builtIn('heerIdDesc', options),
  /** `bigint DEFAULT heerid_next()`: oldest first. */
  heerId: (options?: KeyOptions): KeyKind<'heerId', string, false> => builtIn('heerId', options),
  /** `uuid DEFAULT ranjid_next()`: a UUID of version 8, oldest first. */
  ranjId: (options?: KeyOptions): KeyKind<'ranjId', string, false> => builtIn('ranjId', options),
  /** `uuid DEFAULT ranjid_next_desc()`: newest first. */
  ranjIdDesc: (options?: KeyOptions): KeyKind<'ranjIdDesc', string, false> => builtIn('ranjIdDesc', options),
  /** `integer GENERATED BY DEFAULT AS IDENTITY`, a number. For small reference tables. */
  serial: (options?: KeyOptions): KeyKind<'serial', number, false> => builtIn('serial', options),
  /** `bigint GENERATED BY DEFAULT AS IDENTITY`, a bigint: for adopted tables. */
  bigserial: (options?: KeyOptions): KeyKind<'bigserial', bigint, false> =>
    Object.freeze({
      kind: 'bigserial',
      supplied: false,
      valueKind: bigintKind,
      spec: Object.freeze({
        column: options?.column ?? 'id',
        generator: null,
        defaultSql: null,
        identity: 'byDefault',
        batchSql: null,
        generate: null,
        fields: [],
      }),
    }),
  /** A key of your own. Without `default` and `generate` the caller supplies it: `create` then requires `id`. */
  custom: custom as unknown as {
    <const Kind extends string, State extends FieldState>(
      kind: CustomKey<Kind, State> & ({ readonly default: Sql; readonly batch?: Sql } | { readonly generate: () => State['value'] }),
    ): KeyKind<Kind, State['value'], false>;
    <const Kind extends string, State extends FieldState>(kind: CustomKey<Kind, State>): KeyKind<Kind, State['value'], true>;
  },
  /** No key: rows are inserted and queried, and never addressed one by one. */
  none: (): KeylessKind => keyless('none', []),
  /** A key of several declared fields, in order: queries and bulk writes only. */
  composite: (...fields: string[]): KeylessKind => keyless('composite', fields),
});

// The field builder: immutable, chained, typed by its state. The few modifiers here are those that every field has; the rest are arguments of the builder.

import type { Sql } from '../expr/expression.ts';
import { optionFacts } from './argument.ts';
import type { DefaultedState, ExposedState, FieldState, GeneratedState, Nullable, Relation } from './field-state.ts';
import type { DefaultSpec, FieldSpec, IndexMethod, Protection } from './field-spec.ts';

declare const stateOf: unique symbol;

/** A field of a model under declaration. Every modifier returns a new one. */
export interface Field<State extends FieldState> {
  readonly [stateOf]?: State;
  readonly state: State;
  /** The column allows NULL; the value type gains null, and the key becomes optional in create input. */
  nullable(): Field<Nullable<State>>;
  /** DEFAULT in the database: a value, checked when the descriptor is made, or SQL text. An omitted key leaves the column out of the INSERT. */
  default(value: State['value'] | Sql): Field<DefaultedState<State> & Relation<State>>;
  /** A value made in process, once per create, when the key is omitted. No DEFAULT in the database. */
  defaultFn(make: () => State['value']): Field<DefaultedState<State> & Relation<State>>;
  /** A hook or an extension fills it: optional in create input, still required when validated. */
  filled(): Field<DefaultedState<State> & Relation<State>>;
  /** GENERATED ALWAYS AS (...) STORED. Read only. */
  generated(expression: Sql): Field<GeneratedState<State> & Relation<State>>;
  /** UNIQUE. With `nullsNotDistinct`, a unique index under which two NULLs collide. */
  unique(options?: { nullsNotDistinct?: boolean }): this;
  /** An index on this column alone. Default method: the type's own (gin for arrays, gist for ranges, btree else). */
  index(method?: IndexMethod): this;
  /** The column's name; default: the property in snake_case. Any 1 to 63 bytes. */
  column(name: string): this;
  /** The column's former name: the next migration renames it. */
  renamedFrom(column: string): this;
  /** COMMENT ON COLUMN. */
  comment(text: string): this;
  /** A CHECK over column names, joined with AND to the one that the type implies. */
  check(expression: Sql): this;
  /** Audiences that may see the field in a visage. Without it, none. */
  expose<const Audiences extends readonly string[]>(
    ...audiences: Audiences
  ): Field<ExposedState<State, Audiences[number]> & Relation<State>>;
  /** How sensitive the field is. */
  protected(protection: Protection): this;
  /** `save` writes the column only when its value has changed since it was loaded. */
  tracked(): this;
  /** Why the field is as it is; appears in generated documentation. */
  rationale(text: string): this;
}

const isSql = (value: unknown): value is Sql =>
  typeof value === 'object' &&
  value !== null &&
  (value as { kind?: unknown }).kind === 'sql' &&
  typeof (value as { text?: unknown }).text === 'string';

/** The class behind `Field`. */
export class FieldBuilder {
  readonly spec: FieldSpec;
  constructor(spec: FieldSpec) {
    this.spec = Object.freeze(spec);
  }
  /** The same field with other facts: for builders of other packages and for kinds with methods of their own. */
  with(facts: Partial<FieldSpec>): this {
    return new (this.constructor as new (spec: FieldSpec) => this)({ ...this.spec, ...facts });
  }
  nullable(): this {
    return this.with({ isNullable: true });
  }
  default(value: unknown): this {
    return this.#defaulted(isSql(value) ? { kind: 'sql', sql: value } : { kind: 'value', value });
  }
  defaultFn(make: () => unknown): this {
    return this.#defaulted({ kind: 'function', make });
  }
  #defaulted(spec: DefaultSpec): this {
    return this.with({ default: spec });
  }
  filled(): this {
    return this.with({ isFilled: true });
  }
  generated(expression: Sql): this {
    return this.with({ generated: expression });
  }
  unique(options?: { nullsNotDistinct?: boolean }): this {
    return this.with({
      unique: { nullsNotDistinct: options?.nullsNotDistinct ?? false },
      ...optionFacts('.unique()', options, ['nullsNotDistinct']),
    });
  }
  index(method?: IndexMethod): this {
    return this.with({
      index: method ?? (typeof this.spec.valueKind === 'object' ? this.spec.valueKind.defaultIndex : undefined) ?? 'btree',
    });
  }
  column(name: string): this {
    return this.with({ column: name });
  }
  renamedFrom(column: string): this {
    return this.with({ renamedFrom: column });
  }
  comment(text: string): this {
    return this.with({ comment: text });
  }
  check(expression: Sql): this {
    return this.with({ check: expression });
  }
  expose(...audiences: string[]): this {
    return this.with({ expose: audiences });
  }
  protected(protection: Protection): this {
    return this.with({ protected: { ...protection } });
  }
  tracked(): this {
    return this.with({ isTracked: true });
  }
  rationale(text: string): this {
    return this.with({ rationale: text });
  }
}

/** A field of another package: `fieldOf<MyColumn>({ valueKind, stored: 'self' })`. */
export function fieldOf<State extends FieldState>(spec: FieldSpec): Field<State> {
  return new FieldBuilder(spec) as unknown as Field<State>;
}

/** The spec behind a field, or null for anything else. */
export function specOf(field: unknown): FieldSpec | null {
  return field instanceof FieldBuilder ? field.spec : ((field as { spec?: FieldSpec } | null)?.spec ?? null);
}

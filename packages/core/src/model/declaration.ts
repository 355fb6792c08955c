// What `model()` keeps until first use: nothing is read or checked before, because a getter may name a class that does not exist yet.

import { ModelDefinitionError } from '../error/definition-error.ts';
import type { FieldSpec } from '../field/field-spec.ts';
import { specOf } from '../field/field.ts';
import { columnNameOf } from '../ident/identifier.ts';
import type { App, ModelOptions } from './options.ts';
import type { KeyKind, KeylessKind, KeySpec } from './key.ts';
import type { ValueKind } from '../value/kind.ts';
import { pk } from './key.ts';
import type { ProxyOptions } from './proxy.ts';

/** This copy of core. Two copies in one process have two. */
const thisCopy: object = Object.freeze({});

export interface Declaration {
  readonly table: string;
  readonly fields: Record<string, unknown>;
  readonly options: ModelOptions<AnyKeyKind, PropertyKey, boolean>;
  /** For a proxy: its parent and what it was made with. */
  readonly proxy?: { readonly parent: unknown; readonly slice: ProxyOptions<any>; readonly isNested: boolean };
}

export type AnyKeyKind = KeyKind<string, any, boolean> | KeylessKind;

const declarationKey: unique symbol = Symbol.for('djogi.declaration') as never;

/** Keeps a declaration on the base class that `model()` makes. */
export function keepDeclaration(base: object, declaration: Declaration): void {
  Object.defineProperty(base, declarationKey, { value: { ...declaration, madeBy: thisCopy } });
}

/**
 * The declaration of a model class, or null for anything else.
 *
 * Errors: MODEL_DEFINITION with `two_cores` when another copy of core made the class: its brands, caches and classes are not this one's.
 */
export function declarationOf(model: unknown): Declaration | null {
  const kept =
    typeof model === 'function' ? (model as { [declarationKey]?: Declaration & { readonly madeBy: object } })[declarationKey] : undefined;
  if (kept === undefined) return null;
  if (kept.madeBy !== thisCopy) {
    throw new ModelDefinitionError(
      'two_cores',
      `The model of ${kept.table} was made by another copy of @djogi/core than the one that reads it. An application needs exactly one: see what "npm ls @djogi/core" shows and remove the duplicate.`,
      { model: kept.table },
    );
  }
  return kept;
}

/** True for the class that `model()` itself returned. */
export const isModelBase = (model: object): boolean => Object.hasOwn(model, declarationKey);

/** A model's key as other models see it: where a reference points, without describing the model. */
export interface KeyTarget {
  readonly table: string;
  readonly column: string;
  readonly valueKind: ValueKind;
}

/**
 * What another model refers to: the key of a model class, or its field of the name `targetField`.
 *
 * Errors: MODEL_DEFINITION with `reference_target` when it is no model, has no single key, or no stored field of that name.
 */
export function keyTargetOf(target: unknown, targetField?: string): KeyTarget {
  const declaration = declarationOf(target);
  if (declaration === null) {
    throw new ModelDefinitionError(
      'reference_target',
      target === undefined
        ? 'The target of a reference is undefined: its module is still loading. Write the field as a getter: get owner() { return foreignKey(Person) }.'
        : 'The target of a reference is no model class. Name a class made with model().',
    );
  }
  if (targetField !== undefined) return fieldTargetOf(declaration, targetField);
  const key = keyOf(declaration);
  if (!('valueKind' in key))
    throw new ModelDefinitionError(
      'reference_target',
      `${declaration.table} has no single key column to refer to. Refer to a model with one, or name a unique field.`,
    );
  return { table: declaration.table, column: key.spec.column, valueKind: key.valueKind };
}

function fieldTargetOf({ table, fields }: Declaration, name: string): KeyTarget {
  const spec = Object.hasOwn(fields, name) ? specOf(fields[name]) : null;
  const valueKind = typeof spec?.valueKind === 'function' ? spec.valueKind() : spec?.valueKind;
  if (spec === null || spec.stored === 'none' || valueKind === undefined)
    throw new ModelDefinitionError('reference_target', `${table} has no stored field ${JSON.stringify(name)} to refer to.`);
  return { table, column: columnOf(name, spec), valueKind };
}

/** The column of a declared field. */
export const columnOf = (name: string, spec: FieldSpec): string =>
  spec.column ?? (spec.stored === 'key' ? `${columnNameOf(name)}_id` : columnNameOf(name));

export const keyOf = (declaration: Declaration): AnyKeyKind => declaration.options.pk ?? pk.heerIdDesc();
export const keySpecOf = (declaration: Declaration): KeySpec => keyOf(declaration).spec;
export type { App };

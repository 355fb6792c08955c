// Soft deletion: rows that stay and carry when they were deleted. An extension that vouches for the field, and functions over it. Nothing is filtered
// by itself, and `row.delete` still deletes.

import { ValidationError, type Context, type TerminalOptions } from '@djogi/core';
import { runtimeOf, type Extension, type ModelRuntime, type StoredField } from '@djogi/core/extension';
import type { AnyModelClass, QuerySet } from '../query/query-set.ts';
import { query } from '../query/query.ts';
import { checkComposedField } from './composed-field.ts';

const MOMENTS = ['timestamptz', 'instant'];

/**
 * Lets the rows of a model be deleted softly, by the time in a nullable field.
 *
 * Shape: `field` is the declared name, default `deletedAt`, of an `f.timestamptz()` or `f.instant()`.
 * Errors: at first use of the model, MODEL_DEFINITION with `composition_field` when the field is not such.
 *
 * @example
 * class Post extends model('posts', { title: f.text(), deletedAt: f.timestamptz().nullable() }, { use: [softDeletable()] }) {}
 */
// NoInfer: where no field is named, its name must not follow from the fields of the model.
export function softDeletable<const Field extends string = 'deletedAt'>(
  options: { readonly field?: Field } = {},
): Extension<NoInfer<Field>> {
  const field = options.field ?? ('deletedAt' as Field);
  return Object.freeze<Extension<Field>>({
    // Whether the field is there is part of what `section` asks of it.
    name: 'softDeletable',
    names: [],
    section(model) {
      checkComposedField(model, {
        extension: 'softDeletable',
        field,
        wanted: 'timestamptz',
        isOfType: (found) => MOMENTS.includes(found.kind),
      });
      return { field };
    },
  });
}

/** The field that says when a row was deleted. */
function deletedField(runtime: ModelRuntime): StoredField {
  const section = runtime.descriptor.sections['softDeletable'] as { readonly field: string } | undefined;
  const field = section === undefined ? undefined : runtime.fields.find((candidate) => candidate.descriptor.name === section.field);
  if (field === undefined)
    throw new ValidationError([{ path: '', rule: 'soft_delete', message: 'the model does not use softDeletable()' }], {
      model: runtime.table,
    });
  return field;
}

/** A row of a model that uses `softDeletable`: what is asked of it is that it can be updated. */
export interface SoftDeletableRow {
  update(ctx: Context, patch: any, options?: TerminalOptions): Promise<unknown>;
}

async function write<Row extends SoftDeletableRow>(
  ctx: Context,
  row: Row,
  at: string | null,
  options: TerminalOptions | undefined,
): Promise<Row> {
  const { property, valueKind } = deletedField(runtimeOf((row as object).constructor));
  // oxlint-disable-next-line typescript/no-unsafe-assignment -- the value is untyped at this seam
  await row.update(ctx, { [property]: at === null ? null : valueKind.codec.json.decode(at) }, options);
  return row;
}

/**
 * Marks the row as deleted now: `row.update` of that one field, with its hooks, its version check and what else the model does when it is written.
 *
 * Errors: VALIDATION with `soft_delete` when the model does not use `softDeletable`; else as `row.update`. Cost: one round trip.
 */
export function softDelete<Row extends SoftDeletableRow>(ctx: Context, row: Row, options?: TerminalOptions): Promise<Row> {
  return write(ctx, row, new Date().toISOString(), options);
}

/** Takes the mark off again. Errors and cost as `softDelete`. */
export function restore<Row extends SoftDeletableRow>(ctx: Context, row: Row, options?: TerminalOptions): Promise<Row> {
  return write(ctx, row, null, options);
}

/** The rows that are not deleted: `deleted_at IS NULL`. Errors: VALIDATION with `soft_delete` when the model does not use `softDeletable`. */
export function notDeleted<M extends AnyModelClass>(model: M): QuerySet<M, InstanceType<M>> {
  return marked(model, 'isNull');
}

/** The rows that are deleted: `deleted_at IS NOT NULL`. Errors as `notDeleted`. */
export function deleted<M extends AnyModelClass>(model: M): QuerySet<M, InstanceType<M>> {
  return marked(model, 'isNotNull');
}

function marked<M extends AnyModelClass>(model: M, test: 'isNull' | 'isNotNull'): QuerySet<M, InstanceType<M>> {
  const set = query(model),
    { name } = deletedField(runtimeOf(model)).descriptor;
  // Which field it is, only the descriptor knows.
  // oxlint-disable-next-line typescript/no-unsafe-call, typescript/no-unsafe-member-access, typescript/no-unsafe-return -- the value is untyped at this seam
  return set.filter((row) => (row as Record<string, any>)[name][test]());
}

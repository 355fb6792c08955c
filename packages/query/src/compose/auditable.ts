// Who created a row: an extension that fills a field from the context.

import type { Context } from '@djogi/core';
import type { Extension } from '@djogi/core/extension';
import { checkComposedField } from './composed-field.ts';

const TEXTS = ['text', 'varchar', 'citext'];

/**
 * Fills a nullable text field with the user of the context: `String(ctx.auth.userId)`, when the row is created and the field is null or absent. A value that
 * is given stays. Without authentication the field stays null.
 *
 * Shape: `field` is the declared name, default `createdBy`.
 * Errors: at first use of the model, MODEL_DEFINITION with `composition_field` when the field is not nullable text.
 *
 * @example
 * class Post extends model('posts', { title: f.text(), createdBy: f.text().nullable() }, { use: [auditable()] }) {}
 */
// NoInfer: where no field is named, its name must not follow from the fields of the model.
export function auditable<const Field extends string = 'createdBy'>(options: { readonly field?: Field } = {}): Extension<NoInfer<Field>> {
  const field = options.field ?? ('createdBy' as Field);
  return Object.freeze<Extension<Field>>({
    // Whether the field is there is part of what `section` asks of it.
    name: 'auditable',
    names: [],
    section(model) {
      checkComposedField(model, { extension: 'auditable', field, wanted: 'text', isOfType: (found) => TEXTS.includes(found.kind) });
      return { field };
    },
    runtime: {
      populate(draft, ctx) {
        if (draft[field] !== undefined && draft[field] !== null) return;
        const user = userOf(ctx);
        // oxlint-disable-next-line typescript/no-base-to-string -- a caller may hand in anything
        if (user !== undefined && user !== null) draft[field] = String(user);
      },
    },
  });
}

/** What authentication packages put in a context carries the user under this name. */
const userOf = (ctx: Context): unknown =>
  typeof ctx.auth === 'object' && ctx.auth !== null ? (ctx.auth as { readonly userId?: unknown }).userId : undefined;

// Lifecycle hooks: a static member of the model class. They run for single-row operations only; set writes run none.

import { ModelDefinitionError } from '../error/definition-error.ts';
import type { Context } from '../db/context.ts';
import type { CreateOf } from './row-type.ts';

/** The functions themselves, untyped. */
export interface HookSet {
  readonly beforeCreate?: (draft: any, ctx: Context) => unknown;
  readonly afterCreate?: (row: any, ctx: Context) => unknown;
  readonly beforeSave?: (row: any, ctx: Context) => unknown;
  readonly afterSave?: (row: any, ctx: Context) => unknown;
  readonly beforeDelete?: (row: any, ctx: Context) => unknown;
  readonly afterDelete?: (row: any, ctx: Context) => unknown;
}

/** What `static readonly hooks` holds. */
export interface Hooks {
  readonly kind: 'hooks';
  readonly on: HookSet;
  readonly model: unknown;
}

const NAMES = ['beforeCreate', 'afterCreate', 'beforeSave', 'afterSave', 'beforeDelete', 'afterDelete'];

/**
 * Declares a model's hooks. `before*` may change the draft or row, and what they change is validated and written; `after*` see the row as the database
 * returned it. All get the context of the operation. A hook that throws aborts the operation: before the SQL, nothing was sent; after it, inside
 * `atomic` the scope rolls back, and outside the row stays.
 *
 * Errors: MODEL_DEFINITION with `hook` for an unknown hook or one that is no function.
 *
 * @example
 * static readonly hooks = hooks(Post, { beforeCreate(draft) { draft.slug = slugify(draft.title) } });
 */
export function hooks<M extends abstract new () => any>(
  model: M,
  on: {
    beforeCreate?(draft: CreateOf<M>, ctx: Context): void | Promise<void>;
    afterCreate?(row: InstanceType<M>, ctx: Context): void | Promise<void>;
    beforeSave?(row: InstanceType<M>, ctx: Context): void | Promise<void>;
    afterSave?(row: InstanceType<M>, ctx: Context): void | Promise<void>;
    beforeDelete?(row: InstanceType<M>, ctx: Context): void | Promise<void>;
    afterDelete?(row: InstanceType<M>, ctx: Context): void | Promise<void>;
  },
): Hooks {
  for (const [name, hook] of Object.entries(on)) {
    if (!NAMES.includes(name) || typeof hook !== 'function')
      throw new ModelDefinitionError('hook', `${name} is no hook, or no function. The hooks are ${NAMES.join(', ')}.`);
  }
  return Object.freeze({ kind: 'hooks', on: Object.freeze({ ...on }) as HookSet, model });
}

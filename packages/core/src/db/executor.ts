// From a context to the executor behind it.

import { executorKey, type Context, type Executor } from './context.ts';
import { ValidationError } from '../error/value-error.ts';

/** The executor of a context. Throws VALIDATION with `context` when the first argument of a terminal is no context. */
export function executorOf(ctx: Context): Executor {
  const executor = (ctx as { [executorKey]?: Executor } | null | undefined)?.[executorKey];
  if (executor === undefined) throw new ValidationError([{ path: '', rule: 'context', message: 'the first argument must be a context: pool.context(), or the one that atomic passes' }]);
  return executor;
}

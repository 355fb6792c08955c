// How similar two texts must be for `trgmSimilarTo`: a setting of the transaction.

import { ValidationError, type Context, type TerminalOptions } from '@djogi/core';
import { executorOf, textKind, type CompiledStatement } from '@djogi/core/extension';

/** `set_config(name, value, true)`: until the end of the transaction. One round trip, no lock. */
const SET_THRESHOLD: CompiledStatement<string> = {
  text: 'SELECT set_config($1::text, $2::text, true)',
  parameters: [textKind.codec, textKind.codec],
  rows: { columns: [{ name: 'set_config', codec: textKind.codec }], as: 'value' },
};

const SETTINGS = { similarity: 'pg_trgm.similarity_threshold', wordSimilarity: 'pg_trgm.word_similarity_threshold' };

/**
 * Sets the threshold of `trgmSimilarTo`, or with `of: 'wordSimilarity'` of `trgmWordSimilarTo`, until the transaction ends.
 *
 * Errors: VALIDATION with `transaction` outside a transaction, where it would be lost at once, and with `range` outside 0 to 1. Cost: one round trip.
 *
 * @example
 * await ctx.atomic(async tx => {
 *   await withTrgmThreshold(tx, 0.5);
 *   return query(Person).filter(p => trgmSimilarTo(p.name, 'Jon')).fetchAll(tx);
 * });
 */
export async function withTrgmThreshold(
  ctx: Context,
  threshold: number,
  options: TerminalOptions & { readonly of?: keyof typeof SETTINGS } = {},
): Promise<void> {
  const executor = executorOf(ctx),
    { of = 'similarity', ...terminal } = options;
  if (!executor.isTransaction)
    throw new ValidationError([
      { path: 'ctx', rule: 'transaction', message: 'must be in a transaction: the threshold ends with it. Use it inside ctx.atomic' },
    ]);
  if (!Object.hasOwn(SETTINGS, of))
    throw new ValidationError([{ path: 'of', rule: 'type', message: `is one of ${Object.keys(SETTINGS).join(', ')}` }]);
  if (typeof threshold !== 'number' || !(threshold >= 0 && threshold <= 1))
    throw new ValidationError([{ path: 'threshold', rule: 'range', message: 'must be a number from 0 to 1' }]);
  await executor.execute(SET_THRESHOLD, [SETTINGS[of], String(threshold)], { operation: 'withTrgmThreshold' }, terminal);
}

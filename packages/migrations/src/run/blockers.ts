// Who holds up a session that waits for as long as it takes: asked on another connection of the pool, since its own is busy.

import { executorOf, textKind } from '@djogi/core/extension';
import type { MigrationTarget } from './session.ts';

/** $1: a process of the server. Catalog only. */
const BLOCKERS = `SELECT array_to_string(pg_blocking_pids($1::text::integer), ',') AS value`;

/**
 * Tells the processes that block `processId` every `everyMs` milliseconds, while there are some. Returns what ends it.
 *
 * Cost: one round trip each time. A client of another driver has no second connection: then nothing is told.
 */
export function watchBlockers(
  target: MigrationTarget,
  processId: string,
  everyMs: number,
  tell: (by: readonly number[]) => void,
): () => void {
  if ('query' in target) return () => {};
  const executor = executorOf(target);
  let isAsking = false;
  let isOver = false;
  const ask = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    try {
      const { rows } = await executor.execute<{ readonly value: string | null }>(
        { text: BLOCKERS, parameters: [textKind.codec], rows: { columns: [{ name: 'value', codec: textKind.codec }] } },
        [processId],
        { operation: 'executePlan' },
      );
      const by = (rows[0]?.value ?? '').split(',').filter((pid) => pid !== '');
      if (by.length > 0 && !isOver) tell(by.map(Number));
    } catch {
      // It is news, not work: a pool that has no other connection says nothing.
    } finally {
      isAsking = false;
    }
  };
  const timer = setInterval(() => void ask(), everyMs);
  return () => {
    isOver = true;
    clearInterval(timer);
  };
}

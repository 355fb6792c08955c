// A COPY on a connection of the pool: the transaction that it gets where something must precede it, and its end when it is aborted or left.

import type { Call, Connection } from '../db/port.ts';
import { abortedError } from './abort.ts';
import { beginCall, ROLLBACK } from './control-statement.ts';

export const isAborted = (signal: AbortSignal | undefined): signal is AbortSignal => signal?.aborted === true;

/** COPY has no Sync to share with a preamble: it gets a transaction instead. */
export async function beginAfter(connection: Connection, preamble: readonly Call[] | undefined): Promise<void> {
  if (preamble === undefined || preamble.length === 0) return;
  try {
    await connection.executeTogether([beginCall({}), ...preamble]);
  } catch (error) {
    await rollBack(connection);
    throw error;
  }
}

/** Ends the transaction of a COPY that was not committed: one that failed, or that only reads. */
export async function rollBack(connection: Connection): Promise<void> {
  if (connection.isOpen && connection.transactionStatus !== 'idle') await connection.execute(ROLLBACK).catch(() => undefined);
}

/** The data of a COPY, as long as the signal has not fired. Left early, it is cancelled. */
export async function* piecesOf(
  connection: Connection,
  text: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, number | undefined, undefined> {
  const pieces = connection.copyOut(text);
  let isOver = false;
  try {
    for (;;) {
      const step = await pieces.next();
      if (isAborted(signal)) throw abortedError(signal);
      if (step.done === true) {
        isOver = true;
        return step.value;
      }
      yield step.value;
    }
  } catch (error) {
    isOver = true;
    throw error;
  } finally {
    if (!isOver) {
      // In a transaction of its own the connection would not cancel by itself.
      if (connection.transactionStatus !== 'idle') await connection.cancel().catch(() => undefined);
      await pieces.return(undefined);
    }
  }
}

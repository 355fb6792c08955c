// AbortSignal against a connection: how a caller that no longer wants an answer stops waiting for it at once, and what that does to the server.

import type { Connection } from '../db/port.ts';
import { TransactionError } from '../error/database-error.ts';

/** The error of a call whose signal fired; `cause` is the signal's reason. */
export function abortedError(signal: AbortSignal, subject: 'operation' | 'transaction' = 'operation'): TransactionError {
  return new TransactionError(
    'ABORTED',
    `The ${subject} was aborted by its signal. Its connection, if it had one, was dropped.`,
    {},
    { cause: signal.reason },
  );
}

/**
 * Settles as `running` does, or rejects with ABORTED as soon as `signal` fires. Then `stop` is called once and the outcome of `running` is ignored;
 * `stop` returns false to say that it is too late, and that `running` decides after all.
 */
export function orAborted<Result>(
  running: Promise<Result>,
  signal: AbortSignal,
  subject: 'operation' | 'transaction',
  stop: () => boolean,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      if (stop()) reject(abortedError(signal, subject));
    };
    running.then(
      (result) => {
        signal.removeEventListener('abort', abort);
        resolve(result);
      },
      (error: unknown) => {
        signal.removeEventListener('abort', abort);
        reject(error);
      },
    );
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}

/**
 * Stops what a connection is doing and drops it. The cancel request travels on a socket of its own and names this backend; as the connection is
 * never lent again, it cannot hit somebody else's statement.
 */
export function interrupt(connection: Connection): void {
  connection.cancel().catch(() => undefined);
  connection.destroy();
}

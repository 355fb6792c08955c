// When a connection may be lent again. Nothing is reset on return (no ROLLBACK, RESET ALL or DISCARD ALL): a connection of which the runtime is
// not certain is destroyed, and the next checkout opens a fresh one.

import type { Connection } from '../db/port.ts';
import { isServerError } from './sqlstate.ts';

/** After success: the socket lives and no transaction was left open, which raw SQL on a pool-backed context could have done. */
export function isReusableAfterSuccess(connection: Connection): boolean {
  return connection.isOpen && connection.transactionStatus === 'idle';
}

/**
 * After a failure. The rule is dirty by default; the one exception is an ordinary error of the server to a typed statement:
 *
 * - The server answered, and ReadyForQuery said `idle`: the protocol is in step, and the failed statement's implicit transaction is gone with
 *   everything it set locally. A unique violation in a web request must not cost a reconnect.
 * - The statement was rendered from a model, so it cannot have changed session state: no SET, no LISTEN, no session-level lock, no temporary table.
 *
 * Raw SQL may have done any of these before it failed (a script whose second statement fails, a function that calls set_config), so a failure there
 * destroys the connection, as do a value that could not be decoded, an abort, and every error that did not come from the server.
 */
export function isReusableAfterFailure(connection: Connection, error: unknown, wasRaw: boolean): boolean {
  return !wasRaw && isServerError(error) && isReusableAfterSuccess(connection);
}

/**
 * After a rollback that the server confirmed. What the transaction did is undone and its SET LOCALs are gone, whatever was thrown; only raw SQL can
 * have left something that survives ROLLBACK (a session-level advisory lock, LISTEN, a session setting of an earlier savepoint).
 */
export function isReusableAfterRollback(connection: Connection, wasRaw: boolean): boolean {
  return !wasRaw && isReusableAfterSuccess(connection);
}

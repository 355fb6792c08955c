// What raw SQL may not do inside a transaction: end it behind the runtime's back, or leave settings behind on a pooled connection. Judges the
// first words of each statement; the scanner finds them.

import { RawSqlError } from '../error/database-error.ts';
import { statementsOf, type StatementSpan } from './sql-scanner.ts';

const sessionStatements = new Set(['SET', 'RESET', 'DISCARD', 'LISTEN', 'UNLISTEN', 'PREPARE', 'DEALLOCATE']);
const transactionControl = new Set(['BEGIN', 'START', 'COMMIT', 'END', 'ROLLBACK', 'ABORT', 'SAVEPOINT', 'RELEASE']);
/** SET LOCAL, SET CONSTRAINTS and SET TRANSACTION end with the transaction. */
const transactionLocal = new Set(['LOCAL', 'CONSTRAINTS', 'TRANSACTION']);

/** The error for the first statement of `text` that may not run in a transaction; null when all may. Pure. */
export function refusalInTransaction(text: string): RawSqlError | null {
  for (const statement of statementsOf(text)) {
    const refusal = refusalOf(statement);
    if (refusal !== null) return refusal;
  }
  return null;
}

function refusalOf({ words }: StatementSpan): RawSqlError | null {
  const keyword = words[0] ?? '';
  if (transactionControl.has(keyword)) {
    const statement = keyword === 'START' ? 'START TRANSACTION' : keyword;
    return new RawSqlError(
      'TRANSACTION_CONTROL_IN_TRANSACTION',
      `${statement} was refused: it would change a transaction that atomic owns. Return or throw to end it, and use tx.atomic for a savepoint.`,
      { statement },
    );
  }
  if (sessionStatements.has(keyword) && !(keyword === 'SET' && transactionLocal.has(words[1] ?? ''))) {
    return new RawSqlError(
      'SESSION_STATEMENT_IN_TRANSACTION',
      `${keyword} was refused: it would outlive the transaction on a pooled connection. Use SET LOCAL or set_config(..., true), or run it on a pool-backed context.`,
      { statement: keyword },
    );
  }
  return null;
}

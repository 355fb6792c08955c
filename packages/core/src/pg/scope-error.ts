// What is wrong when a transaction context is used at the wrong time, or its transaction ended otherwise than the code believed.

import { TransactionError } from '../error/database-error.ts';

export function closedError(): TransactionError {
  return new TransactionError(
    'SCOPE_CLOSED',
    'The transaction context was used after its atomic had settled. Await everything inside the callback; use a pool-backed context afterwards.',
  );
}

export function busyError(): TransactionError {
  return new TransactionError(
    'SCOPE_BUSY',
    'The outer transaction context was used while a nested atomic is open. Use the context that the nested callback receives.',
  );
}

export function streamingError(): TransactionError {
  return new TransactionError(
    'STREAM_IN_PROGRESS',
    'A stream is open on this transaction, which runs one thing at a time. Read it to its end, or break out of its loop, first.',
  );
}

export function copyingError(): TransactionError {
  return new TransactionError(
    'STREAM_IN_PROGRESS',
    'A COPY is running on this transaction, which runs one thing at a time. What feeds or reads it may use another context; this one is free when it is over.',
  );
}

export function pendingError(): TransactionError {
  return new TransactionError(
    'PENDING_OPERATIONS',
    'The callback of atomic returned while operations it had started were still running, so it was rolled back. Await every operation.',
  );
}

export function lostError(): TransactionError {
  return new TransactionError(
    'TRANSACTION_ABORTED',
    'The connection of the transaction was lost, so the server rolled it back. Run it again as a whole.',
  );
}

export function failedError(): TransactionError {
  return new TransactionError(
    'TRANSACTION_ABORTED',
    'An earlier statement of the transaction failed and its error was swallowed, so the server accepts no more and rolls back. Let the error through, or wrap the statement that may fail in tx.atomic.',
  );
}

export function endedElsewhereError(): TransactionError {
  return new TransactionError(
    'TRANSACTION_ABORTED',
    'The transaction had ended before atomic could commit it: raw SQL on its connection ended it. What it did before may be committed.',
  );
}

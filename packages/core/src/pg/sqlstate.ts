// The one table of SQLSTATEs: what each means to a caller, and whether the server's own words may be repeated. Owns the way from an error
// response of the server to an error class; what a socket failure means belongs to the connection.
//
// Messages: the server quotes row values, parameters and literals in the messages of some states (22P02 `invalid input syntax for type integer:
// "..."`, 42601 `syntax error at or near "..."`) and whatever a function's author put into RAISE. Those are replaced by words of ours, and the
// original stays in `cause`. A state keeps the server's message only where every quoted word is the name of a database object.
// Source: https://www.postgresql.org/docs/18/errcodes-appendix.html

import {
  ConnectionError,
  ConstraintError,
  DatabaseError,
  LockConflictError,
  type ConstraintKind,
  type ServerFacts,
} from '../error/database-error.ts';
import { type DjogiError, isDjogiError } from '../error/error.ts';
import { idErrorOfSqlState } from '../id/sqlstate.ts';

/** The fields of an ErrorResponse, as drivers name them. */
export interface ServerErrorFields {
  readonly message?: string | undefined;
  readonly code?: string | undefined;
  readonly severity?: string | undefined;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly position?: string | undefined;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly constraint?: string | undefined;
  readonly routine?: string | undefined;
  /** Where in the server it happened, which may quote values. */
  readonly where?: string | undefined;
}

/** Whether an error response arrived while connecting or for a statement. */
export type ServerErrorPhase = 'startup' | 'statement';

type LockReason = 'serialization' | 'deadlock' | 'lock';

/** `words`: ours, or null where the server's message carries names only and is kept. */
type SqlState =
  | { readonly family: 'database'; readonly words: string | null }
  | { readonly family: 'connection'; readonly words: string }
  | { readonly family: 'lock'; readonly reason: LockReason; readonly words: string }
  | { readonly family: 'constraint'; readonly kind: ConstraintKind; readonly words: string };

const database = (words: string | null): SqlState => ({ family: 'database', words });
const connection = (words: string): SqlState => ({ family: 'connection', words });
const lock = (reason: LockReason, words: string): SqlState => ({ family: 'lock', reason, words });
const constraint = (kind: ConstraintKind, words: string): SqlState => ({ family: 'constraint', kind, words });

/** Exact states, before their class. */
const states: Readonly<Record<string, SqlState>> = {
  '23505': constraint('unique', 'A row with the same key exists already.'),
  '23503': constraint('foreignKey', 'A row that is referred to does not exist, or is still referred to.'),
  '23001': constraint('foreignKey', 'The row is still referred to.'),
  '23514': constraint('check', 'A row does not meet the check.'),
  '23502': constraint('notNull', 'A value is missing where NULL is not allowed.'),
  '23P01': constraint('exclusion', 'The row conflicts with another row.'),
  '40001': lock(
    'serialization',
    'The transaction could not be serialized with a concurrent one. Run the whole transaction again, for example with ctx.retry.',
  ),
  '40P01': lock(
    'deadlock',
    'The transaction and a concurrent one were waiting for each other, and this one was chosen to give way. Run the whole transaction again, for example with ctx.retry.',
  ),
  '55P03': lock('lock', 'A lock was not available: another transaction holds it. Try again, for example with ctx.retry.'),
  '57P01': connection('An administrator ended the connection, or the server is shutting down.'),
  '57P02': connection('The server ended the connection because another of its processes crashed.'),
  '57P03': connection('The server is starting up, shutting down or in recovery and accepts no connection.'),
  '57P04': connection('The database was dropped.'),
  '57P05': connection('The server ended the connection after idle_session_timeout.'),
  '25P03': connection('The server ended the connection after idle_in_transaction_session_timeout.'),
  '25P04': connection('The server ended the connection after transaction_timeout.'),
  '57014': database('The server cancelled the statement: it ran into statement_timeout, or was cancelled by request.'),
  '22001': database('A value is too long for its column type.'),
  '22003': database('A number is out of range for its type.'),
  '22007': database('A date or time has a form the server does not accept.'),
  '22008': database('A date or time is out of range.'),
  '22012': database('The statement divides by zero.'),
  '22021': database('A text holds bytes that the encoding of the database does not allow.'),
  '22023': database('A setting, a role or an argument has a value the server does not accept.'),
  '22P02': database('A value has the wrong form for its SQL type.'),
  '22P03': database('A binary value has the wrong form for its SQL type.'),
  '22P05': database('A text holds a character that the encoding has no form for.'),
  '42601': database('The statement has a syntax error.'),
  '42602': database('A name in the statement has a form the server does not accept.'),
};

/** Classes (the first two characters), for states that have no row of their own. */
const classes: Readonly<Record<string, SqlState>> = {
  '08': connection('The connection to the server failed.'),
  '0A': database(null),
  '21': database(null),
  '22': database('The server refused a value.'),
  '23': database('An integrity constraint was violated.'),
  '24': database(null),
  '25': database(null),
  '26': database(null),
  '28': database(null),
  '2B': database(null),
  '34': database(null),
  '38': database('A function of the database failed.'),
  '39': database('A function of the database was called wrongly.'),
  '3B': database(null),
  '3D': database(null),
  '3F': database(null),
  '40': database('The server rolled the transaction back.'),
  '42': database(null),
  '44': database(null),
  '53': database(null),
  '54': database(null),
  '55': database(null),
  '57': database('The server was told to stop what it was doing.'),
  P0: database('A function or a trigger of the database raised an error.'),
};

const unclassified: SqlState = database('The server refused the statement.');

/** What the table says about a state: the row used, and `isClassified` false when only the fallback fits. */
export function sqlStateOf(sqlState: string): SqlState & { readonly isClassified: boolean } {
  const row = states[sqlState] ?? classes[sqlState.slice(0, 2)];
  return { ...(row ?? unclassified), isClassified: row !== undefined };
}

/** Every state and class that has a row, for the completeness test. */
export const classifiedSqlStates: readonly string[] = Object.freeze([...Object.keys(states), ...Object.keys(classes)]);

/**
 * Turns an error response into the class its SQLSTATE stands for; the response stays in `cause`.
 *
 * Shape: `IdError` for the states of the id generators, else what the table says. While connecting, and when the session ends
 * with it (FATAL), everything is a `ConnectionError`.
 */
export function errorOfServer(response: ServerErrorFields, phase: ServerErrorPhase = 'statement'): DjogiError {
  const sqlState = response.code ?? 'XX000';
  const options = { cause: response };
  const idError = phase === 'statement' ? idErrorOfSqlState(sqlState, response) : null;
  if (idError !== null) return idError;
  const row = states[sqlState] ?? classes[sqlState.slice(0, 2)] ?? unclassified;
  if (row.family === 'connection') return new ConnectionError(`${row.words} [${sqlState}]`, { sqlState }, options);
  if (phase === 'startup' || response.severity === 'FATAL' || response.severity === 'PANIC') {
    const what = phase === 'startup' ? 'The server refused the connection' : 'The server ended the connection';
    return new ConnectionError(`${what}: ${wordsFor(row, response)} [${sqlState}]`, { sqlState }, options);
  }
  if (row.family === 'lock') {
    return new LockConflictError(`${row.words} [${sqlState}]`, { reason: row.reason, sqlState, table: response.table }, options);
  }
  const facts: ServerFacts & { readonly detail?: string | undefined } = {
    sqlState,
    hint: isRaised(response) ? undefined : response.hint,
    schema: response.schema,
    table: response.table,
    column: response.column,
    constraint: response.constraint,
    position: response.position,
    severity: response.severity,
    routine: response.routine,
    detail: response.detail,
  };
  if (row.family === 'constraint') {
    return new ConstraintError(`${row.words}${subjectOf(response)} [${sqlState}]`, { ...facts, kind: row.kind, fields: [] }, options);
  }
  const at = sqlState === '42601' && response.position !== undefined ? ` It is at character ${response.position} of the text.` : '';
  return new DatabaseError(`${wordsFor(row, response)}${at} [${sqlState}]`, facts, options);
}

/** Whether `error` is a classified answer of the server to a statement, after which the protocol is in step again. */
export function isServerError(error: unknown): error is DjogiError & { readonly sqlState: string } {
  if (!isDjogiError(error) || error.code === 'CONNECTION') return false;
  return typeof (error as { sqlState?: unknown }).sqlState === 'string';
}

/** The same error with the row properties that its constraint stands for, when the caller knows the model. */
export function withConstraintFields(
  error: unknown,
  fieldsOf: ((constraint: string, column: string | undefined) => readonly string[]) | undefined,
): unknown {
  if (fieldsOf === undefined || !(error instanceof ConstraintError)) return error;
  // NOT NULL violations name a column and no constraint.
  const fields = fieldsOf(error.constraint ?? '', error.column);
  Object.defineProperty(error, 'fields', { value: Object.freeze([...fields]), enumerable: true, configurable: true });
  return error;
}

/** RAISE in PL/pgSQL may use any SQLSTATE with any text: its words are its author's, not the server's. */
function isRaised(response: ServerErrorFields): boolean {
  return response.routine === 'exec_stmt_raise';
}

function wordsFor(row: SqlState, response: ServerErrorFields): string {
  if (isRaised(response)) return 'A function or a trigger of the database raised an error; its message is in the cause.';
  if (row.words !== null) return row.words;
  const message = response.message ?? 'the server refused the statement';
  return /[.!?]$/.test(message) ? message : `${message}.`;
}

function subjectOf(response: ServerErrorFields): string {
  const of = response.table === undefined ? '' : ` of table "${response.table}"`;
  if (response.constraint !== undefined) return ` (constraint "${response.constraint}"${of})`;
  return response.column === undefined ? '' : ` (column "${response.column}"${of})`;
}

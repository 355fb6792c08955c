// What the server said, classified. Messages of the server are kept apart from values: `detail` may quote row values and is therefore not enumerable.

import { DjogiError } from './error.ts';

export interface ServerFacts {
  readonly sqlState: string;
  readonly hint?: string | undefined;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly constraint?: string | undefined;
  readonly position?: string | undefined;
  readonly severity?: string | undefined;
  readonly routine?: string | undefined;
}

/** The server refused a statement. `sqlState` is the five-character code; the driver's error is the `cause`. */
export class DatabaseError extends DjogiError {
  declare readonly sqlState: string;
  declare readonly hint: string | undefined;
  declare readonly schema: string | undefined;
  declare readonly table: string | undefined;
  declare readonly column: string | undefined;
  declare readonly constraint: string | undefined;
  declare readonly position: string | undefined;
  /** The server's DETAIL line. It may quote row values, so it is not enumerable and not in `toJSON`. */
  declare readonly detail: string | undefined;

  constructor(
    message: string,
    facts: ServerFacts & { readonly detail?: string | undefined; readonly code?: string },
    options?: ErrorOptions,
  ) {
    const { detail, code = 'DATABASE', ...rest } = facts;
    super(code, message, rest, options);
    Object.defineProperty(this, 'detail', { value: detail, enumerable: false });
  }
}

export type ConstraintKind = 'unique' | 'foreignKey' | 'check' | 'notNull' | 'exclusion';

/** A constraint was violated. `fields` are the row properties of the constraint when the model is known, else empty. */
export class ConstraintError extends DatabaseError {
  declare readonly kind: ConstraintKind;
  declare readonly fields: readonly string[];
  constructor(
    message: string,
    facts: ServerFacts & { readonly kind: ConstraintKind; readonly fields: readonly string[]; readonly detail?: string | undefined },
    options?: ErrorOptions,
  ) {
    super(message, { ...facts, code: 'CONSTRAINT' }, options);
  }
}

export type CopyRefusal = 'slice' | 'wrapped_write' | 'row_security';

/** Rows cannot go into a table by COPY, because something that every insert is promised would not happen. `reason` says what. Nothing was stored. */
export class CopyError extends DjogiError {
  declare readonly model: string;
  declare readonly reason: CopyRefusal;
  constructor(model: string, reason: CopyRefusal, message: string) {
    super('COPY_REFUSED', message, { model, reason });
  }
}

/** What a registry found in the database when a pool started: tables, columns or keys that are not as the models say. `problems` has one line each. */
export class SchemaMismatchError extends DjogiError {
  declare readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      'SCHEMA_MISMATCH',
      `The database is not as the models say: ${problems.join('; ')}. Create or migrate the tables, or open the pool without a registry.`,
      { problems },
    );
  }
}

/** Somebody else was first: a serialization failure, a deadlock, a refused lock, or a stale version. Running the unit of work again may succeed. */
export class LockConflictError extends DjogiError {
  override readonly isTransient = true;
  declare readonly reason: 'serialization' | 'deadlock' | 'lock' | 'version';
  declare readonly sqlState: string | undefined;
  declare readonly table: string | undefined;
  constructor(
    message: string,
    facts: {
      reason: 'serialization' | 'deadlock' | 'lock' | 'version';
      sqlState?: string | undefined;
      table?: string | undefined;
      expected?: unknown;
    },
    options?: ErrorOptions,
  ) {
    super('LOCK_CONFLICT', message, facts, options);
  }
}

/** The connection to the server was lost or could not be made. Whether a statement in flight took effect is unknown. */
export class ConnectionError extends DjogiError {
  declare readonly sqlState: string | undefined;
  constructor(message: string, facts: { sqlState?: string | undefined } = {}, options?: ErrorOptions) {
    super('CONNECTION', message, facts, options);
  }
}

/** POOL_TIMEOUT (with `phase`) or POOL_CLOSED. A timeout is transient. */
export class PoolError extends DjogiError {
  declare readonly phase: 'wait' | 'create' | 'recycle' | undefined;
  override readonly isTransient: boolean;
  constructor(
    code: 'POOL_TIMEOUT' | 'POOL_CLOSED',
    message: string,
    facts: { phase?: 'wait' | 'create' | 'recycle' } = {},
    options?: ErrorOptions,
  ) {
    super(code, message, facts, options);
    this.isTransient = code === 'POOL_TIMEOUT';
  }
}

export type TransactionErrorCode =
  | 'TRANSACTION_POISONED'
  | 'TRANSACTION_ABORTED'
  | 'SCOPE_CLOSED'
  | 'SCOPE_BUSY'
  | 'PENDING_OPERATIONS'
  | 'ABORTED'
  | 'ISOLATION_ON_NESTED_SCOPE'
  | 'CONSTRAINT_MODE_OUTSIDE_TRANSACTION'
  | 'UNKNOWN_CONSTRAINT'
  | 'CONSTRAINT_NOT_DEFERRABLE'
  | 'EMPTY_DEFER_SCOPE'
  | 'STREAM_OUTSIDE_TRANSACTION'
  | 'LOCK_OUTSIDE_TRANSACTION'
  | 'STREAM_IN_PROGRESS'
  | 'SET_ROLE_OUTSIDE_TRANSACTION'
  | 'INVALID_ROLE_NAME';

/** A context was used in a way its transaction does not allow, or the transaction ended otherwise than the code believed. */
export class TransactionError extends DjogiError {
  declare readonly code: TransactionErrorCode;
  constructor(code: TransactionErrorCode, message: string, facts: Readonly<Record<string, unknown>> = {}, options?: ErrorOptions) {
    super(code, message, facts, options);
  }
}

export type RawSqlErrorCode = 'RAW_SQL_REASON' | 'SESSION_STATEMENT_IN_TRANSACTION' | 'TRANSACTION_CONTROL_IN_TRANSACTION';

/** The raw entry was misused: no real reason, or a statement that would break the surrounding transaction. `statement` is its canonical keyword. */
export class RawSqlError extends DjogiError {
  declare readonly statement: string | undefined;
  constructor(code: RawSqlErrorCode, message: string, facts: { statement?: string } = {}) {
    super(code, message, facts);
  }
}

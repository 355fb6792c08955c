// The two contexts that users hold: one over the pool, one over a scope of a transaction. Light objects: what they run on is shared, only `auth` is theirs.

import {
  executorKey,
  type AtomicOptions,
  type ConstraintScope,
  type Context,
  type Executor,
  type RetryOptions,
  type TransactionContext,
} from '../db/context.ts';
import { TransactionError } from '../error/database-error.ts';
import { ValidationError } from '../error/value-error.ts';
import { identifierProblem, quoteIdentifier, strictIdentifierProblem } from '../ident/identifier.ts';
import { abortedError, orAborted } from './abort.ts';
import { command, isIsolationLevel } from './control-statement.ts';
import { optionIssues } from './option-check.ts';
import type { PoolExecutor } from './pool-executor.ts';
import { retry, retryInTransaction } from './retry.ts';
import { Scope } from './scope.ts';
import { Transaction, type Runtime } from './transaction.ts';

/** Hears of commit callbacks that throw. Without one, a process warning is printed. */
export type CallbackErrorHandler = (error: unknown) => void;

export class PoolContext implements Context {
  readonly kind = 'context';
  readonly inTransaction = false;
  readonly auth: unknown;
  readonly #runtime: Runtime;
  readonly #executor: PoolExecutor;
  readonly #onCallbackError: CallbackErrorHandler | undefined;

  constructor(runtime: Runtime, executor: PoolExecutor, auth: unknown, onCallbackError: CallbackErrorHandler | undefined) {
    this.#runtime = runtime;
    this.#executor = executor;
    this.auth = auth;
    this.#onCallbackError = onCallbackError;
  }

  get [executorKey](): Executor {
    return this.#executor;
  }

  withAuth(auth: unknown): this {
    return new PoolContext(this.#runtime, this.#executor, auth, this.#onCallbackError) as this;
  }

  atomic<Result>(work: (tx: TransactionContext) => Promise<Result>, options: AtomicOptions = {}): Promise<Result> {
    try {
      checkAtomicOptions(options);
    } catch (error) {
      return Promise.reject(error);
    }
    if (options.signal?.aborted === true) return Promise.reject(abortedError(options.signal, 'transaction'));
    const scope = new Scope(new Transaction(this.#runtime, options.signal), null, options);
    return untilAborted(runOutermost(scope, this.auth, work, this.#onCallbackError), scope, options.signal);
  }

  retry<Result>(work: (ctx: Context) => Promise<Result>, options: RetryOptions): Promise<Result> {
    return retry(this, work, options);
  }

  onCommit(callback: () => unknown): void {
    void runCallback(callback, this.#runtime, this.#onCallbackError);
  }

  // Not in the type of a pool-backed context; plain JavaScript gets a reason instead of a TypeError.

  /** @internal */
  setRole(_role: string): Promise<never> {
    return Promise.reject(
      new TransactionError(
        'SET_ROLE_OUTSIDE_TRANSACTION',
        'setRole was called outside a transaction, where it would end with its own statement. Call it on the context that atomic passes.',
      ),
    );
  }

  /** @internal */
  deferConstraints(_scope: ConstraintScope): Promise<never> {
    return Promise.reject(
      new TransactionError(
        'CONSTRAINT_MODE_OUTSIDE_TRANSACTION',
        'Constraint modes last as long as a transaction, and this context has none. Set them on the context that atomic passes.',
      ),
    );
  }

  /** @internal */
  setConstraintsImmediate(scope: ConstraintScope): Promise<never> {
    return this.deferConstraints(scope);
  }
}

export class ScopeContext implements TransactionContext {
  readonly kind = 'context';
  readonly inTransaction = true;
  readonly auth: unknown;
  readonly #scope: Scope;

  constructor(scope: Scope, auth: unknown) {
    this.#scope = scope;
    this.auth = auth;
  }

  get [executorKey](): Executor {
    return this.#scope.executor;
  }

  withAuth(auth: unknown): this {
    return new ScopeContext(this.#scope, auth) as this;
  }

  atomic<Result>(work: (tx: TransactionContext) => Promise<Result>, options: AtomicOptions = {}): Promise<Result> {
    const parent = this.#scope;
    try {
      checkNestedOptions(options);
    } catch (error) {
      return Promise.reject(error);
    }
    const refusal = parent.refusalOfOperation(options);
    if (refusal !== null) return Promise.reject(refusal);
    const scope = new Scope(parent.transaction, parent, options);
    parent.child = scope;
    return untilAborted(runScope(scope, this.auth, work), scope, options.signal);
  }

  retry<Result>(work: (ctx: Context) => Promise<Result>, options: RetryOptions): Promise<Result> {
    return retryInTransaction(this, work, options);
  }

  onCommit(callback: () => unknown): void {
    const refusal = this.#scope.refusal();
    if (refusal !== null) throw refusal;
    this.#scope.callbacks.push(callback);
  }

  async setRole(role: string): Promise<void> {
    if (strictIdentifierProblem(role) !== null) {
      throw new TransactionError(
        'INVALID_ROLE_NAME',
        'The role was refused before any SQL: a role name here is 1 to 63 ASCII letters, digits and _, and does not begin with a digit.',
        { name: role },
      );
    }
    await this.#run(`SET LOCAL ROLE ${quoteIdentifier(role)}`, 'setRole');
  }

  async deferConstraints(scope: ConstraintScope): Promise<void> {
    await this.#setConstraints(scope, 'DEFERRED', 'deferConstraints');
  }

  async setConstraintsImmediate(scope: ConstraintScope): Promise<void> {
    await this.#setConstraints(scope, 'IMMEDIATE', 'setConstraintsImmediate');
  }

  async #setConstraints(scope: ConstraintScope, mode: 'DEFERRED' | 'IMMEDIATE', operation: string): Promise<void> {
    const names = scope === 'all' ? 'ALL' : this.#checkedConstraints(scope).map(quoteIdentifier).join(', ');
    await this.#run(`SET CONSTRAINTS ${names} ${mode}`, operation);
  }

  #checkedConstraints(names: readonly string[]): readonly string[] {
    if (!isList(names) || names.length === 0) {
      throw new TransactionError('EMPTY_DEFER_SCOPE', "No constraint was named. Name at least one, or pass 'all'.");
    }
    const { constraints } = this.#scope.transaction.runtime;
    for (const name of names) {
      const deferrability =
        identifierProblem(name) !== null ? undefined : constraints === undefined ? 'deferrable' : constraints.deferrability(name);
      if (deferrability === undefined) {
        throw new TransactionError(
          'UNKNOWN_CONSTRAINT',
          `No model declares the constraint "${name}". Correct the name, or add its model to the registry.`,
          { name },
        );
      }
      if (deferrability === 'notDeferrable') {
        throw new TransactionError(
          'CONSTRAINT_NOT_DEFERRABLE',
          `The constraint "${name}" cannot be deferred. Declare it with deferrable: true, and with initiallyDeferred where that is its usual mode.`,
          { name },
        );
      }
    }
    return names;
  }

  async #run(text: string, operation: string): Promise<void> {
    const { statement, values } = command(text);
    await this.#scope.executor.execute(statement, values, { operation });
  }
}

async function runOutermost<Result>(
  scope: Scope,
  auth: unknown,
  work: (tx: TransactionContext) => Promise<Result>,
  onCallbackError: CallbackErrorHandler | undefined,
): Promise<Result> {
  const result = await runScope(scope, auth, work);
  for (const callback of scope.callbacks) await runCallback(callback, scope.transaction.runtime, onCallbackError);
  return result;
}

async function runScope<Result>(scope: Scope, auth: unknown, work: (tx: TransactionContext) => Promise<Result>): Promise<Result> {
  let result: Result;
  try {
    result = await work(new ScopeContext(scope, auth));
  } catch (thrown) {
    await scope.fail();
    scope.report('rolledBack', thrown);
    throw thrown;
  }
  try {
    await scope.succeed();
  } catch (error) {
    scope.report('rolledBack', error);
    throw error;
  }
  scope.report('committed');
  return result;
}

function untilAborted<Result>(running: Promise<Result>, scope: Scope, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return running;
  return orAborted(running, signal, 'transaction', () => {
    const isAborted = scope.abort(signal.reason);
    if (isAborted) scope.report('aborted');
    return isAborted;
  });
}

/** Plain JavaScript may pass anything. */
const isList = (names: unknown): boolean => Array.isArray(names);

/** Commit callbacks change nothing about what was committed: what they throw is reported, never rethrown. */
async function runCallback(
  callback: () => unknown,
  { diagnostics }: Runtime,
  onCallbackError: CallbackErrorHandler | undefined,
): Promise<void> {
  try {
    await callback();
  } catch (error) {
    try {
      if (onCallbackError !== undefined) return onCallbackError(error);
    } catch {
      // A handler that throws is no better than none.
    }
    diagnostics.warn({
      code: 'DJOGI_COMMIT_CALLBACK',
      message: 'A callback given to onCommit failed. Give pool.context an onCallbackError to handle this.',
      cause: error,
    });
  }
}

function checkAtomicOptions(options: AtomicOptions): void {
  const issues = [
    ...(options.isolation === undefined || isIsolationLevel(options.isolation)
      ? []
      : [{ path: 'isolation', rule: 'choice', message: 'must be readCommitted, repeatableRead or serializable' }]),
    ...optionIssues('statementTimeoutMs', options.statementTimeoutMs, 0),
    ...optionIssues('lockTimeoutMs', options.lockTimeoutMs, 0),
  ];
  if (issues.length > 0) throw new ValidationError(issues);
}

function checkNestedOptions(options: AtomicOptions): void {
  for (const requested of ['isolation', 'readOnly', 'deferrable'] as const) {
    if (options[requested] === undefined) continue;
    throw new TransactionError(
      'ISOLATION_ON_NESTED_SCOPE',
      `A nested atomic asked for ${requested}, which belongs to the whole transaction. Ask for it in the outermost atomic.`,
      {
        requested: requested === 'isolation' ? options.isolation : requested,
      },
    );
  }
  checkAtomicOptions(options);
}

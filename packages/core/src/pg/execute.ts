// The exchanges of `execute` and `executeTogether`: one statement, or several, before one Sync.

import type { Call, Outcome, TransactionStatus } from '../db/port.ts';
import { type DjogiError, InternalError } from '../error/error.ts';
import type { WireBytes } from '../value/codec.ts';
import { writeSync } from './client-message.ts';
import { type Exchange, unanswered, type Wire } from './exchange.ts';
import { Execution } from './execution.ts';
import type { ServerErrorFields } from './sqlstate.ts';

/** Runs one statement in one round trip. */
export function execute<Row>(wire: Wire, call: Call<Row>): Promise<Outcome<Row>> {
  return new Promise((resolve, reject) => new SingleExecution(wire, call, resolve, reject).send());
}

/** Runs several statements before one Sync, in one round trip. */
export function executeTogether(wire: Wire, calls: readonly Call[]): Promise<Outcome[]> {
  if (calls.length === 0) return Promise.resolve([]);
  if (calls.length > 1 && calls.some(({ statement }) => statement.standsAlone === true)) {
    return Promise.reject(new InternalError('A statement that cannot run inside a transaction block was sent together with others.'));
  }
  return new Promise((resolve, reject) => new JointExecution(wire, calls, resolve, reject).send());
}

class SingleExecution<Row> extends Execution<Row> implements Exchange {
  readonly #resolve: (outcome: Outcome<Row>) => void;
  readonly #reject: (error: unknown) => void;
  #isRetry = false;

  constructor(wire: Wire, call: Call<Row>, resolve: (outcome: Outcome<Row>) => void, reject: (error: unknown) => void) {
    super(wire, call);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  send(): void {
    const { writer, statements } = this.wire;
    statements.writeCloses(writer);
    const mark = writer.length;
    try {
      this.write();
    } catch (error) {
      writer.length = mark;
      this.#reject(error);
      return;
    }
    writeSync(writer);
    this.wire.enqueue(this);
  }

  ready(status: TransactionStatus): void {
    this.settle();
    const isStale = this.isStale;
    if (isStale) this.forgetStatement();
    if (isStale && !this.#isRetry && status === 'idle' && this.wire.hasOnlyIndependentWaiting) {
      this.#isRetry = true;
      this.reset();
      this.send();
      return;
    }
    const failure = this.failureToReport;
    if (failure === null) this.#resolve(this.outcome());
    else this.#reject(failure);
  }

  lose(error: DjogiError): void {
    this.#reject(error);
  }
}

class JointExecution implements Exchange {
  readonly #wire: Wire;
  readonly #executions: readonly Execution[];
  readonly #resolve: (outcomes: Outcome[]) => void;
  readonly #reject: (error: unknown) => void;
  /** The execution that is being answered. */
  #index = 0;
  #isRetry = false;

  constructor(wire: Wire, calls: readonly Call[], resolve: (outcomes: Outcome[]) => void, reject: (error: unknown) => void) {
    this.#wire = wire;
    this.#executions = calls.map((call) => new Execution(wire, call));
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get isIndependent(): boolean {
    return this.#executions.every((execution) => execution.isIndependent);
  }

  send(): void {
    const { writer, statements } = this.#wire;
    statements.writeCloses(writer);
    const mark = writer.length;
    let written = 0;
    try {
      for (const execution of this.#executions) {
        execution.write();
        written++;
      }
    } catch (error) {
      writer.length = mark;
      for (const execution of this.#executions.slice(0, written)) execution.revert();
      this.#reject(error);
      return;
    }
    writeSync(writer);
    this.#wire.enqueue(this);
  }

  row(bytes: WireBytes, start: number): void {
    this.#executions[this.#index]?.row(bytes, start);
  }

  message(type: number, bytes: WireBytes, start: number, end: number): void {
    if (this.#executions[this.#index]?.message(type, bytes, start, end) === true) this.#index++;
  }

  /** After the last statement an error is that of the implicit commit (a deferred constraint): it belongs to the last one. */
  error(fields: ServerErrorFields): void {
    this.#index = Math.min(this.#index, this.#executions.length - 1);
    this.#executions[this.#index]!.error(fields);
  }

  ready(status: TransactionStatus): void {
    for (const execution of this.#executions) execution.settle();
    const stale = this.#executions.some((execution) => execution.isStale);
    // After DDL the others are likely out of date as well, and there is one retry only.
    if (stale) for (const execution of this.#executions) execution.forgetStatement();
    if (stale && !this.#isRetry && status === 'idle' && this.isIndependent && this.#wire.hasOnlyIndependentWaiting) {
      this.#isRetry = true;
      this.#index = 0;
      for (const execution of this.#executions) execution.reset();
      this.send();
      return;
    }
    const failed = this.#executions.findIndex((execution) => execution.failure !== null);
    if (failed >= 0) this.#reject(withIndex(this.#executions[failed]!.failureToReport!, failed));
    else if (this.#index < this.#executions.length) this.#reject(withIndex(unanswered(), this.#index));
    else this.#resolve(this.#executions.map((execution) => execution.outcome()));
  }

  lose(error: DjogiError): void {
    this.#reject(error);
  }
}

/** Which of the calls failed, as a fact of the error. */
function withIndex(error: Error, callIndex: number): Error {
  return Object.defineProperty(error, 'callIndex', { value: callIndex, enumerable: true, configurable: true });
}

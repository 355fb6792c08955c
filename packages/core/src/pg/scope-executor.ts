// Statements in a transaction: what travels in front of each, and what observers hear of it. When each may run is the scope's business.

import type { CopyOut, Executor, StatementOptions, StatementPurpose, TerminalOptions } from '../db/context.ts';
import type { Call, CompiledStatement, Connection, CopyEncoding, CopySource, Cursor, Outcome } from '../db/port.ts';
import { abortedError } from './abort.ts';
import type { QueryObservation } from './diagnostics.ts';
import { ScopeCursor } from './scope-cursor.ts';
import type { Scope } from './scope.ts';

export class ScopeExecutor implements Executor {
  readonly isTransaction = true;
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  execute<Row>(
    statement: CompiledStatement<Row>,
    values: readonly unknown[],
    purpose: StatementPurpose,
    options?: StatementOptions,
  ): Promise<Outcome<Row>> {
    const observation = this.#observe(statement.text, values, purpose);
    const running = this.#scope.run<Outcome<Row>>(
      (connection, prologue) => {
        observation?.sent();
        return executeAfter(connection, prologue, purpose.preamble, { statement, values });
      },
      purpose,
      options,
    );
    return observation === undefined ? running : observed(running, observation, (outcome) => outcome.rowCount);
  }

  executeAll(calls: readonly Call[], purpose: StatementPurpose, options?: TerminalOptions): Promise<Outcome[]> {
    if (calls.length === 0) return Promise.resolve([]);
    const observations = calls.map((call) => this.#observe(call.statement.text, call.values, purpose)).filter((each) => each !== undefined);
    const running = this.#scope.run<Outcome[]>(
      async (connection, prologue) => {
        for (const observation of observations) observation.sent();
        const before = [...prologue, ...(purpose.preamble ?? [])];
        return (await connection.executeTogether([...before, ...calls])).slice(before.length);
      },
      purpose,
      options,
    );
    if (observations.length === 0) return running;
    return running.then(
      (outcomes) => {
        observations.forEach((observation, index) => observation.succeeded(outcomes[index]!.rowCount));
        return outcomes;
      },
      (error: unknown) => {
        for (const observation of observations) observation.failed(error);
        throw error;
      },
    );
  }

  async openCursor<Row>(
    statement: CompiledStatement<Row>,
    values: readonly unknown[],
    purpose: StatementPurpose,
    options?: TerminalOptions,
  ): Promise<Cursor<Row>> {
    const observation = this.#observe(statement.text, values, purpose);
    try {
      const cursor = await this.#scope.openCursor(
        async (connection, prologue) => {
          observation?.sent();
          await flush(connection, [...prologue, ...(purpose.preamble ?? [])]);
          return connection.openCursor({ statement, values });
        },
        purpose,
        options,
      );
      return new ScopeCursor(this.#scope, cursor, observation, options?.signal);
    } catch (error) {
      observation?.failed(error);
      throw error;
    }
  }

  script(text: string, purpose: StatementPurpose, options?: TerminalOptions): Promise<string> {
    const observation = this.#observe(text, [], purpose);
    this.#scope.transaction.wasRaw = true;
    const running = this.#scope.run(
      async (connection, prologue) => {
        observation?.sent();
        await flush(connection, prologue);
        return connection.script(text);
      },
      purpose,
      options,
    );
    return observation === undefined ? running : observed(running, observation, () => 0);
  }

  copyIn<Item>(
    text: string,
    source: CopySource<Item>,
    encoding: CopyEncoding<Item>,
    purpose: StatementPurpose,
    options?: TerminalOptions,
  ): Promise<number> {
    const observation = this.#observe(text, [], purpose);
    const running = this.#scope.runCopy(
      async (connection, prologue, ended) => {
        observation?.sent();
        await flush(connection, [...prologue, ...(purpose.preamble ?? [])]);
        return connection.copyIn(text, source, encoding, ended);
      },
      purpose,
      options,
    );
    return observation === undefined ? running : observed(running, observation, (rowCount) => rowCount);
  }

  async *copyOut(
    copy: CopyOut,
    purpose: StatementPurpose,
    options?: TerminalOptions,
  ): AsyncGenerator<Uint8Array, number | undefined, undefined> {
    const signal = options?.signal;
    const opened = Promise.withResolvers<{ pieces: AsyncGenerator<Uint8Array, number | undefined, undefined>; ended: AbortSignal }>();
    const left = Promise.withResolvers<void>();
    let rowCount = 0;
    const observation = this.#observeCopy(copy, purpose);
    // The turn of this operation lasts as long as somebody reads.
    const turn = this.#scope.runCopy(
      async (connection, prologue, ended) => {
        observation?.sent();
        await flush(connection, [...prologue, ...(purpose.preamble ?? [])]);
        const pieces = connection.copyOut(copy.text);
        ended.addEventListener('abort', () => left.resolve(), { once: true });
        opened.resolve({ pieces, ended });
        await left.promise;
        if (!ended.aborted) return;
        // What is rolled back need not be read to its end.
        await Promise.allSettled([connection.cancel(), pieces.return(undefined)]);
        throw ended.reason;
      },
      purpose,
      options,
    );
    const running = observation === undefined ? turn : observed(turn, observation, () => rowCount);
    running.catch(opened.reject);
    const { pieces, ended } = await opened.promise;
    try {
      for (;;) {
        const step = await pieces.next();
        if (ended.aborted) throw ended.reason;
        if (signal?.aborted === true) throw abortedError(signal);
        if (step.done === true) {
          rowCount = step.value ?? 0;
          break;
        }
        yield step.value;
      }
    } catch (error) {
      left.reject(ended.aborted ? ended.reason : signal?.aborted === true ? abortedError(signal) : error);
    } finally {
      await pieces.return(undefined).catch(() => undefined);
      left.resolve();
      await running;
    }
    return rowCount;
  }

  #observeCopy({ observed: shown }: CopyOut, purpose: StatementPurpose): QueryObservation | undefined {
    if (!this.#scope.transaction.runtime.diagnostics.observesQueries) return undefined;
    const { text, values } = shown();
    return this.#observe(text, values, purpose);
  }

  withConnection<Result>(
    use: (connection: Connection) => Promise<Result>,
    purpose: StatementPurpose,
    options?: TerminalOptions,
  ): Promise<Result> {
    this.#scope.transaction.wasRaw = true;
    return this.#scope.run(
      async (connection, prologue) => {
        await flush(connection, prologue);
        return use(connection);
      },
      purpose,
      options,
    );
  }

  #observe(text: string, values: readonly unknown[], purpose: StatementPurpose): QueryObservation | undefined {
    const { runtime, id } = this.#scope.transaction;
    return runtime.diagnostics.observe(text, values, purpose, id);
  }
}

function observed<Result>(running: Promise<Result>, observation: QueryObservation, rowCount: (result: Result) => number): Promise<Result> {
  return running.then(
    (result) => {
      observation.succeeded(rowCount(result));
      return result;
    },
    (error: unknown) => {
      observation.failed(error);
      throw error;
    },
  );
}

/** One round trip, whatever travels in front; two for a statement that must stand alone. */
function executeAfter<Row>(
  connection: Connection,
  prologue: readonly Call[],
  preamble: readonly Call[] | undefined,
  call: Call<Row>,
): Promise<Outcome<Row>> {
  if (prologue.length === 0 && (preamble === undefined || preamble.length === 0)) return connection.execute(call);
  return executeTogether(connection, preamble === undefined ? prologue : [...prologue, ...preamble], call);
}

async function executeTogether<Row>(connection: Connection, before: readonly Call[], call: Call<Row>): Promise<Outcome<Row>> {
  if (call.statement.standsAlone === true) {
    await flush(connection, before);
    return connection.execute(call);
  }
  const outcomes = await connection.executeTogether([...before, call]);
  return outcomes[outcomes.length - 1] as Outcome<Row>;
}

/** Sends what must precede something that cannot travel with it, and waits: a statement after a BEGIN that failed would commit by itself. */
async function flush(connection: Connection, calls: readonly Call[]): Promise<void> {
  if (calls.length > 0) await connection.executeTogether(calls);
}

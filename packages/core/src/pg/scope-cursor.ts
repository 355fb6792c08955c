// A cursor as a scope lends it: its reads take their turn with the scope's other operations, and while it is open the scope refuses them.

import type { Cursor } from '../db/port.ts';
import type { QueryObservation } from './diagnostics.ts';
import type { Scope } from './scope.ts';

export class ScopeCursor<Row> implements Cursor<Row> {
  readonly #scope: Scope;
  readonly #cursor: Cursor<Row>;
  readonly #observation: QueryObservation | undefined;
  readonly #signal: AbortSignal | undefined;
  #rowCount = 0;
  #isOpen = true;

  constructor(scope: Scope, cursor: Cursor<Row>, observation: QueryObservation | undefined, signal: AbortSignal | undefined) {
    this.#scope = scope;
    this.#cursor = cursor;
    this.#observation = observation;
    this.#signal = signal;
  }

  async read(count: number): Promise<Row[]> {
    try {
      const rows = await this.#scope.readCursor(this.#cursor, count, this.#signal);
      this.#rowCount += rows.length;
      return rows;
    } catch (error) {
      await this.#leave(() => this.#observation?.failed(error));
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#leave(() => this.#observation?.succeeded(this.#rowCount));
  }

  async #leave(report: () => void): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    report();
    await this.#scope.closeCursor(this.#cursor);
  }
}

// The simple protocol: any number of statements in one text, without parameters; rows are discarded.

import type { TransactionStatus } from '../db/port.ts';
import { DatabaseError } from '../error/database-error.ts';
import type { DjogiError } from '../error/error.ts';
import type { WireBytes } from '../value/codec.ts';
import { writeCopyFail, writeQuery } from './client-message.ts';
import type { Exchange, Wire } from './exchange.ts';
import { dropsStatements } from './execution.ts';
import { ServerMessage, tagCommand } from './server-message.ts';
import { errorOfServer, type ServerErrorFields } from './sqlstate.ts';

/** Runs `text`; resolves to the command of its last statement, `''` when it has none. One round trip. */
export function script(wire: Wire, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    writeQuery(wire.writer, text);
    wire.countStatement();
    wire.enqueue(new ScriptExchange(wire, resolve, reject));
  });
}

class ScriptExchange implements Exchange {
  readonly isIndependent = false;
  readonly #wire: Wire;
  readonly #resolve: (command: string) => void;
  readonly #reject: (error: unknown) => void;
  #command = '';
  #failure: Error | null = null;

  constructor(wire: Wire, resolve: (command: string) => void, reject: (error: unknown) => void) {
    this.#wire = wire;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  row(): void {}

  message(type: number, bytes: WireBytes, start: number, end: number): void {
    if (type === ServerMessage.commandComplete) {
      this.#command = tagCommand(bytes, start, end);
      if (dropsStatements(this.#command)) this.#wire.statements.clear();
    } else if (type === ServerMessage.copyIn) {
      writeCopyFail(this.#wire.writer, 'COPY ... FROM STDIN needs copyIn');
      this.#wire.flush();
    } else if (type === ServerMessage.copyOut) {
      this.#failure ??= new DatabaseError('COPY ... TO STDOUT was run in a script, and its data discarded. Run it with copyOut.', {
        sqlState: '08P01',
      });
    }
  }

  error(fields: ServerErrorFields): void {
    this.#failure = errorOfServer(fields);
  }

  ready(_status: TransactionStatus): void {
    if (this.#failure === null) this.#resolve(this.#command);
    else this.#reject(this.#failure);
  }

  lose(error: DjogiError): void {
    this.#reject(error);
  }
}

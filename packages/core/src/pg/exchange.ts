// What travels between two Sync points: one exchange is written as a whole, and the answers up to its ReadyForQuery are its own. The connection
// keeps them in the order in which they were written.

import type { TransactionStatus } from '../db/port.ts';
import { type DjogiError, InternalError } from '../error/error.ts';
import type { WireBytes } from '../value/codec.ts';
import type { MessageWriter } from './message-writer.ts';
import type { ServerErrorFields } from './sqlstate.ts';
import type { StatementCache } from './statement-cache.ts';

export interface Exchange {
  /** True when running it after others that were sent later changes nothing for them: a failed neighbour may be sent again behind it. */
  readonly isIndependent: boolean;
  /** A DataRow. */
  row(bytes: WireBytes, start: number): void;
  /** Any message but DataRow, ErrorResponse, ReadyForQuery and what may arrive at any time. */
  message(type: number, bytes: WireBytes, start: number, end: number): void;
  error(fields: ServerErrorFields): void;
  /** ReadyForQuery: the exchange is over. Must not throw. */
  ready(status: TransactionStatus): void;
  /** The connection is gone before the exchange was over. */
  lose(error: DjogiError): void;
}

/** What an exchange needs of its connection. */
export interface Wire {
  readonly writer: MessageWriter;
  readonly statements: StatementCache;
  /** Puts an exchange, whose bytes have just been written, into the queue and sees to it that they are sent. */
  enqueue(exchange: Exchange): void;
  /** Whether everything waiting behind the exchange that is being answered is independent. */
  readonly hasOnlyIndependentWaiting: boolean;
  countStatement(): void;
  /** Sends what is written now. */
  flush(): void;
  /** Resolves when the socket takes more, or is gone. */
  drained(): Promise<void>;
  /** Back-pressure on the reading side. */
  pause(): void;
  resume(): void;
}

/** An answer was over before it said what became of the statement. */
export function unanswered(): InternalError {
  return new InternalError('The server ended the answer to a statement without a result.');
}

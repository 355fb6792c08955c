// One statement within an exchange: which messages it needs (known on this connection, or seen for the first time), what its answer says, and
// what becomes of the statement cache. `execute`, `executeTogether` and cursors are made of these.

import type { Call, DescribedColumn, Outcome, RowShape } from '../db/port.ts';
import { DatabaseError } from '../error/database-error.ts';
import { type DjogiError, InternalError } from '../error/error.ts';
import type { WireBytes } from '../value/codec.ts';
import {
  writeBindHead,
  writeCopyFail,
  writeDescribeStatement,
  writeExecute,
  writeParse,
  writeResultFormats,
  writeSync,
  writeValues,
} from './client-message.ts';
import { unanswered, type Wire } from './exchange.ts';
import { decodeFailure, rowDecoder, textFormats, type RowDecoder } from './row-decoder.ts';
import { readColumns, readParameterOids, ServerMessage, tagCommand, tagRowCount } from './server-message.ts';
import { errorOfServer, type ServerErrorFields } from './sqlstate.ts';
import { binaryParameters, type ExecutionPlan, type PreparedStatement, resolveShape } from './statement-cache.ts';

/** Statements that change what a transaction is, or commit within themselves: never sent a second time on their own account. */
const TRANSACTION_CONTROL = /^\s*(?:begin|start|commit|end|rollback|abort|savepoint|release|prepare|set|call|do)\b/i;

/**
 * Parameter types of statements, learnt from any connection. Only for unnamed statements: they are parsed at each use, and naming the types in Parse
 * makes the binary form of the values safe whatever the tables look like by then.
 */
const knownParameterOids = new WeakMap<object, readonly number[]>();

const NO_OIDS: readonly number[] = Object.freeze([]);
const NO_COLUMNS: readonly DescribedColumn[] = Object.freeze([]);

/** What reads rows, and finds the column when that fails. */
export interface RowReading<Row> {
  readonly shape: RowShape<Row> | null;
  readonly decode: RowDecoder<Row> | null;
  readonly formats: string;
}

export class Execution<Row = unknown> {
  rows: Row[] = [];
  rowCount = 0;
  command = '';
  failure: Error | null = null;
  protected readonly wire: Wire;
  readonly #call: Call<Row>;
  #shape: RowShape<Row> | null = null;
  #decode: RowDecoder<Row> | null = null;
  #formats = '';
  /** The prepared statement it runs on, null for an unnamed one. */
  #prepared: PreparedStatement | null = null;
  /** The prepared statement is new: its Parse travels with this execution. */
  #isParsing = false;
  #parameterOids: readonly number[] = NO_OIDS;
  #isBound = false;
  #isComplete = false;
  #serverFields: ServerErrorFields | null = null;

  constructor(wire: Wire, call: Call<Row>) {
    this.wire = wire;
    this.#call = call;
  }

  get isIndependent(): boolean {
    return !TRANSACTION_CONTROL.test(this.#call.statement.text);
  }

  get isBound(): boolean {
    return this.#isBound;
  }

  /** How the rows are read, for whoever reads them from a portal later. */
  get reading(): RowReading<Row> {
    return { shape: this.#shape, decode: this.#decode, formats: this.#formats };
  }

  /** Writes Parse and Describe where needed, Bind and Execute; not Sync. Throws what a codec throws, with the cache as it was. */
  write(): void {
    const { statement, values } = this.#call,
      { writer, statements } = this.wire;
    const prepared = statements.usesNames ? statements.find(statement.text) : undefined;
    if (prepared === undefined || !prepared.isDescribed) {
      this.#writeFirst('', prepared === undefined && statements.usesNames);
      writeExecute(writer, '', 0);
    } else {
      this.#requireValueCount();
      const plan = prepared.planFor(statement);
      const start = writer.length;
      writer.bytes(plan.bindHead);
      writeValues(writer, statement.parameters, plan.parameterFormats, values);
      writer.bytes(plan.bindTail);
      writer.end(start);
      writer.bytes(plan.execute);
      this.#use(prepared, plan);
    }
    this.wire.countStatement();
  }

  /** Writes Bind for a named portal, with Parse and Describe where needed; not Execute. */
  writePortal(portal: string): void {
    const { statement, values } = this.#call,
      { writer, statements } = this.wire;
    const prepared = statements.usesNames ? statements.find(statement.text) : undefined;
    if (prepared === undefined || !prepared.isDescribed) this.#writeFirst(portal, prepared === undefined && statements.usesNames);
    else {
      this.#requireValueCount();
      const plan = prepared.planFor(statement);
      const start = writeBindHead(writer, portal, prepared.name, plan.parameterFormats);
      writeValues(writer, statement.parameters, plan.parameterFormats, values);
      writer.bytes(plan.bindTail);
      writer.end(start);
      this.#use(prepared, plan);
    }
    this.wire.countStatement();
  }

  #use(prepared: PreparedStatement, plan: ExecutionPlan): void {
    this.#prepared = prepared;
    this.#shape = plan.shape;
    this.#decode = plan.decode;
    this.#formats = plan.resultFormats;
    this.failure = plan.failure;
  }

  /**
   * The first use on this connection: described and run in one round trip, with values and rows as text, which needs no description. Under a name
   * of its own only when `isNamed`; while another execution's Parse of the same text is still unanswered it is not, so that it does not
   * depend on the other's luck.
   */
  #writeFirst(portal: string, isNamed: boolean): void {
    const { statement, values } = this.#call,
      { writer, statements } = this.wire;
    this.#requireValueCount();
    const oids = statements.usesNames ? undefined : knownParameterOids.get(statement);
    const parameterFormats = binaryParameters(statement.parameters, oids ?? NO_OIDS);
    const prepared = isNamed ? statements.create(statement.text) : null;
    const name = prepared?.name ?? '';
    writeParse(writer, name, statement.text, oids ?? NO_OIDS);
    writeDescribeStatement(writer, name);
    const start = writeBindHead(writer, portal, name, parameterFormats);
    writeValues(writer, statement.parameters, parameterFormats, values);
    writeResultFormats(writer, '');
    writer.end(start);
    this.#prepared = prepared;
    this.#isParsing = prepared !== null;
    if (prepared !== null) statements.add(prepared);
  }

  /** Undoes `write` when bytes are dropped before they were sent. */
  revert(): void {
    if (this.#isParsing) this.wire.statements.forget(this.#prepared!, false);
    this.reset();
  }

  row(bytes: WireBytes, start: number): void {
    if (this.#decode === null || this.failure !== null) return;
    try {
      this.rows.push(this.#decode(bytes, start));
    } catch (error) {
      this.failure = decodeFailure(this.#shape!, this.#formats, bytes, start, error);
    }
  }

  /** Returns true when the message ends the statement. */
  message(type: number, bytes: WireBytes, start: number, end: number): boolean {
    switch (type) {
      case ServerMessage.bindComplete:
        this.#isBound = true;
        return false;
      case ServerMessage.parameterDescription:
        this.#parameterOids = readParameterOids(bytes, start);
        return false;
      case ServerMessage.rowDescription:
        this.#described(readColumns(bytes, start));
        return false;
      case ServerMessage.noData:
        this.#described(NO_COLUMNS);
        return false;
      case ServerMessage.commandComplete:
        this.rowCount = tagRowCount(bytes, start, end);
        this.command = tagCommand(bytes, start, end);
        if (dropsStatements(this.command)) this.wire.statements.clear();
        this.#isComplete = true;
        return true;
      case ServerMessage.emptyQuery:
        this.#isComplete = true;
        return true;
      case ServerMessage.copyIn:
        // The server has swallowed the Sync that was sent along: it takes nothing but copy data now.
        writeCopyFail(this.wire.writer, 'COPY ... FROM STDIN needs copyIn');
        writeSync(this.wire.writer);
        this.wire.flush();
        return false;
      case ServerMessage.copyOut:
        this.failure ??= new DatabaseError('COPY ... TO STDOUT was run as a statement, and its data discarded. Run it with copyOut.', {
          sqlState: '08P01',
        });
        return false;
      default:
        return false;
    }
  }

  /** The answer to Describe comes before the rows: only now is it known how to read them. */
  #described(columns: readonly DescribedColumn[]): void {
    const { statement } = this.#call;
    if (this.#isParsing) {
      this.#prepared!.describe(this.#parameterOids, columns);
      this.#isParsing = false;
    } else if (!this.wire.statements.usesNames) knownParameterOids.set(statement, this.#parameterOids);
    const { shape, failure } = this.#prepared === null ? resolveShape(statement, columns) : this.#prepared.shapeFor(statement);
    this.#shape = shape;
    this.failure = failure;
    this.#formats = textFormats(columns.length);
    this.#decode = shape === null ? null : rowDecoder(shape, this.#formats);
  }

  error(fields: ServerErrorFields): void {
    this.#serverFields = fields;
    this.failure = errorOfServer(fields);
    knownParameterOids.delete(this.#call.statement);
  }

  /** The exchange is over, or the pipeline was cut before this statement: brings the cache in line. */
  settle(): void {
    // Whether Parse went through is unknown where it was refused together with all the rest; a Close too many does no harm.
    if (this.#isParsing) this.wire.statements.forget(this.#prepared!, true);
    this.#isParsing = false;
  }

  /** Whether the server no longer has the statement as it was prepared: after DDL, DISCARD ALL, or behind a proxy that changed the backend. */
  get isStale(): boolean {
    const fields = this.#serverFields;
    if (fields === null || this.#isBound || this.#prepared === null) return false;
    return fields.code === '26000' || (fields.code === '0A000' && fields.routine === 'RevalidateCachedQuery');
  }

  /** Forgets the prepared statement, so that the next use parses it anew. */
  forgetStatement(): void {
    if (this.#prepared !== null) this.wire.statements.forget(this.#prepared, true);
  }

  /** Back to before `write`, to be sent again. */
  reset(): void {
    this.rows = [];
    this.failure = this.#serverFields = this.#prepared = this.#shape = this.#decode = null;
    this.#isParsing = this.#isBound = this.#isComplete = false;
  }

  /** What to reject with, null when it succeeded. */
  get failureToReport(): Error | null {
    if (this.isStale) return stalePlanError(this.failure as DjogiError, this.#call);
    return this.failure ?? (this.#isComplete ? null : unanswered());
  }

  outcome(): Outcome<Row> {
    return { rows: this.rows, rowCount: this.rowCount, command: this.command };
  }

  #requireValueCount(): void {
    const { statement, values } = this.#call;
    // Bind counts them in 16 bits.
    if (values.length > 65_535) throw new InternalError(`A statement has ${values.length} values; the protocol allows 65,535.`);
    if (values.length !== statement.parameters.length)
      throw new InternalError(`A statement with ${statement.parameters.length} parameters was given ${values.length} values.`);
  }
}

/** Commands after which no prepared statement of the session exists. */
export const dropsStatements = (command: string): boolean => command === 'DISCARD ALL' || command === 'DEALLOCATE ALL';

function stalePlanError(error: DjogiError, { statement }: Call<any>): DatabaseError {
  const { sqlState } = error as DjogiError & { sqlState: string };
  const columns = statement.rows === null || typeof statement.rows === 'function' ? [] : statement.rows.columns;
  const table = columns.find((column) => column.table !== undefined)?.table;
  const subject = table === undefined ? 'A prepared statement' : `A prepared statement on ${table}`;
  return new DatabaseError(
    `${subject} is out of date: a table it reads was altered, or the session's statements were dropped. It was forgotten here, but could not be sent again within its transaction: run the transaction again. [${sqlState}]`,
    { sqlState, table },
    { cause: error },
  );
}

// The prepared statements of one connection: keyed by text, bounded, least recently used out first. A statement is used in binary form only under
// a description that came from this connection's own Parse: from then on the server itself refuses the statement when DDL changes a type of
// its result, so bytes of one type are never read as another. A description borrowed from another connection would not have that guarantee.

import type { CompiledStatement, DescribedColumn, RowShape } from '../db/port.ts';
import { InternalError } from '../error/error.ts';
import { writeBindHead, writeClose, writeExecute, writeResultFormats, type ParameterFormats } from './client-message.ts';
import { MessageWriter } from './message-writer.ts';
import { resultFormats, rowDecoder, type RowDecoder } from './row-decoder.ts';

/** How one compiled statement runs on one prepared statement: all that does not depend on values, as bytes. */
export interface ExecutionPlan {
  readonly parameterFormats: ParameterFormats;
  readonly resultFormats: string;
  /** Bind for the unnamed portal, up to the values. */
  readonly bindHead: Uint8Array;
  /** The result formats that end Bind. */
  readonly bindTail: Uint8Array;
  /** Execute of the unnamed portal for all rows. */
  readonly execute: Uint8Array;
  /** Null where rows, if any, are not wanted. */
  readonly shape: RowShape<any> | null;
  readonly decode: RowDecoder<any> | null;
  /** The shape could not be made from the description: what to reject with, after the statement has run. */
  readonly failure: Error | null;
}

/** What a statement's rows are, once they are described. */
export type ResolvedShape = Pick<ExecutionPlan, 'shape' | 'failure'>;

export class PreparedStatement {
  readonly name: string;
  readonly text: string;
  lastUse = 0;
  #parameterOids: readonly number[] | null = null;
  #columns: readonly DescribedColumn[] | null = null;
  /** The shape that the first execution was read by: its plan is made when there is a second. */
  #firstShape: { readonly statement: CompiledStatement<any>; readonly resolved: ResolvedShape } | null = null;
  #statement: CompiledStatement<any> | null = null;
  #plan: ExecutionPlan | null = null;
  #otherPlans: WeakMap<CompiledStatement<any>, ExecutionPlan> | null = null;

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
  }

  /** False until the server has described it: the answer to Parse is still under way. */
  get isDescribed(): boolean {
    return this.#columns !== null;
  }

  describe(parameterOids: readonly number[], columns: readonly DescribedColumn[]): void {
    this.#parameterOids = parameterOids;
    this.#columns = columns;
  }

  /** The shape of the rows of `statement` under the description; made once, also where it depends on that. */
  shapeFor(statement: CompiledStatement<any>): ResolvedShape {
    if (this.#firstShape?.statement === statement) return this.#firstShape.resolved;
    const resolved = resolveShape(statement, this.#columns!);
    this.#firstShape ??= { statement, resolved };
    return resolved;
  }

  /** The plan of `statement`, made at its first use. Nearly always one compiled statement has the text for itself. */
  planFor(statement: CompiledStatement<any>): ExecutionPlan {
    if (this.#statement === statement) return this.#plan!;
    let plan = this.#otherPlans?.get(statement);
    if (plan === undefined) {
      plan = this.#makePlan(statement);
      if (this.#statement !== null) (this.#otherPlans ??= new WeakMap()).set(statement, plan);
    }
    if (this.#statement === null) {
      this.#statement = statement;
      this.#plan = plan;
    }
    return plan;
  }

  #makePlan(statement: CompiledStatement<any>): ExecutionPlan {
    const columns = this.#columns!,
      { shape, failure } = this.shapeFor(statement);
    const formats = shape === null ? '' : resultFormats(shape, columns);
    const parameterFormats = binaryParameters(statement.parameters, this.#parameterOids!);
    return {
      parameterFormats,
      resultFormats: formats,
      shape,
      failure,
      bindHead: bytesOf((writer) => {
        writeBindHead(writer, '', this.name, parameterFormats);
      }),
      bindTail: bytesOf((writer) => writeResultFormats(writer, formats)),
      execute: bytesOf((writer) => writeExecute(writer, '', 0)),
      decode: shape === null ? null : rowDecoder(shape, formats),
    };
  }
}

/** The shape of the rows, made by the statement where it depends on the description. A shape that does not fit is a failure, and not used. */
export function resolveShape({ rows }: CompiledStatement<any>, described: readonly DescribedColumn[]): ResolvedShape {
  try {
    const shape = typeof rows !== 'function' ? rows : described.length === 0 ? null : rows(described);
    if (shape !== null) requireFit(shape, described.length);
    return { shape, failure: null };
  } catch (error) {
    return { shape: null, failure: error as Error };
  }
}

/** Which parameters travel in binary: those whose codec writes exactly the type the server expects. */
export function binaryParameters(parameters: CompiledStatement['parameters'], oids: readonly number[]): ParameterFormats {
  return parameters.map((codec, index) => codec.binary?.encode !== undefined && codec.binary.oid === oids[index]);
}

/** The projection and the statement must agree on how many columns there are. */
function requireFit({ columns, as }: RowShape<any>, described: number): void {
  const table = columns.find((column) => column.table !== undefined)?.table;
  const subject = table === undefined ? 'A statement' : `A statement on ${table}`;
  if (columns.length !== described)
    throw new InternalError(`${subject} returns ${described} columns where its projection reads ${columns.length}.`, { table });
  if (as === 'value' && described !== 1)
    throw new InternalError(`${subject} returns ${described} columns where its projection is one value.`, { table });
}

function bytesOf(write: (writer: MessageWriter) => void): Uint8Array {
  const writer = new MessageWriter();
  write(writer);
  return writer.take();
}

export class StatementCache {
  readonly #limit: number;
  readonly #byText = new Map<string, PreparedStatement>();
  /** Names the server still holds and nobody uses: closed along with the next statement. */
  #unclosed: string[] = [];
  #uses = 0;
  #names = 0;

  /** `limit` 0: statements are not named at all, as transaction-pooling proxies need it. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#byText.size;
  }

  get usesNames(): boolean {
    return this.#limit > 0;
  }

  find(text: string): PreparedStatement | undefined {
    const found = this.#byText.get(text);
    if (found !== undefined) found.lastUse = ++this.#uses;
    return found;
  }

  /** Names a statement that is about to be parsed. It is not in the cache before `add`. Names are never used twice on a connection. */
  create(text: string): PreparedStatement {
    return new PreparedStatement(`d${++this.#names}`, text);
  }

  add(prepared: PreparedStatement): void {
    // A scan at each new statement beyond the bound is cheaper than keeping an order at each use.
    if (this.#byText.size >= this.#limit) this.#evict();
    prepared.lastUse = ++this.#uses;
    this.#byText.set(prepared.text, prepared);
  }

  /** Takes it out; `isOnServer` says whether there is something to close. */
  forget(prepared: PreparedStatement, isOnServer: boolean): void {
    if (this.#byText.get(prepared.text) === prepared) this.#byText.delete(prepared.text);
    if (isOnServer) this.#unclosed.push(prepared.name);
  }

  /** The session has none any more (DISCARD ALL, DEALLOCATE ALL). */
  clear(): void {
    this.#byText.clear();
    this.#unclosed = [];
  }

  /** Writes Close for what was evicted or forgotten. At the front of a pipeline, where no error can skip it. */
  writeCloses(writer: MessageWriter): void {
    if (this.#unclosed.length === 0) return;
    for (const name of this.#unclosed) writeClose(writer, 'S', name);
    this.#unclosed = [];
  }

  #evict(): void {
    let oldest: PreparedStatement | undefined;
    for (const prepared of this.#byText.values()) if (oldest === undefined || prepared.lastUse < oldest.lastUse) oldest = prepared;
    if (oldest !== undefined) this.forget(oldest, true);
  }
}

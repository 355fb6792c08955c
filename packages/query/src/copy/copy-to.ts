// The rows of a query as a file, by COPY (SELECT ...) TO STDOUT: the server writes the format, and nothing is decoded on the way.

import { ValidationError, type Context, type TerminalOptions } from '@djogi/core';
import { executorOf, quoteLiteral, renderOnce, type ModelRuntime, type QueryStatement } from '@djogi/core/extension';

export interface CopyToOptions extends TerminalOptions {
  /** `csv` (default), `text`: tab-separated, with backslash escapes; `binary`: only for COPY of a table with the same column types. */
  readonly format?: 'csv' | 'text' | 'binary';
  /** Whether the first line has the names of the columns. Default: true for csv, false for text. */
  readonly header?: boolean;
  /** One ASCII character between values. Default: a comma in csv, a tab in text. */
  readonly delimiter?: string;
  /** What stands for NULL. Default: nothing in csv, where an empty text is `""`, and `\N` in text. */
  readonly null?: string;
  /** Quotes every value that is not NULL. csv only, default false. */
  readonly forceQuote?: boolean;
}

/** The bytes of the file, once, in pieces that end anywhere. Leaving the loop early cancels the statement. Also disposable, for loops that are left in other ways. */
export interface CopyChunks extends AsyncIterableIterator<Uint8Array, undefined, undefined>, AsyncDisposable {
  /** The number of rows, once the last piece was read; null before, and when the loop was left. */
  readonly rowCount: number | null;
  next(): Promise<IteratorResult<Uint8Array, undefined>>;
  return(): Promise<IteratorResult<Uint8Array, undefined>>;
  [Symbol.asyncIterator](): this;
}

/** A query that can be copied. `names` are those of its columns where the statement does not have them. */
export interface Copied {
  readonly runtime: ModelRuntime;
  readonly isNone: boolean;
  readonly statement: QueryStatement;
  readonly names: readonly string[] | undefined;
}

/** Sends nothing yet: the first pull does. Options are refused at the call. */
export function copyTo({ runtime, isNone, statement, names }: Copied, ctx: Context, options: CopyToOptions = {}): CopyChunks {
  const executor = executorOf(ctx);
  const clause = optionClause(options);
  if (isNone) return new Chunks(null);
  const named = clause.hasHeader && names !== undefined ? withNames(statement, names) : statement;
  const copy = (text: string): string => `COPY (${text}) TO STDOUT WITH (${clause.text})`;
  const text = copy(renderOnce(named, { asLiterals: true }).text);
  const observed = (): { text: string; values: readonly unknown[] } => {
    const rendered = renderOnce(named);
    return {
      text: copy(rendered.text),
      values: rendered.placeholders.map((placeholder) => (placeholder.kind === 'value' ? placeholder.value : undefined)),
    };
  };
  return new Chunks(executor.copyOut({ text, observed }, runtime.purpose('copyTo', ctx), options));
}

class Chunks implements CopyChunks {
  readonly #pieces: AsyncGenerator<Uint8Array, number | undefined, undefined> | null;
  #rowCount: number | null = null;

  constructor(pieces: AsyncGenerator<Uint8Array, number | undefined, undefined> | null) {
    this.#pieces = pieces;
    if (pieces === null) this.#rowCount = 0;
  }

  get rowCount(): number | null {
    return this.#rowCount;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const step = await this.#pieces?.next();
    if (step === undefined) return { done: true, value: undefined };
    if (step.done !== true) return step;
    this.#rowCount ??= step.value ?? null;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    await this.#pieces?.return(undefined);
    return { done: true, value: undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** The options of COPY. Source: https://www.postgresql.org/docs/18/sql-copy.html */
function optionClause(options: CopyToOptions): { readonly text: string; readonly hasHeader: boolean } {
  const refuse = (path: string, message: string): never => {
    throw new ValidationError([{ path, rule: 'copy_option', message }]);
  };
  const { format = 'csv', delimiter, null: nullText, header, forceQuote } = options;
  if (format !== 'csv' && format !== 'text' && format !== 'binary') refuse('format', "is 'csv', 'text' or 'binary'");
  for (const [name, value] of Object.entries({ header, forceQuote }))
    if (value !== undefined && typeof value !== 'boolean') refuse(name, 'is true or false');
  if (format === 'binary') {
    const odd = Object.entries({ header, delimiter, null: nullText, forceQuote }).find(
      ([, value]) => value !== undefined && value !== false,
    );
    return odd === undefined ? { text: 'FORMAT binary', hasHeader: false } : refuse(odd[0], 'does not go with the binary format');
  }
  if (forceQuote === true && format !== 'csv') refuse('forceQuote', 'goes with csv only');
  if (delimiter !== undefined && !isDelimiter(delimiter, format))
    refuse('delimiter', 'is one ASCII character that has no other meaning in the format');
  const separator = delimiter ?? (format === 'csv' ? ',' : '\t');
  if (
    nullText !== undefined &&
    (typeof nullText !== 'string' ||
      !nullText.isWellFormed() ||
      /[\r\n\0]/.test(nullText) ||
      nullText.includes(separator) ||
      (format === 'csv' && nullText.includes('"')))
  )
    refuse('null', 'is a text without line ends, delimiters and quotes');
  const hasHeader = header ?? format === 'csv';
  const parts = [
    `FORMAT ${format}`,
    ...(hasHeader ? ['HEADER true'] : []),
    ...(delimiter === undefined ? [] : [`DELIMITER ${quoteLiteral(delimiter)}`]),
    ...(nullText === undefined ? [] : [`NULL ${quoteLiteral(nullText)}`]),
    ...(forceQuote === true ? ['FORCE_QUOTE *'] : []),
  ];
  return { text: parts.join(', '), hasHeader };
}

/** Text rows use letters, digits and the dot after a backslash. */
const isDelimiter = (delimiter: unknown, format: 'csv' | 'text'): boolean =>
  typeof delimiter === 'string' &&
  delimiter.length === 1 &&
  delimiter < '\x80' &&
  !'\0\r\n'.includes(delimiter) &&
  (format === 'csv' ? delimiter !== '"' : !/[\\.a-z0-9]/.test(delimiter));

/** The statement with these names for its columns; those of a set operation are its first arm's. */
function withNames(statement: QueryStatement, names: readonly string[]): QueryStatement {
  if (statement.kind === 'setOperation') return { ...statement, arms: [withNames(statement.arms[0]!, names), ...statement.arms.slice(1)] };
  if (statement.kind !== 'select' || statement.outputs !== undefined) return statement;
  checkNames(names);
  return { ...statement, outputs: names };
}

function checkNames(names: readonly string[]): void {
  const odd = names.find((name) => name.length === 0 || name.includes('\0'));
  if (odd !== undefined)
    throw new ValidationError([
      { path: 'header', rule: 'copy_option', message: 'a column has a name that Postgres cannot have: write header: false' },
    ]);
}

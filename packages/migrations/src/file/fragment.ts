// Fragments: the SQL of one step. What a segment can run, and what belongs to the runner.

import { statementsOf, type StatementSpan } from '@djogi/core/extension';
import { MigrationFileError } from '../error/file-error.ts';

/** A line that the parser reads as its own. */
export const DIRECTIVE = /^[ \t]*--[ \t]*djogi([:-])[ \t]*(.*)$/;

/** The form that is hashed, written and executed: no byte order mark, LF, nothing blank at the end. */
export const normalized = (text: string): string =>
  text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .replace(/\s+$/, '');

/** Whether there is anything to execute, comments apart. */
export const isExecutable = (fragment: string): boolean => statementsOf(fragment).length > 0;

const PROBE = '\n;SELECT 1';

/** Whether no quote, comment, parenthesis or function body is left open at the end. */
function isFinished(fragment: string): boolean {
  const last = statementsOf(fragment + PROBE).at(-1);
  return last !== undefined && last.start > fragment.length;
}

const ENDS_TRANSACTION = new Set(['BEGIN', 'START', 'COMMIT', 'END', 'ROLLBACK', 'ABORT']);

/** BEGIN and its like; ROLLBACK TO a savepoint is not among them. */
function transactionControl({ words }: StatementSpan): string | null {
  const [first = '', second = '', third = ''] = words;
  if (first === 'PREPARE' && second === 'TRANSACTION') return 'PREPARE TRANSACTION';
  if (!ENDS_TRANSACTION.has(first)) return null;
  if (first === 'ROLLBACK' && (second === 'TO' || (['WORK', 'TRANSACTION'].includes(second) && third === 'TO'))) return null;
  return first;
}

/** The statement's name when the server refuses it in a transaction block. Source: https://www.postgresql.org/docs/18/sql-commands.html */
function standsAlone({ words }: StatementSpan): string | null {
  const [first = '', second = '', third = '', fourth = ''] = words;
  const isConcurrent = third === 'CONCURRENTLY' || fourth === 'CONCURRENTLY';
  if (first === 'VACUUM') return 'VACUUM';
  if (first === 'ALTER' && second === 'SYSTEM') return 'ALTER SYSTEM';
  if ((first === 'CREATE' || first === 'DROP') && (second === 'DATABASE' || second === 'TABLESPACE')) return `${first} ${second}`;
  if (first === 'REINDEX' && (isConcurrent || ['DATABASE', 'SYSTEM', 'SCHEMA'].includes(second))) return `REINDEX ${second}`;
  if (isConcurrent && ((first === 'CREATE' && (second === 'INDEX' || second === 'UNIQUE')) || (first === 'DROP' && second === 'INDEX')))
    return `${first} INDEX CONCURRENTLY`;
  return null;
}

/** Where the first token of a statement is, behind blanks and comments. */
function tokenAt(fragment: string, from: number): number {
  const lead = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/.exec(fragment.slice(from));
  return from + (lead?.[0].length ?? 0);
}

const lineOf = (fragment: string, at: number, firstLine: number): number => firstLine + fragment.slice(0, at).split('\n').length - 1;

/**
 * Refuses a fragment that its segment cannot run.
 *
 * Errors: MIGRATION_FILE with `statement`, `transaction_control` or `not_transactional`, and the line.
 */
export function checkFragment(fragment: string, isTransactional: boolean, place: { readonly file: string; readonly line: number }): void {
  const spans = statementsOf(fragment);
  const at = (span: StatementSpan | undefined): { file: string; line: number } => ({
    file: place.file,
    line: lineOf(fragment, tokenAt(fragment, span?.start ?? 0), place.line),
  });
  if (!isFinished(fragment)) {
    throw new MigrationFileError(
      'statement',
      at(spans.at(-1)),
      'The statement does not end: a quote, a comment, a parenthesis or a function body is left open. A line that begins with -- djogi: ends a step wherever it stands.',
    );
  }
  for (const span of spans) {
    const control = transactionControl(span);
    if (control !== null) {
      throw new MigrationFileError(
        'transaction_control',
        at(span),
        `${control} belongs to the runner, which commits each segment. Begin another segment with -- djogi:segment instead.`,
      );
    }
    const alone = isTransactional ? standsAlone(span) : null;
    if (alone !== null) {
      throw new MigrationFileError(
        'not_transactional',
        at(span),
        `${alone} refuses to run in a transaction (M012). Put it in a step of its own under -- djogi:segment non_transactional.`,
      );
    }
  }
  if (!isTransactional && spans.length > 1) {
    throw new MigrationFileError(
      'statement',
      at(spans[1]),
      `A step of a non-transactional segment is one statement, and this one has ${spans.length}: they would share a transaction. Give each a -- djogi:step of its own.`,
    );
  }
}

/** The statements of a text that has no steps, each with its closing semicolon, and the line of its first token. */
export function splitStatements(text: string, firstLine: number): readonly { readonly sql: string; readonly line: number }[] {
  return statementsOf(text).map(({ start, end }) => {
    const from = tokenAt(text, start);
    return { sql: normalized(text.slice(from, text[end] === ';' ? end + 1 : end)), line: lineOf(text, from, firstLine) };
  });
}

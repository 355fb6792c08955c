// How a question and its answer appear: the code, the SQL, the rows as a table, the time.

import { Table } from 'console-table-printer';
import type { Answer, Question } from './questions.ts';

const isColoured = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
const paint = (code: number, text: string): string => (isColoured ? `\u001B[${code}m${text}\u001B[0m` : text);

/** The function's source, moved to the left margin. Node overwrites types with spaces; the gaps are closed. */
export function sourceOf(ask: Question['ask']): string {
  const lines = ask.toString().split('\n');
  const indents = lines
    .slice(1)
    .filter((line) => line.trim() !== '')
    .map((line) => line.length - line.trimStart().length);
  const isBlock = lines[0]!.endsWith('{');
  const margin = Math.max(0, Math.min(...indents, Infinity) - (isBlock ? 0 : 2));
  return lines.map((line, at) => (at === 0 ? line : line.slice(margin)).replaceAll(/(\S) {2,}/g, '$1 ')).join('\n');
}

function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) >= 10_000 ? value.toLocaleString('en') : value;
}

/** The SQL as people read it: names without their quotes where they need none. */
const readable = (sql: string): string => sql.replaceAll(/"([a-z_][a-z0-9_]*)"/g, '$1');

export interface Asked {
  readonly number: number;
  readonly title: string;
  readonly source: string;
  readonly statements: readonly string[];
  readonly rows: Answer;
  readonly ms: number;
}

export function printAnswer({ number, title, source, statements, rows, ms }: Asked): void {
  console.log(`\n${paint(1, `${number}. ${title}`)}\n`);
  console.log(paint(36, source));
  console.log();
  for (const statement of new Set(statements)) console.log(paint(90, readable(statement)));
  const columns = Object.entries(rows[0] ?? {}).map(([name, value]) => ({
    name,
    alignment: typeof value === 'number' ? ('right' as const) : ('left' as const),
  }));
  const table = new Table({ columns, shouldDisableColors: !isColoured });
  for (const row of rows) table.addRow(Object.fromEntries(Object.entries(row).map(([name, value]) => [name, shown(value)])));
  if (rows.length > 0) console.log(table.render());
  console.log(
    paint(
      90,
      `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}, ${statements.length} ${statements.length === 1 ? 'statement' : 'statements'}, ${ms.toFixed(1)} ms`,
    ),
  );
}

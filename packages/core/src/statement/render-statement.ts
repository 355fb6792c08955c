// Renders a statement to text and the order of its placeholders. Identifiers are quoted always; columns are qualified where more than one source is in play.

import { quoteIdentifier } from '../ident/identifier.ts';
import { unreachable } from '../error/error.ts';
import { ValidationError } from '../error/value-error.ts';
import type { Node, OrderTerm, Source } from '../expr/node.ts';
import { renderKeys, renderList, renderNode, renderOrder, SqlWriter, type Placeholder } from '../expr/render.ts';
import { isHidden } from './output-name.ts';
import { pathJoins, withoutPaths } from './path-joins.ts';
import { qualified } from './qualify.ts';
import type {
  Assignment,
  Conflict,
  Grouping,
  InsertRows,
  InsertStatement,
  Join,
  ListedColumn,
  ListsStatement,
  Lock,
  QueryStatement,
  Returning,
  SelectStatement,
  SetOperationStatement,
  Statement,
  WithStatement,
} from './statement.ts';

export interface RenderedStatement {
  readonly text: string;
  readonly placeholders: readonly Placeholder[];
}

/** The protocol counts parameters in 16 bits. */
export const MAX_PARAMETERS = 65535;

/**
 * Renders a statement, on request with its values as literals, for what takes no parameters (COPY). Throws VALIDATION with `too_many_parameters` past the
 * protocol's limit.
 */
export function renderStatement(statement: Statement, { asLiterals = false }: { readonly asLiterals?: boolean } = {}): RenderedStatement {
  const writer = new SqlWriter({ asLiterals, appendRows: (into, rows) => appendRows(into, rows as Statement) });
  appendStatement(writer, statement);
  if (writer.placeholders.length > MAX_PARAMETERS) {
    throw new ValidationError([
      {
        path: '',
        rule: 'too_many_parameters',
        message: `the statement needs ${writer.placeholders.length} parameters and ${MAX_PARAMETERS} are possible`,
      },
    ]);
  }
  return { text: writer.text, placeholders: writer.placeholders };
}

export const tableName = (source: Source): string =>
  source.schema === undefined ? quoteIdentifier(source.name) : `${quoteIdentifier(source.schema)}.${quoteIdentifier(source.name)}`;

/** Where a table is named to be read or written: with an alias where its columns are qualified by another name. */
function namedSource(writer: SqlWriter, source: Source): string {
  const qualifier = writer.qualifiers.get(source),
    name = source.named === undefined ? tableName(source) : quoteIdentifier(writer.queryNames.get(source.named)!);
  return qualifier === undefined || qualifier === name ? name : `${name} AS ${qualifier}`;
}

/** Appends a statement that stands by itself: its columns are qualified where they would be ambiguous. */
export function appendStatement(writer: SqlWriter, statement: Statement): void {
  const joinless = withoutPaths(statement);
  qualified(writer, joinless, () => appendRows(writer, joinless));
}

/** Appends a statement inside another, whose sources have their qualifiers already. */
function appendRows(writer: SqlWriter, statement: Statement): void {
  switch (statement.kind) {
    case 'select':
      return appendSelect(writer, statement);
    case 'setOperation':
      return appendSetOperation(writer, statement);
    case 'exists':
      // What is skipped of distinct or grouped rows depends on which of them are one.
      if (isFolded(statement.of) && (statement.of.offset !== undefined || statement.of.groupBy !== undefined)) {
        writer.text += 'SELECT EXISTS(';
        appendSelect(writer, { ...statement.of, limit: statement.of.limit ?? 1 });
        writer.text += ')';
        return;
      }
      writer.text += 'SELECT EXISTS(SELECT 1';
      appendFromWhere(writer, statement.of);
      appendLimit(writer, { ...statement.of, limit: statement.of.limit ?? 1 });
      writer.text += ')';
      return;
    case 'count':
      if (!isFolded(statement.of)) {
        writer.text += 'SELECT count(*)';
        appendFromWhere(writer, statement.of);
        return;
      }
      writer.text += 'SELECT count(*) FROM (';
      appendSelect(writer, statement.of);
      writer.text += ') AS "sub"';
      return;
    case 'insert':
      return appendInsert(writer, statement);
    case 'update':
      writer.text += `UPDATE ${namedSource(writer, statement.table)} SET `;
      appendAssignments(writer, statement.set);
      if (statement.from !== undefined && statement.from.length > 0) {
        statement.from.forEach((source, index) => {
          writer.text += index === 0 ? ' FROM ' : ', ';
          appendSource(writer, source);
        });
      }
      appendWhere(writer, statement.where);
      return appendReturning(writer, statement.returning);
    case 'delete':
      writer.text += `DELETE FROM ${namedSource(writer, statement.from)}`;
      appendWhere(writer, statement.where);
      return appendReturning(writer, statement.returning);
    case 'with':
      return appendWith(writer, statement);
    case 'lists':
      return appendListRows(writer, statement);
    default:
      return unreachable(statement);
  }
}

/** Whether a row of the result can stand for several rows of the table. */
const isFolded = (statement: SelectStatement): boolean => statement.distinct !== undefined || statement.groupBy !== undefined;

function appendWith(writer: SqlWriter, { isRecursive, queries, body }: WithStatement): void {
  writer.text += isRecursive === true ? 'WITH RECURSIVE ' : 'WITH ';
  queries.forEach((query, index) => {
    if (query.of !== undefined) writer.queryNames.set(query.of, query.name);
    writer.text += `${index > 0 ? ', ' : ''}${quoteIdentifier(query.name)}${query.columns === undefined ? '' : ` (${query.columns.map(quoteIdentifier).join(', ')})`} AS `;
    if (query.isMaterialized !== undefined) writer.text += query.isMaterialized ? 'MATERIALIZED ' : 'NOT MATERIALIZED ';
    writer.text += '(';
    appendStatement(writer, query.statement);
    writer.text += ')';
    if (query.search !== undefined)
      writer.text += ` SEARCH ${query.search.order.toUpperCase()} FIRST BY ${query.search.columns.map(quoteIdentifier).join(', ')} SET ${quoteIdentifier(query.search.sequence)}`;
    if (query.cycle !== undefined)
      writer.text += ` CYCLE ${query.cycle.columns.map(quoteIdentifier).join(', ')} SET ${quoteIdentifier(query.cycle.mark)} USING ${quoteIdentifier(query.cycle.path)}`;
  });
  writer.text += ' ';
  appendStatement(writer, body);
}

function appendSetOperation(writer: SqlWriter, { operator, arms, orderBy, limit, offset }: SetOperationStatement): void {
  arms.forEach((arm, index) => {
    writer.text += index === 0 ? '(' : ` ${operator} (`;
    // Arms of a nested set operation may refer outwards and are qualified already; others are scopes of their own.
    appendStatement(writer, arm);
    writer.text += ')';
  });
  if (orderBy.length > 0) {
    writer.text += ` ORDER BY ${orderBy.map((order) => `${order.position} ${order.direction.toUpperCase()}${order.nulls === undefined ? '' : ` NULLS ${order.nulls.toUpperCase()}`}`).join(', ')}`;
  }
  appendLimit(writer, { limit, offset });
}

function appendSelect(writer: SqlWriter, statement: SelectStatement): void {
  writer.text += 'SELECT ';
  if (statement.distinct === true) writer.text += 'DISTINCT ';
  else if (statement.distinct !== undefined) {
    writer.text += 'DISTINCT ON (';
    const on = statement.distinct;
    seeingColumns(writer, statement, on, () => renderKeys(writer, on));
    writer.text += ') ';
  }
  appendProjection(writer, statement);
  appendFromWhere(writer, statement);
  if (statement.groupBy !== undefined) appendGrouping(writer, statement.groupBy);
  if (statement.having !== undefined && statement.having !== null) {
    writer.text += ' HAVING ';
    renderNode(writer, statement.having);
  }
  if (statement.orderBy.length > 0) {
    writer.text += ' ORDER BY ';
    seeingColumns(writer, statement, statement.orderBy, () => renderOrder(writer, statement.orderBy));
  }
  appendLimit(writer, statement);
  if (statement.lock !== undefined) appendLock(writer, statement.lock, pathJoins(statement).size === 0 ? undefined : statement.from);
}

/** Renders keys that stand where outputs hide columns: qualified, a column is itself. */
function seeingColumns(writer: SqlWriter, statement: SelectStatement, keys: readonly (Node | OrderTerm)[], render: () => void): void {
  const { from } = statement;
  if (from === null || writer.qualifiers.has(from) || !isHidden(keys, statement)) return render();
  writer.qualifiers.set(from, quoteIdentifier(from.name));
  render();
  writer.qualifiers.delete(from);
}

function appendProjection(writer: SqlWriter, { projection, outputs }: SelectStatement): void {
  const nodes = 'nodes' in projection ? projection.nodes() : projection;
  if (outputs === undefined) return renderList(writer, nodes);
  nodes.forEach((node, index) => {
    if (index > 0) writer.text += ', ';
    renderNode(writer, node);
    // A column has its name already.
    if (node.kind !== 'column' || node.column !== outputs[index]) writer.text += ` AS ${quoteIdentifier(outputs[index]!)}`;
  });
}

function appendGrouping(writer: SqlWriter, grouping: Grouping): void {
  writer.text += ' GROUP BY ';
  switch (grouping.kind) {
    case 'plain':
      // Without keys, the one group of all rows.
      if (grouping.keys.length === 0) writer.text += '()';
      else renderKeys(writer, grouping.keys);
      return;
    case 'rollup':
    case 'cube':
      writer.text += `${grouping.kind.toUpperCase()} (`;
      renderKeys(writer, grouping.keys);
      writer.text += ')';
      return;
    case 'sets':
      writer.text += 'GROUPING SETS (';
      grouping.sets.forEach((set, index) => {
        writer.text += index === 0 ? '(' : ', (';
        renderKeys(
          writer,
          set.map((at) => grouping.keys[at]!),
        );
        writer.text += ')';
      });
      writer.text += ')';
      return;
    default:
      unreachable(grouping);
  }
}

function appendFromWhere(writer: SqlWriter, statement: SelectStatement): void {
  const { from, joins, where } = statement;
  if (from !== null) {
    const implied = pathJoins(statement);
    const appendImplied = (source: Source): void => implied.get(source)?.forEach((join) => appendJoin(writer, join));
    writer.text += ' FROM ';
    appendSource(writer, from);
    appendImplied(from);
    for (const join of joins ?? []) {
      appendJoin(writer, join);
      appendImplied(join.source);
    }
  }
  appendWhere(writer, where);
}

function appendSource(writer: SqlWriter, source: Source): void {
  if (source.rows === undefined) {
    writer.text += namedSource(writer, source);
    return;
  }
  writer.text += '(';
  appendStatement(writer, source.rows as QueryStatement);
  writer.text += `) AS ${writer.qualifiers.get(source) ?? quoteIdentifier(source.name)}`;
}

function appendJoin(writer: SqlWriter, { kind, source, on, isLateral }: Join): void {
  writer.text += kind === 'left' ? ' LEFT JOIN ' : kind === 'inner' ? ' JOIN ' : ' CROSS JOIN ';
  if (isLateral === true) writer.text += 'LATERAL ';
  appendSource(writer, source);
  if (on !== null) {
    writer.text += ' ON ';
    renderNode(writer, on);
  }
}

function appendWhere(writer: SqlWriter, where: SelectStatement['where']): void {
  if (where === null) return;
  writer.text += ' WHERE ';
  renderNode(writer, where);
}

/** LIMIT and OFFSET give their parameters a type, bigint, by themselves. */
function appendLimit(writer: SqlWriter, { limit, offset }: Pick<SelectStatement, 'limit' | 'offset'>): void {
  if (limit !== undefined) {
    writer.text += ' LIMIT ';
    if (typeof limit === 'number') writer.text += limit;
    else renderNode(writer, limit, 0, true);
  }
  if (offset !== undefined) {
    writer.text += ' OFFSET ';
    renderNode(writer, offset, 0, true);
  }
}

const LOCKS: Record<Lock['strength'], string> = { update: 'UPDATE', noKeyUpdate: 'NO KEY UPDATE', share: 'SHARE', keyShare: 'KEY SHARE' };

/** `root`: the only rows to lock where paths have joined others, of which Postgres could not lock those that may be missing. */
function appendLock(writer: SqlWriter, lock: Lock, root: Source | null | undefined): void {
  writer.text += ` FOR ${LOCKS[lock.strength]}`;
  const of = lock.of ?? (root === null || root === undefined ? undefined : [root]);
  // By its name in the query: a schema is refused here.
  if (of !== undefined) writer.text += ` OF ${of.map((source) => nameInQuery(writer, source)).join(', ')}`;
  if (lock.wait !== 'block') writer.text += lock.wait === 'nowait' ? ' NOWAIT' : ' SKIP LOCKED';
}

/** Where a qualifier is the table's full name, the query knows it by the last part. */
function nameInQuery(writer: SqlWriter, source: Source): string {
  const qualifier = writer.qualifiers.get(source);
  return qualifier === undefined || qualifier === tableName(source) ? quoteIdentifier(source.name) : qualifier;
}

function appendAssignments(writer: SqlWriter, set: readonly Assignment[]): void {
  set.forEach((assignment, index) => {
    writer.text += `${index > 0 ? ', ' : ''}${quoteIdentifier(assignment.column)} = `;
    renderNode(writer, assignment.to, 0, true);
  });
}

function appendInsert(writer: SqlWriter, { into, columns, rows, conflict, returning }: InsertStatement): void {
  writer.text += `INSERT INTO ${tableName(into)}`;
  switch (rows.kind) {
    case 'defaults':
      writer.text += ' DEFAULT VALUES';
      break;
    case 'values':
      writer.text += ` (${columns.map(quoteIdentifier).join(', ')}) VALUES (`;
      // The column gives a bare parameter its type; a cast would be one too many for `numeric(10,2)` and the like.
      rows.values.forEach((node, index) => {
        if (index > 0) writer.text += ', ';
        renderNode(writer, node, 0, true);
      });
      writer.text += ')';
      break;
    case 'lists':
      appendLists(writer, columns, rows);
      break;
    case 'select':
      writer.text += ` (${columns.map(quoteIdentifier).join(', ')}) `;
      appendStatement(writer, rows.select);
      break;
    default:
      unreachable(rows);
  }
  if (conflict !== undefined) appendConflict(writer, into, conflict);
  appendReturning(writer, returning);
}

/**
 * `SELECT ... FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY ... ORDER BY ordinality`: one text for any number of rows, in input order.
 * One list of each kind of parameter and no more, so the limit of 65,535 parameters is out of reach.
 */
function appendLists(
  writer: SqlWriter,
  columns: readonly string[],
  { columns: lists, keys }: Extract<InsertRows, { kind: 'lists' }>,
): void {
  const names = keys === undefined ? columns : [keys.column, ...columns],
    outputs = keys === undefined ? listedOutputs(lists) : ['"k"', ...listedOutputs(lists)];
  writer.text += ` (${names.map(quoteIdentifier).join(', ')}) SELECT ${outputs.join(', ')} FROM `;
  appendUnnest(writer, lists, true, keys?.by);
  writer.text += ' ORDER BY "ordinality"';
}

/** What `"r"` has for each list: its element, cast back, or the default where the row lacks the key. */
function listedOutputs(lists: readonly ListedColumn[]): string[] {
  return lists.map(({ restore, presence }, index) => {
    const restored = restore === undefined ? `"c${index}"` : `"c${index}"::${restore}`;
    return presence === undefined ? restored : `CASE WHEN "p${index}" THEN ${restored} ELSE ${presence.otherwise} END`;
  });
}

/** `keysBy` names the function that gives a key for each row. It stands last, so that its parameter is the first list's. */
function appendUnnest(writer: SqlWriter, lists: readonly ListedColumn[], isCounted: boolean, keysBy?: string): void {
  const presences = lists.flatMap(({ presence }, index) => (presence === undefined ? [] : [{ list: presence.list, name: `"p${index}"` }]));
  writer.text += keysBy === undefined ? 'unnest(' : 'ROWS FROM (unnest(';
  renderList(writer, [...lists.map(({ list }) => list), ...presences.map(({ list }) => list)]);
  if (keysBy !== undefined) {
    writer.text += `), ${quoteIdentifier(keysBy)}(cardinality(`;
    renderNode(writer, lists[0]!.list);
    writer.text += '))';
  }
  const names = [
    ...lists.map((_, index) => `"c${index}"`),
    ...presences.map(({ name }) => name),
    ...(keysBy === undefined ? [] : ['"k"']),
    ...(isCounted ? ['"ordinality"'] : []),
  ];
  writer.text += `)${isCounted ? ' WITH ORDINALITY' : ''} AS "r" (${names.join(', ')})`;
}

function appendListRows(writer: SqlWriter, { columns, names }: ListsStatement): void {
  writer.text += `SELECT ${listedOutputs(columns)
    .map((output, index) => `${output} AS ${quoteIdentifier(names[index]!)}`)
    .join(', ')} FROM `;
  appendUnnest(writer, columns, false);
}

function appendConflict(writer: SqlWriter, into: Source, { target, action }: Conflict): void {
  writer.text += ' ON CONFLICT';
  if (target !== undefined) {
    if ('constraint' in target) writer.text += ` ON CONSTRAINT ${quoteIdentifier(target.constraint)}`;
    else {
      writer.text += ` (${target.columns.map(quoteIdentifier).join(', ')})`;
      // Only bare names of columns are known here.
      appendWhere(writer, target.where?.node ?? null);
    }
  }
  if (action === 'nothing') {
    writer.text += ' DO NOTHING';
    return;
  }
  writer.text += ' DO UPDATE SET ';
  writer.qualifiers.set(into, quoteIdentifier(into.name));
  writer.qualifiers.set(action.offered, 'EXCLUDED');
  appendAssignments(writer, action.set);
  appendWhere(writer, action.where);
  writer.qualifiers.delete(into);
}

/** The names under which RETURNING refers to the row before and after. */
const OLD = '"__djogi_old"',
  NEW = '"__djogi_new"';

function appendReturning(writer: SqlWriter, returning: Returning | null): void {
  if (returning === null) return;
  writer.text += ' RETURNING ';
  const names: string[] = [];
  if (returning.old !== undefined) {
    writer.qualifiers.set(returning.old, OLD);
    names.push(`OLD AS ${OLD}`);
  }
  if (returning.new !== undefined) {
    writer.qualifiers.set(returning.new, NEW);
    names.push(`NEW AS ${NEW}`);
  }
  if (names.length > 0) writer.text += `WITH (${names.join(', ')}) `;
  renderList(writer, returning.nodes);
}

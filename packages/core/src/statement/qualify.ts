// Decides where columns are qualified, and by which name. A scope with one source leaves its columns bare; with several, as soon as there is a join or a
// subquery, every source gets a name of its own and every column carries it: an unqualified one could silently bind to the wrong table.

import { cutToBytes, quoteIdentifier } from '../ident/identifier.ts';
import { operandsOf, type Node, type Source } from '../expr/node.ts';
import type { SqlWriter } from '../expr/render.ts';
import { refersOutside } from './correlation.ts';
import { pathJoins } from './path-joins.ts';
import type { InsertStatement, Returning, SelectStatement, Statement } from './statement.ts';

/**
 * Names the sources of a statement and of the subqueries in it while `append` writes it. Statements with a scope of their own (WITH queries, derived tables, arms) are left
 * to their own call: one source may appear in several of them.
 */
export function qualified(writer: SqlWriter, statement: Statement, append: () => void): void {
  const named = nameSources(writer, statement);
  append();
  for (const source of named) writer.qualifiers.delete(source);
}

const NOTHING: readonly Source[] = [];

function nameSources(writer: SqlWriter, statement: Statement): readonly Source[] {
  // Its arms are scopes of their own, unless a subquery carries it; then they are named with what is around it.
  if (statement.kind === 'setOperation') return NOTHING;
  const sources = new Set<Source>();
  collect(statement, sources);
  const unnamed = [...sources].filter((source) => !writer.qualifiers.has(source));
  if (unnamed.length === 0) return NOTHING;
  // A derived table inside a subquery may name columns of the queries around it, which a table of the same name inside would take for its own.
  const isCorrelated = writer.qualifiers.size > 0 && refersOutside(statement);
  if (sources.size < 2 && !isCorrelated) return NOTHING;
  const taken = new Set(isCorrelated ? writer.qualifiers.values() : [...sources].flatMap((source) => writer.qualifiers.get(source) ?? []));
  for (const source of unnamed) {
    // The row at the end of a path is called by the way to it.
    const name = source.via === undefined ? source.name : cutToBytes(source.via.relation, 63);
    let alias = quoteIdentifier(name);
    for (let number = 2; taken.has(alias); number++) alias = quoteIdentifier(`${cutToBytes(name, 55)}_${number}`);
    taken.add(alias);
    writer.qualifiers.set(source, alias);
  }
  return unnamed;
}

function collect(statement: Statement, into: Set<Source>): void {
  switch (statement.kind) {
    case 'select':
      return collectSelect(statement, into);
    case 'exists':
    case 'count':
      return collectSelect(statement.of, into);
    case 'setOperation':
      for (const arm of statement.arms) collect(arm, into);
      return;
    case 'update':
      into.add(statement.table);
      for (const source of statement.from ?? []) into.add(source);
      for (const { to } of statement.set) collectNode(to, into);
      collectNode(statement.where, into);
      return collectReturning(statement.returning, into);
    case 'delete':
      into.add(statement.from);
      collectNode(statement.where, into);
      return collectReturning(statement.returning, into);
    case 'insert':
      return collectConflict(statement, into);
    default:
  }
}

/** What a write gives back may have subqueries. The row before and after have names of their own. */
function collectReturning(returning: Returning | null, into: Set<Source>): void {
  for (const node of returning?.nodes ?? []) collectNode(node, into);
}

/** What an upsert computes may have subqueries, over its own table too. Its offered row has a name of its own. */
function collectConflict({ into: table, conflict }: InsertStatement, into: Set<Source>): void {
  if (conflict === undefined || conflict.action === 'nothing') return;
  into.add(table);
  for (const { to } of conflict.action.set) collectNode(to, into);
  collectNode(conflict.action.where, into);
}

function collectSelect(statement: SelectStatement, into: Set<Source>): void {
  const { from, joins = [], projection, distinct, where, groupBy, having, orderBy } = statement;
  const implied = pathJoins(statement);
  for (const source of [...(from === null ? [] : [from]), ...joins.map((join) => join.source)]) {
    into.add(source);
    for (const join of implied.get(source) ?? []) into.add(join.source);
  }
  const nodes = [
    ...('nodes' in projection ? [] : projection),
    ...(distinct === undefined || distinct === true ? [] : distinct),
    ...joins.map((join) => join.on),
    where,
    ...(groupBy?.keys ?? []),
    having,
    ...orderBy.map((term) => term.by),
  ];
  for (const node of nodes) collectNode(node, into);
}

function collectNode(node: Node | null | undefined, into: Set<Source>): void {
  if (node === null || node === undefined) return;
  if (node.kind === 'subquery') collect(node.rows as Statement, into);
  else for (const operand of operandsOf(node)) collectNode(operand, into);
}

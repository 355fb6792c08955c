// Puts the queries that a statement reads by name into its WITH: once each, after those they read themselves. A query can so be used in any number of places,
// and nobody has to say at the top of a statement what stands deep inside of it.

import { ValidationError } from '../error/value-error.ts';
import type { NamedRows } from '../expr/node.ts';
import { Fingerprint } from './fingerprint.ts';
import type { NamedQuery, Statement, WithQuery } from './statement.ts';

/** The statement with `missing`, and what they need, in its WITH. Throws VALIDATION with `with` where a name would mean two things. */
export function withNamedQueries(statement: Statement, missing: ReadonlySet<NamedRows>): Statement {
  const tables = new Set<string>(),
    queries: NamedQuery[] = [];
  new Fingerprint(tables).statement(statement);
  for (const named of missing) collect(named as NamedQuery, queries, tables);
  const names = namesOf(queries, tables);
  const own = queries.map((query, at): WithQuery => ({
    name: names[at]!,
    columns: query.columns,
    statement: query.statement,
    isMaterialized: query.isMaterialized,
    search: query.search,
    cycle: query.cycle,
    of: query,
  }));
  const isRecursive = queries.some((query) => query.isRecursive === true);
  // A statement has one WITH.
  if (statement.kind === 'with')
    return { ...statement, isRecursive: isRecursive || statement.isRecursive, queries: [...own, ...statement.queries] };
  return { kind: 'with', isRecursive, queries: own, body: statement };
}

/** Dependencies first. */
function collect(query: NamedQuery, into: NamedQuery[], tables: Set<string>): void {
  if (into.includes(query)) return;
  const inside = new Fingerprint(tables);
  inside.statement(query.statement);
  for (const named of inside.missing) if (named !== query) collect(named as NamedQuery, into, tables);
  into.push(query);
}

/** A name of a WITH hides the table of that name everywhere in the statement. */
function namesOf(queries: readonly NamedQuery[], tables: ReadonlySet<string>): string[] {
  const taken = new Set<string>();
  for (const { name } of queries) {
    if (name === null) continue;
    const folded = name.toLowerCase();
    if (taken.has(folded)) refuse(name, 'two queries of one statement have this name');
    if (tables.has(name)) refuse(name, 'the statement reads a table of this name, which the query would hide');
    taken.add(folded);
  }
  let count = 0;
  return queries.map(({ name }) => name ?? `__djogi_with_${++count}`);
}

function refuse(name: string, message: string): never {
  throw new ValidationError([{ path: name, rule: 'with', message: `cannot be the name of a query: ${message}. Choose another one` }]);
}

// Queries by name: `WITH name AS (...)`, said once and read in any number of places of a statement.

import { nodes, refersOutside, strictIdentifierProblem, type NamedQuery } from '@djogi/core/extension';
import { ValidationError } from '@djogi/core';
import { rowsGiven, rowsOf, selectionOver, rowsOfSelection, type Rows, type RowsSupplier } from '../set/rows.ts';
import type { RowFacts, RowsWith } from '../set/row-facts.ts';

/** Rows under a name, for `query(...)` and as an arm of a set operation. */
export interface Cte<Facts extends RowFacts, T> extends RowsWith<Facts, T> {
  readonly kind: 'cte';
  /** Null where the statement makes one. */
  readonly name: string | null;
}

export interface CteOptions {
  /**
   * `true`: computed once and kept, whatever the query around it asks for; `false`: computed where it is read, so that conditions from around it reach inside. Left
   * to the server when absent: once if it is read in several places.
   */
  readonly materialized?: boolean;
}

/**
 * Names the rows of a query, to be read with `query(...)` in any number of places of one statement, subqueries included: the statement gets
 * `WITH name AS (...)` once. Sends nothing.
 *
 * Shape: the rows of a set, a projection, groups or combined sets, with their types. Without a name, the statement makes one. Rows of another cte may be among what
 * it is made of.
 * Errors: VALIDATION with `with` for a name that is no plain identifier, and for rows that use a callback's argument from around them: they are computed before
 * that has a value. When a statement is made, VALIDATION with `with` for two queries of one name and for the name of a table that the statement reads.
 *
 * @example
 * const totals = cte('totals', query(Sale).groupBy(s => ({ region: s.region })).annotate(s => ({ total: s.price.sum() })));
 * const most = await query(totals).filter(t => t.total.eq(query(totals).asScalar(o => o.total.max()))).fetchAll(ctx);
 */
export function cte<Facts extends RowFacts, T>(rows: RowsWith<Facts, T>, options?: CteOptions): Cte<Facts, T>;
export function cte<Facts extends RowFacts, T>(name: string, rows: RowsWith<Facts, T>, options?: CteOptions): Cte<Facts, T>;
export function cte(...given: unknown[]): unknown {
  const [name, of, options = {}] = typeof given[0] === 'string' ? given : [null, ...given];
  return new NamedRowSet(name as string | null, rowsGiven(of, 'cte'), options as CteOptions);
}

class NamedRowSet implements RowsSupplier {
  readonly kind = 'cte' as const;
  readonly name: string | null;
  readonly #rows: Rows;

  constructor(name: string | null, rows: Rows, { materialized }: CteOptions) {
    if (name !== null) checkName(name);
    if (materialized !== undefined && typeof materialized !== 'boolean')
      throw new ValidationError([{ path: 'materialized', rule: 'type', message: 'is true or false' }]);
    // What cannot be read is refused here, and not where it is read.
    selectionOver(rows);
    const statement = rows.statement(true);
    if (refersOutside(statement))
      throw new ValidationError([
        {
          path: name ?? '',
          rule: 'with',
          message: 'uses the argument of a callback around it, and is computed before that has a value. Use query(rows) there, without cte',
        },
      ]);
    const named: NamedQuery = { kind: 'named', name, statement, isMaterialized: materialized };
    this.name = name;
    this.#rows = { ...rows, selection: undefined, source: () => nodes.namedSource(name ?? '__djogi_with', named) };
  }

  [rowsOf](): Rows {
    const rows = this.#rows;
    // As an arm, it is read by its name too.
    return { ...rows, statement: (isNamed) => rowsOfSelection(selectionOver(rows)).statement(isNamed) };
  }
}

function checkName(name: string): void {
  const problem = strictIdentifierProblem(name);
  if (problem !== null)
    throw new ValidationError([
      {
        path: name,
        rule: 'with',
        message:
          problem === 'reserved_prefix'
            ? 'is no name for a query: the prefix __djogi_ is reserved'
            : 'is no name for a query: a letter or _, then letters, digits and _, at most 63 of them',
      },
    ]);
}

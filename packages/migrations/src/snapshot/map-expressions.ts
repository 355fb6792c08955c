// The expressions of a snapshot, reached in one place: to record how the server prints what was declared, and to compare one spelling with another.

import { makeSnapshot } from './make-snapshot.ts';
import { shownName } from './qualified-name.ts';
import type { ColumnSnapshot, ConstraintSnapshot, SchemaSnapshot, TableSnapshot } from './snapshot.ts';

/**
 * The snapshot with every expression replaced by what `map` returns for it.
 *
 * Shape: `identity` names the place and is the same in every snapshot of the schema: `posts.status default`, `posts.total generated`,
 * `posts posts_year_check check`, `posts posts_live_idx where`, `posts posts_lower_idx element 0`, `posts tenant using`, `posts key 0`.
 */
export function mapExpressions(snapshot: SchemaSnapshot, map: (text: string, identity: string) => string): SchemaSnapshot {
  return makeSnapshot({ ...snapshot, tables: snapshot.tables.map((table) => mapTable(table, map)) });
}

type Mapping = (text: string, identity: string) => string;

function mapTable(table: TableSnapshot, map: Mapping): TableSnapshot {
  const at = shownName(table);
  const optional = (text: string | null, identity: string): string | null => (text === null ? null : map(text, identity));
  const elements = <Element extends { readonly expression: string | null }>(list: readonly Element[], identity: string): Element[] =>
    list.map((element, position) => ({ ...element, expression: optional(element.expression, `${identity} ${position}`) }));
  return {
    ...table,
    columns: table.columns.map((column) => mapColumn(column, `${at}.${column.name}`, map)),
    constraints: table.constraints.map((constraint): ConstraintSnapshot => {
      const name = `${at} ${constraint.name}`;
      if (constraint.kind === 'check') return { ...constraint, expression: map(constraint.expression, `${name} check`) };
      if (constraint.kind !== 'exclusion') return constraint;
      return {
        ...constraint,
        elements: elements(constraint.elements, `${name} element`),
        where: optional(constraint.where, `${name} where`),
      };
    }),
    indexes: table.indexes.map((index) => ({
      ...index,
      elements: elements(index.elements, `${at} ${index.name} element`),
      where: optional(index.where, `${at} ${index.name} where`),
    })),
    policies: table.policies.map((policy) => ({
      ...policy,
      using: optional(policy.using, `${at} ${policy.name} using`),
      withCheck: optional(policy.withCheck, `${at} ${policy.name} withCheck`),
    })),
    partitioning: table.partitioning === null ? null : { ...table.partitioning, key: elements(table.partitioning.key, `${at} key`) },
  };
}

function mapColumn(column: ColumnSnapshot, at: string, map: Mapping): ColumnSnapshot {
  return {
    ...column,
    default: column.default === null ? null : map(column.default, `${at} default`),
    generated: column.generated === null ? null : { ...column.generated, expression: map(column.generated.expression, `${at} generated`) },
  };
}

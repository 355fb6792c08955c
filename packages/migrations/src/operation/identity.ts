// How operations name what they make, remove and depend on. Texts, so that a plan stays data.

import { byText, type QualifiedName } from '../snapshot/qualified-name.ts';
import type { ConstraintSnapshot, IndexSnapshot, PolicySnapshot, TableSnapshot } from '../snapshot/snapshot.ts';
import { namesIn } from '../snapshot/sql-names.ts';

const full = ({ schema, name }: QualifiedName): string => `${schema}.${name}`;

/** Tables, indexes and sequences share one namespace. */
export const relationId = (name: QualifiedName): string => `relation ${full(name)}`;
export const columnId = (table: QualifiedName, column: string): string => `column ${full(table)}.${column}`;
export const constraintId = (table: QualifiedName, name: string): string => `constraint ${full(table)}.${name}`;
const primaryKeyId = (table: QualifiedName): string => `primary key ${full(table)}`;
export const policyId = (table: QualifiedName, name: string): string => `policy ${full(table)}.${name}`;
export const notNullId = (table: QualifiedName, column: string): string => `not null ${full(table)}.${column}`;
export const defaultId = (table: QualifiedName, column: string): string => `default ${full(table)}.${column}`;
/** A logged table must not refer to an unlogged one. */
export const persistenceId = (table: QualifiedName): string => `persistence ${full(table)}`;
export const ownerId = (sequence: QualifiedName): string => `owner ${full(sequence)}`;
/** A name as an expression may spell it: policies reach other tables. */
export const nameId = (name: string): string => `name ${name}`;
/** By its bare name: a column's type is a text. */
export const typeId = (name: string): string => `type ${name}`;
export const typeIds = (type: string): readonly string[] => [...namesIn(type)].map(typeId);
/** What a foreign key stands on: something unique over these columns. */
export const keyId = (table: QualifiedName, columns: readonly (string | null)[]): string =>
  `key ${full(table)}(${JSON.stringify(columns.toSorted((left, right) => byText(left ?? '', right ?? '')))})`;
/** Rows of a table have a name for the whole row, too: `posts.*` is no dependency that could be told. */
export const expressionIds = (table: QualifiedName, expression: string | null): readonly string[] =>
  expression === null ? [] : [...namesIn(expression)].map((name) => columnId(table, name));
/** Reports whether the identity is of a key. */
export const isKeyId = (identity: string): boolean => identity.startsWith('key ');

export interface Identities {
  readonly own: readonly string[];
  readonly needs: readonly string[];
}

export function constraintIdentities(table: QualifiedName, constraint: ConstraintSnapshot): Identities {
  const name = constraintId(table, constraint.name);
  const relation = relationId({ schema: table.schema, name: constraint.name });
  const columns = (list: readonly string[]): readonly string[] => list.map((column) => columnId(table, column));
  switch (constraint.kind) {
    case 'primaryKey':
    case 'unique':
      return {
        // A table has one primary key, whatever it is called.
        own: [name, relation, keyId(table, constraint.columns), ...(constraint.kind === 'primaryKey' ? [primaryKeyId(table)] : [])],
        needs: [
          relationId(table),
          ...columns([...constraint.columns, ...constraint.include]),
          ...(constraint.kind === 'primaryKey' ? constraint.columns.map((column) => notNullId(table, column)) : []),
        ],
      };
    case 'foreignKey':
      return {
        own: [name],
        needs: [
          relationId(table),
          relationId(constraint.references),
          persistenceId(table),
          persistenceId(constraint.references),
          ...columns(constraint.columns),
          ...constraint.references.columns.map((column) => columnId(constraint.references, column)),
          keyId(constraint.references, constraint.references.columns),
        ],
      };
    case 'check':
      return { own: [name], needs: [relationId(table), ...expressionIds(table, constraint.expression)] };
    default:
      return {
        own: [name, relation],
        needs: [
          relationId(table),
          ...constraint.elements.flatMap(({ column, expression }) =>
            column === null ? expressionIds(table, expression) : [columnId(table, column)],
          ),
          ...columns(constraint.include),
          ...expressionIds(table, constraint.where),
        ],
      };
  }
}

export function indexIdentities(table: QualifiedName, index: IndexSnapshot): Identities {
  const relation = relationId({ schema: table.schema, name: index.name });
  const isKey = index.isUnique && index.where === null && index.elements.every(({ column }) => column !== null);
  return {
    own: isKey
      ? [
          relation,
          keyId(
            table,
            index.elements.map(({ column }) => column),
          ),
        ]
      : [relation],
    needs: [
      relationId(table),
      ...index.elements.flatMap(({ column, expression }) =>
        column === null ? expressionIds(table, expression) : [columnId(table, column)],
      ),
      ...index.include.map((column) => columnId(table, column)),
      ...expressionIds(table, index.where),
    ],
  };
}

/** A policy may ask other tables: it depends on every name it has. */
export const policyIdentities = (table: QualifiedName, { name, using, withCheck }: PolicySnapshot): Identities => ({
  own: [policyId(table, name)],
  needs: [relationId(table), ...[...namesIn(`${using ?? ''} ${withCheck ?? ''}`)].map(nameId)],
});

/** Everything that comes and goes with a table. */
export function tableIdentities(table: TableSnapshot): Identities {
  const parts = [
    ...table.constraints.map((constraint) => constraintIdentities(table, constraint)),
    ...table.indexes.map((index) => indexIdentities(table, index)),
    ...table.policies.map((policy) => policyIdentities(table, policy)),
  ];
  const own = new Set([
    relationId(table),
    typeId(table.name),
    nameId(table.name),
    ...(table.partitioning?.partitions ?? []).map(relationId),
    ...table.columns.flatMap(({ name, notNull }) => [
      columnId(table, name),
      nameId(name),
      ...(notNull === null ? [] : [notNullId(table, name)]),
    ]),
    ...parts.flatMap((part) => part.own),
  ]);
  const needs = new Set([...parts.flatMap((part) => part.needs), ...table.columns.flatMap(({ type }) => typeIds(type))]);
  return { own: [...own], needs: [...needs].filter((identity) => !own.has(identity)) };
}

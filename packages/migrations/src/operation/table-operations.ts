// Tables and partitions as a whole.

import { quoteIdentifier, quoteLiteral } from '@djogi/core/extension';
import { tableComments } from '../render/comment-on.ts';
import { addConstraint } from '../render/constraint.ts';
import { createIndex } from '../render/create-index.ts';
import { createPartition, createTable, splitConstraints } from '../render/create-table.ts';
import { qualified } from '../render/fragment.ts';
import { grants } from '../render/grant.ts';
import { createPolicy, setRowSecurity } from '../render/row-security.ts';
import { shownName, type QualifiedName } from '../snapshot/qualified-name.ts';
import type { PartitionSnapshot, RowSecuritySnapshot, TableSnapshot } from '../snapshot/snapshot.ts';
import {
  back,
  cost,
  destructive,
  inTransaction,
  locksOn,
  lossy,
  NO_COST,
  order,
  RANK,
  relationOf,
  relationsOf,
  SAFE,
  storesOf,
  type OperationDefinition,
  type TableRef,
} from './definition.ts';
import { persistenceId, relationId, tableIdentities, typeId } from './identity.ts';

/** With everything of its own but foreign keys, which are added when every table is there. */
export interface CreateTable {
  readonly kind: 'createTable';
  readonly table: TableSnapshot;
}
export interface DropTable {
  readonly kind: 'dropTable';
  readonly table: TableSnapshot;
}
export interface RenameTable {
  readonly kind: 'renameTable';
  readonly from: TableRef;
  readonly to: string;
}
export interface SetStorageParams {
  readonly kind: 'setStorageParams';
  readonly table: QualifiedName;
  readonly from: Readonly<Record<string, string>>;
  readonly to: Readonly<Record<string, string>>;
}
export interface SetTablespace {
  readonly kind: 'setTablespace';
  readonly table: TableRef;
  readonly from: string | null;
  readonly to: string | null;
}
export interface SetUnlogged {
  readonly kind: 'setUnlogged';
  readonly table: TableRef;
  readonly to: boolean;
}
export interface SetRowSecurity {
  readonly kind: 'setRowSecurity';
  readonly table: TableRef;
  readonly from: RowSecuritySnapshot;
  readonly to: RowSecuritySnapshot;
}
export interface CreatePartition {
  readonly kind: 'createPartition';
  readonly table: TableRef;
  readonly partition: PartitionSnapshot;
}
export interface DropPartition {
  readonly kind: 'dropPartition';
  readonly table: TableRef;
  readonly partition: PartitionSnapshot;
}

/** A table as an operation names it. */
export const refOf = ({ schema, name, partitioning }: TableSnapshot): TableRef => ({
  schema,
  name,
  partitions: partitioning === null ? null : partitioning.partitions.map(relationOf),
});

const withoutReferences = (table: TableSnapshot): TableSnapshot => ({
  ...table,
  constraints: table.constraints.filter(({ kind }) => kind !== 'foreignKey'),
});

export const createTableDefinition: OperationDefinition<CreateTable> = {
  label: ({ table }) => `createTable ${shownName(table)}`,
  forward({ table: whole }) {
    const table = withoutReferences(whole);
    return [
      createTable(table),
      ...(table.partitioning?.partitions ?? []).map((partition) => createPartition(table, partition)),
      ...splitConstraints(table.constraints).later.map((constraint) => addConstraint(table, constraint)),
      ...table.indexes.map((index) => createIndex(table, index)),
      ...setRowSecurity(table, { isEnabled: false, isForced: false }, table.rowSecurity),
      ...table.policies.map((policy) => createPolicy(table, policy)),
      ...grants('table', table),
      ...tableComments(table),
    ];
  },
  reverse: ({ table }) => back({ kind: 'dropTable', table: withoutReferences(table) }),
  cost: () => NO_COST,
  effect: () => SAFE,
  order({ table }) {
    const { own, needs } = tableIdentities(withoutReferences(table));
    return order(RANK.table, { creates: own, needs });
  },
  standsAlone: inTransaction,
};

export const dropTableDefinition: OperationDefinition<DropTable> = {
  label: ({ table }) => `dropTable ${shownName(table)}`,
  forward: ({ table }) => [`DROP TABLE ${qualified(table)}`],
  reverse: ({ table }) =>
    back(
      { kind: 'createTable', table: withoutReferences(table) },
      ...table.constraints.flatMap((constraint) =>
        constraint.kind !== 'foreignKey'
          ? []
          : [
              {
                kind: 'addConstraint' as const,
                table: refOf(table),
                constraint,
                references: { ...relationOf(constraint.references), partitions: null },
              },
            ],
      ),
    ),
  cost: ({ table }) =>
    cost([
      ...locksOn(relationsOf(refOf(table)), 'ACCESS EXCLUSIVE'),
      ...table.constraints.flatMap((constraint) =>
        constraint.kind === 'foreignKey' ? locksOn([relationOf(constraint.references)], 'ACCESS EXCLUSIVE') : [],
      ),
    ]),
  effect: ({ table }) => destructive(`every row of ${shownName(table)}`),
  order({ table }) {
    const { own, needs } = tableIdentities(table);
    return order(RANK.dropTable, { removes: own, frees: needs });
  },
  standsAlone: inTransaction,
};

export const renameTableDefinition: OperationDefinition<RenameTable> = {
  label: ({ from, to }) => `renameTable ${shownName(from)} to ${to}`,
  forward: ({ from, to }) => [`ALTER TABLE ${qualified(from)} RENAME TO ${quoteIdentifier(to)}`],
  reverse: ({ from, to }) => back({ kind: 'renameTable', from: { ...from, name: to }, to: from.name }),
  cost: ({ from }) => cost(locksOn([relationOf(from)], 'ACCESS EXCLUSIVE')),
  effect: () => SAFE,
  order: () => order(RANK.rename),
  standsAlone: inTransaction,
};

/** SET for what is new or other, RESET for what is gone. */
export function storageChanges(from: Readonly<Record<string, string>>, to: Readonly<Record<string, string>>): readonly string[] {
  const spelled = (name: string): string => name.split('.').map(quoteIdentifier).join('.');
  const set = Object.entries(to).filter(([name, value]) => from[name] !== value);
  const gone = Object.keys(from).filter((name) => !(name in to));
  return [
    ...(set.length === 0 ? [] : [`SET (${set.map(([name, value]) => `${spelled(name)} = ${quoteLiteral(value)}`).join(', ')})`]),
    ...(gone.length === 0 ? [] : [`RESET (${gone.map(spelled).join(', ')})`]),
  ];
}

export const setStorageParamsDefinition: OperationDefinition<SetStorageParams> = {
  label: ({ table }) => `setStorageParams ${shownName(table)}`,
  forward: ({ table, from, to }) => storageChanges(from, to).map((change) => `ALTER TABLE ${qualified(table)} ${change}`),
  reverse: ({ table, from, to }) => back({ kind: 'setStorageParams', table, from: to, to: from }),
  cost({ table, from, to }) {
    // The one parameter of a table that changes what other sessions may do with its rows.
    const isCatalog = from['user_catalog_table'] !== to['user_catalog_table'];
    return cost(locksOn([relationOf(table)], isCatalog ? 'ACCESS EXCLUSIVE' : 'SHARE UPDATE EXCLUSIVE'));
  },
  effect: () => SAFE,
  order: ({ table }) => order(RANK.property, { needs: [relationId(table)] }),
  standsAlone: inTransaction,
};

export const setTablespaceDefinition: OperationDefinition<SetTablespace> = {
  label: ({ table, to }) => `setTablespace ${shownName(table)} to ${to ?? 'pg_default'}`,
  forward: ({ table, to }) => [`ALTER TABLE ${qualified(table)} SET TABLESPACE ${quoteIdentifier(to ?? 'pg_default')}`],
  reverse: ({ table, from, to }) => back({ kind: 'setTablespace', table, from: to, to: from }),
  cost: ({ table }) =>
    cost(locksOn([relationOf(table)], 'ACCESS EXCLUSIVE'), { rewrites: table.partitions === null ? [relationOf(table)] : [] }),
  effect: () => SAFE,
  order: ({ table }) => order(RANK.property, { needs: [relationId(table)] }),
  standsAlone: inTransaction,
};

export const setUnloggedDefinition: OperationDefinition<SetUnlogged> = {
  label: ({ table, to }) => `setUnlogged ${shownName(table)} to ${to}`,
  forward: ({ table, to }) => [`ALTER TABLE ${qualified(table)} SET ${to ? 'UNLOGGED' : 'LOGGED'}`],
  reverse: ({ table, to }) => back({ kind: 'setUnlogged', table, to: !to }),
  cost: ({ table }) => cost(locksOn(relationsOf(table), 'ACCESS EXCLUSIVE'), { rewrites: storesOf(table) }),
  effect: ({ table, to }) => (to ? lossy(`the rows of ${shownName(table)} at the next crash`) : SAFE),
  order: ({ table }) =>
    order(RANK.property, { creates: [persistenceId(table)], removes: [persistenceId(table)], needs: [relationId(table)] }),
  standsAlone: inTransaction,
};

export const setRowSecurityDefinition: OperationDefinition<SetRowSecurity> = {
  label: ({ table }) => `setRowSecurity ${shownName(table)}`,
  forward: ({ table, from, to }) => setRowSecurity(table, from, to),
  reverse: ({ table, from, to }) => back({ kind: 'setRowSecurity', table, from: to, to: from }),
  cost: ({ table }) => cost(locksOn([relationOf(table)], 'ACCESS EXCLUSIVE')),
  effect: ({ table, from, to }) =>
    (from.isEnabled && !to.isEnabled) || (from.isForced && !to.isForced)
      ? destructive(`the row security of ${shownName(table)}: rows become visible to those it kept out`)
      : SAFE,
  order: ({ table }) => order(RANK.security, { needs: [relationId(table)] }),
  standsAlone: inTransaction,
};

export const createPartitionDefinition: OperationDefinition<CreatePartition> = {
  label: ({ partition }) => `createPartition ${shownName(partition)}`,
  forward: ({ table, partition }) => [createPartition(table, partition)],
  reverse: ({ table, partition }) => back({ kind: 'dropPartition', table, partition }),
  cost: ({ table }) => cost(locksOn([relationOf(table)], 'ACCESS EXCLUSIVE')),
  effect: () => SAFE,
  order: ({ table, partition }) =>
    order(RANK.property, { creates: [relationId(partition), typeId(partition.name)], needs: [relationId(table)] }),
  standsAlone: inTransaction,
};

export const dropPartitionDefinition: OperationDefinition<DropPartition> = {
  label: ({ partition }) => `dropPartition ${shownName(partition)}`,
  // Detached first: a partition of a table that foreign keys refer to cannot be dropped.
  forward: ({ table, partition }) => [
    `ALTER TABLE ${qualified(table)} DETACH PARTITION ${qualified(partition)}`,
    `DROP TABLE ${qualified(partition)}`,
  ],
  reverse: ({ table, partition }) => back({ kind: 'createPartition', table, partition }),
  cost: ({ table, partition }) => cost(locksOn([relationOf(table), relationOf(partition)], 'ACCESS EXCLUSIVE')),
  effect: ({ partition }) => destructive(`every row of ${shownName(partition)}`),
  order: ({ table, partition }) =>
    order(RANK.dropKey, { removes: [relationId(partition), typeId(partition.name)], frees: [relationId(table)] }),
  standsAlone: inTransaction,
};

// One model's table in catalog terms: what the descriptor says, with the constraints, indexes and names that follow from it.

import type { ExclusionDescriptor, FieldDescriptor, IndexDescriptor, ModelDescriptor, ReferenceDescriptor } from '@djogi/core';
import { byteLength, derivedName, MAX_IDENTIFIER_BYTES } from '@djogi/core/extension';
import { SchemaError } from '../error/schema-error.ts';
import { defaultSequenceOptions } from './make-snapshot.ts';
import { MODEL_SCHEMA, printedIdentifier, printedType } from './qualified-name.ts';
import type {
  ColumnSnapshot,
  ConstraintSnapshot,
  ExclusionSnapshot,
  IndexElementSnapshot,
  IndexSnapshot,
  PartitioningSnapshot,
  TableSnapshot,
} from './snapshot.ts';

/** A stored field. */
type StoredField = FieldDescriptor & { readonly column: string };

/** Makes the table of a descriptor. What cannot be said in Postgres is added to `problems`. */
export function tableFromDescriptor(model: ModelDescriptor, problems: SchemaError[]): TableSnapshot {
  const fields = model.fields.filter((field): field is StoredField => field.column !== null);
  const keyColumns = primaryKeyColumns(model);
  const constraints = [
    ...primaryKey(model, keyColumns),
    ...model.indexes.flatMap(uniqueConstraint),
    ...fields.flatMap(fieldConstraints),
    ...tableConstraints(model),
  ];
  const indexes = model.indexes.filter((index) => index.kind !== 'uniqueConstraint').map(indexSnapshot);
  if (model.partitionBy !== null && Object.keys(model.storageParams).length > 0 && model.partitionBy.kind !== 'hash') {
    const message = `${model.table} is partitioned by range and has storageParams, which belong to its partitions. Set them on the partitions, and leave them out of the model.`;
    problems.push(new SchemaError('storage_params', model.table, message));
  }
  return {
    schema: MODEL_SCHEMA,
    name: model.table,
    columns: fields.map((field) => columnSnapshot(model, field, keyColumns)),
    constraints,
    indexes: [...indexes, ...foreignKeyIndexes(model.table, fields, constraints, indexes)],
    policies: [],
    rowSecurity: { isEnabled: false, isForced: false },
    grants: [],
    partitioning: partitioning(model, problems),
    // Postgres takes no storage parameters on a partitioned table: its partitions have them.
    storageParams: model.partitionBy === null ? { ...model.storageParams } : {},
    tablespace: model.tablespace,
    isUnlogged: false,
    comment: model.comment,
  };
}

/** The key, and the partition column behind it: Postgres enforces uniqueness per partition, so the key must say which. */
function primaryKeyColumns({ key, partitionBy }: ModelDescriptor): readonly string[] {
  if (key.columns.length === 0 || partitionBy === null || key.columns.includes(partitionBy.column)) return key.columns;
  return [...key.columns, partitionBy.column];
}

function columnSnapshot({ key }: ModelDescriptor, field: StoredField, keyColumns: readonly string[]): ColumnSnapshot {
  const type = printedType(field.sqlType);
  const identity = field.role === 'key' ? key.identity : null;
  return {
    name: field.column,
    type,
    collation: null,
    default: field.default?.kind === 'sql' && !isNullDefault(field.default.text) ? field.default.text : null,
    identity: identity === null ? null : { generation: identity, sequence: defaultSequenceOptions(type) },
    generated: field.generated === null ? null : { expression: field.generated, isStored: true },
    notNull: field.isNullable && !keyColumns.includes(field.column) ? null : { name: null, isValidated: true, isNoInherit: false },
    comment: field.comment,
  };
}

/** Postgres keeps no default for DEFAULT NULL. */
const isNullDefault = (text: string): boolean => /^\s*null\s*$/i.test(text);

const primaryKey = (model: ModelDescriptor, columns: readonly string[]): ConstraintSnapshot[] =>
  columns.length === 0
    ? []
    : [
        {
          kind: 'primaryKey',
          name: derivedName(model.table, [], 'pkey'),
          columns,
          include: [],
          isWithoutOverlaps: false,
          isDeferrable: false,
          isInitiallyDeferred: false,
          comment: null,
        },
      ];

function uniqueConstraint(index: IndexDescriptor): ConstraintSnapshot[] {
  if (index.kind !== 'uniqueConstraint') return [];
  return [
    {
      kind: 'unique',
      name: index.name,
      columns: index.elements.flatMap((element) => element.column ?? []),
      include: [],
      isNullsNotDistinct: index.nullsNotDistinct,
      isWithoutOverlaps: false,
      isDeferrable: false,
      isInitiallyDeferred: false,
      comment: null,
    },
  ];
}

function fieldConstraints(field: StoredField): ConstraintSnapshot[] {
  const { check, reference } = field;
  return [
    ...(check === null ? [] : [checkConstraint(check)]),
    ...(reference === null ? [] : [foreignKeyConstraint(field.column, reference)]),
  ];
}

const checkConstraint = ({ name, expression }: { readonly name: string; readonly expression: string }): ConstraintSnapshot => ({
  kind: 'check',
  name,
  expression,
  isNoInherit: false,
  isValidated: true,
  isEnforced: true,
  comment: null,
});

const foreignKeyConstraint = (column: string, reference: ReferenceDescriptor): ConstraintSnapshot => ({
  kind: 'foreignKey',
  name: reference.constraint,
  columns: [column],
  references: { schema: MODEL_SCHEMA, name: reference.table, columns: reference.columns },
  match: 'simple',
  onDelete: reference.onDelete,
  onUpdate: reference.onUpdate,
  onDeleteColumns: [],
  isPeriod: false,
  isValidated: true,
  isEnforced: true,
  isDeferrable: reference.isDeferrable,
  isInitiallyDeferred: reference.isInitiallyDeferred,
  comment: null,
});

const tableConstraints = (model: ModelDescriptor): ConstraintSnapshot[] => [
  ...model.checks.map(checkConstraint),
  ...model.exclusions.map(exclusionConstraint),
];

const exclusionConstraint = (exclusion: ExclusionDescriptor): ExclusionSnapshot => ({
  kind: 'exclusion',
  name: exclusion.name,
  method: exclusion.method,
  elements: exclusion.elements.map(({ expression, operator }) => ({ ...elementOf(columnOf(expression), expression), operator })),
  include: [],
  where: exclusion.where,
  isDeferrable: exclusion.isDeferrable,
  isInitiallyDeferred: exclusion.isInitiallyDeferred,
  comment: null,
});

/** The column that an expression names and nothing else; null for anything more. */
const columnOf = (expression: string): string | null => /^"((?:[^"]|"")+)"$/.exec(expression)?.[1]?.replaceAll('""', '"') ?? null;

const elementOf = (column: string | null, expression: string | null): IndexElementSnapshot => ({
  column,
  expression: column === null ? expression : null,
  collation: null,
  opclass: null,
  order: 'asc',
  nulls: 'last',
});

function indexSnapshot(index: IndexDescriptor): IndexSnapshot {
  return {
    name: index.name,
    method: index.method,
    isUnique: index.kind === 'uniqueIndex',
    isNullsNotDistinct: index.nullsNotDistinct,
    elements: index.elements.map(({ column, expression, opclass, order = 'asc', nulls }) => ({
      ...elementOf(column ?? null, expression ?? null),
      opclass: opclass === undefined ? null : opclass.split('.').map(printedIdentifier).join('.'),
      order,
      nulls: nulls ?? (order === 'desc' ? 'first' : 'last'),
    })),
    include: index.include,
    where: index.where,
    storageParams: {},
    tablespace: null,
    comment: null,
  };
}

/** An index for each foreign key that asks for one, unless an index that can find its rows leads with the column already. */
function foreignKeyIndexes(
  table: string,
  fields: readonly StoredField[],
  constraints: readonly ConstraintSnapshot[],
  indexes: readonly IndexSnapshot[],
): IndexSnapshot[] {
  const leading = new Set<string | null | undefined>([
    ...constraints.map((constraint) => (constraint.kind === 'primaryKey' || constraint.kind === 'unique' ? constraint.columns[0] : null)),
    ...indexes
      .filter((index) => index.where === null && (index.method === 'btree' || index.method === 'hash'))
      .map((index) => index.elements[0]?.column),
  ]);
  const names = new Set(indexes.map((index) => index.name));
  return fields.flatMap(({ column, reference }) => {
    if (reference === null || !reference.isIndexed || leading.has(column)) return [];
    const plain = derivedName(table, [column], 'idx');
    return [
      {
        // A partial index on the column has the plain name already.
        name: names.has(plain) ? derivedName(table, [column, 'fkey'], 'idx') : plain,
        method: 'btree',
        isUnique: false,
        isNullsNotDistinct: false,
        elements: [elementOf(column, null)],
        include: [],
        where: null,
        storageParams: {},
        tablespace: null,
        comment: null,
      },
    ];
  });
}

function partitioning({ table, partitionBy, storageParams }: ModelDescriptor, problems: SchemaError[]): PartitioningSnapshot | null {
  if (partitionBy === null) return null;
  const key = [{ column: partitionBy.column, expression: null }];
  if (partitionBy.kind === 'range') return { strategy: 'range', key, partitions: [] };
  const { partitions: modulus } = partitionBy;
  const partitions = Array.from({ length: modulus }, (_, remainder) => ({
    schema: MODEL_SCHEMA,
    name: `${table}_p${remainder}`,
    bound: `FOR VALUES WITH (modulus ${modulus}, remainder ${remainder})`,
    storageParams: { ...storageParams },
    tablespace: null,
  }));
  if (byteLength(partitions.at(-1)!.name) > MAX_IDENTIFIER_BYTES) {
    const message = `The partitions of ${table} are named after it, and ${partitions.at(-1)!.name} has more than ${MAX_IDENTIFIER_BYTES} bytes. Shorten the table's name.`;
    problems.push(new SchemaError('identifier', table, message));
  }
  return { strategy: 'hash', key, partitions };
}

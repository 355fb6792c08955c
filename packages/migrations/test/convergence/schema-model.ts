// Schemas as the generator keeps them: objects that refer to each other, so that a rename shows everywhere. `snapshotFrom` gives them as a snapshot, without
// what no longer fits.

import { makeSnapshot } from '../../src/index.ts';
import { defaultSequenceOptions } from '../../src/snapshot/make-snapshot.ts';
import { printedName } from '../../src/snapshot/qualified-name.ts';
import type {
  ColumnSnapshot,
  ConstraintSnapshot,
  DiffHints,
  ForeignKeySnapshot,
  IndexSnapshot,
  PolicySnapshot,
  SchemaSnapshot,
  SequenceOptions,
  TableSnapshot,
} from '../../src/index.ts';

export interface EnumModel {
  schema: string;
  name: string;
  was?: string;
  labels: { text: string; was?: string }[];
  comment: string | null;
}

/** A type by its text, or an enum, or arrays of one. */
export type TypeModel = string | { enum: EnumModel; isArray: boolean };

export interface ColumnModel {
  name: string;
  was?: string;
  type: TypeModel;
  collation: string | null;
  default: string | null;
  /** The enum label, or sequence, that is the default. */
  defaultLabel: number | null;
  defaultSequence: SequenceModel | null;
  identity: ColumnSnapshot['identity'];
  generated: { from: ColumnModel; template: string; isStored: boolean } | null;
  isNotNull: boolean;
  isNoInherit: boolean;
  isNotNullValid: boolean;
  comment: string | null;
  /** Its type was changed: once is enough for a cast that exists. */
  isRetyped?: boolean;
}

/** `#` stands for the column in quotes. */
export interface ExpressionModel {
  of: ColumnModel;
  template: string;
}

interface Named {
  /** Null for a name that is derived from the table and its columns. */
  name: string | null;
  number: number;
  comment: string | null;
}

export interface KeyModel extends Named {
  kind: 'primaryKey' | 'unique';
  columns: ColumnModel[];
  include: ColumnModel[];
  isNullsNotDistinct: boolean;
  isDeferrable: boolean;
  isInitiallyDeferred: boolean;
}
export interface ForeignKeyModel extends Named {
  kind: 'foreignKey';
  columns: ColumnModel[];
  target: TableModel;
  key: KeyModel;
  onDelete: ForeignKeySnapshot['onDelete'];
  onUpdate: ForeignKeySnapshot['onUpdate'];
  isDeferrable: boolean;
  isInitiallyDeferred: boolean;
  isEnforced: boolean;
  isValidated: boolean;
}
export interface CheckModel extends Named {
  kind: 'check';
  expression: ExpressionModel;
  isValidated: boolean;
  isEnforced: boolean;
  isNoInherit: boolean;
}
export interface ExclusionModel extends Named {
  kind: 'exclusion';
  column: ColumnModel;
  where: ExpressionModel | null;
}
export type ConstraintModel = KeyModel | ForeignKeyModel | CheckModel | ExclusionModel;

export interface IndexModel extends Named {
  method: string;
  isUnique: boolean;
  isNullsNotDistinct: boolean;
  elements: { column: ColumnModel; template: string | null; isDescending: boolean; nulls: 'first' | 'last'; opclass: string | null }[];
  include: ColumnModel[];
  where: ExpressionModel | null;
  storageParams: Record<string, string>;
}
export interface PolicyModel extends Named {
  command: PolicySnapshot['command'];
  isPermissive: boolean;
  roles: string[];
  using: ExpressionModel | null;
  withCheck: ExpressionModel | null;
}

export interface TableModel {
  schema: string;
  name: string;
  was?: string;
  columns: ColumnModel[];
  constraints: ConstraintModel[];
  indexes: IndexModel[];
  policies: PolicyModel[];
  grants: { role: string; privileges: string[]; isGrantable: boolean }[];
  isRowSecurityEnabled: boolean;
  isRowSecurityForced: boolean;
  partitioning: { strategy: 'hash' | 'range' | 'list'; column: ColumnModel; count: number; prefix: string | null } | null;
  storageParams: Record<string, string>;
  isUnlogged: boolean;
  comment: string | null;
}
export interface SequenceModel {
  schema: string;
  name: string;
  was?: string;
  type: string;
  options: Partial<SequenceOptions>;
  owner: { table: TableModel; column: ColumnModel } | null;
  comment: string | null;
}
export interface SchemaModel {
  extensions: string[];
  enums: EnumModel[];
  sequences: SequenceModel[];
  tables: TableModel[];
}

export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export const typeText = (type: TypeModel): string =>
  typeof type === 'string' ? type : printedName(type.enum) + (type.isArray ? '[]' : '');
const expressionText = ({ of, template }: ExpressionModel): string => template.replaceAll('#', quote(of.name));

const isOf = (table: TableModel, columns: readonly ColumnModel[]): boolean => columns.every((column) => table.columns.includes(column));
export const isVirtual = ({ generated }: ColumnModel): boolean => generated !== null && !generated.isStored;

/** The templates that an expression over a column of the type may have: boolean ones. */
export function predicatesOf(type: TypeModel): readonly string[] {
  if (typeof type !== 'string') return ['(# IS NOT NULL)'];
  if (/^(smallint|integer|bigint|numeric|real)(\(|$)/.test(type)) return ['# > 0', '# <> 7 OR # IS NULL', '# BETWEEN 1 AND 9'];
  if (/^(text|character varying)/.test(type))
    // The server prints IN over varchar in one way, and prints what it printed in another.
    return ["# <> ''", 'length(#) < 50', ...(type === 'text' ? ["# IN ('a', 'b')"] : [])];
  if (type === 'boolean') return ['#', 'NOT #'];
  return ['(# IS NOT NULL)'];
}
/** Those of an index element, with its type's limits. */
export function elementTemplatesOf(type: TypeModel): readonly string[] {
  if (typeof type !== 'string') return [];
  if (/^(smallint|integer|bigint|numeric)(\(|$)/.test(type)) return ['# + 1', 'abs(#)'];
  if (/^(text|character varying)/.test(type)) return ['lower(#)', "# || 'x'"];
  return [];
}
export function generatedTemplatesOf(type: TypeModel): readonly string[] {
  if (type === 'integer') return ['# + 1', '# * 2'];
  return [];
}

const fits = ({ of, template }: ExpressionModel, table: TableModel, templates: (type: TypeModel) => readonly string[]): boolean =>
  table.columns.includes(of) && templates(of.type).includes(template);

function constraintFits(table: TableModel, constraint: ConstraintModel, model: SchemaModel): boolean {
  switch (constraint.kind) {
    case 'primaryKey':
    case 'unique': {
      const { columns, include, kind } = constraint;
      if (columns.length === 0 || !isOf(table, [...columns, ...include]) || [...columns, ...include].some(isVirtual)) return false;
      if (kind === 'primaryKey' && columns.some((column) => !column.isNotNull || column.isNoInherit || !column.isNotNullValid))
        return false;
      return (
        columns.every((column) => isSortable(column.type)) && (table.partitioning === null || columns.includes(table.partitioning.column))
      );
    }
    case 'foreignKey': {
      const { columns, target, key } = constraint;
      return (
        isOf(table, columns) &&
        model.tables.includes(target) &&
        target.constraints.includes(key) &&
        constraintFits(target, key, model) &&
        !key.isDeferrable &&
        !table.isUnlogged &&
        !target.isUnlogged &&
        columns.length === key.columns.length &&
        columns.every((column, at) => column.generated === null && typeText(column.type) === typeText(key.columns[at]!.type)) &&
        columns.every((column, at) => column.collation === key.columns[at]!.collation)
      );
    }
    case 'check':
      return fits(constraint.expression, table, predicatesOf) && !(table.partitioning !== null && constraint.isNoInherit);
    default:
      return (
        table.partitioning === null &&
        isOf(table, [constraint.column]) &&
        constraint.column.type === 'int4range' &&
        (constraint.where === null || fits(constraint.where, table, predicatesOf))
      );
  }
}

export function isSortable(type: TypeModel): boolean {
  return typeof type !== 'string' || !/^(json|int4range)/.test(type);
}

function indexFits(table: TableModel, index: IndexModel): boolean {
  const columns = [...index.elements.map(({ column }) => column), ...index.include, ...(index.where === null ? [] : [index.where.of])];
  if (!isOf(table, columns) || columns.some(isVirtual)) return false;
  if (index.where !== null && !predicatesOf(index.where.of.type).includes(index.where.template)) return false;
  if (table.partitioning !== null && index.isUnique) return false;
  return index.elements.every(({ column: { type }, template, opclass }) => {
    if (template !== null) return elementTemplatesOf(type).includes(template) && index.method === 'btree';
    if (opclass !== null && type !== 'text') return false;
    if (index.method === 'gin') return type === 'jsonb' || type === 'integer[]';
    if (index.method === 'brin' || index.method === 'hash') return type === 'integer' || type === 'bigint';
    return isSortable(type);
  });
}

function columnFits(table: TableModel, column: ColumnModel): boolean {
  if (column.generated === null) return true;
  const { from, template } = column.generated;
  return (
    table.columns.includes(from) &&
    from.generated === null &&
    generatedTemplatesOf(from.type).includes(template) &&
    column.type === 'integer'
  );
}

/** Removes what does not fit any more: columns first, then what stands on them. */
export function prune(model: SchemaModel): SchemaModel {
  for (const table of model.tables) table.columns = table.columns.filter((column) => columnFits(table, column));
  for (const table of model.tables) {
    const primary = table.constraints.find(({ kind }) => kind === 'primaryKey');
    table.constraints = table.constraints.filter((each) => each.kind !== 'primaryKey' || each === primary);
    table.constraints = table.constraints.filter((each) => each.kind === 'foreignKey' || constraintFits(table, each, model));
    table.indexes = table.indexes.filter((index) => indexFits(table, index));
    table.policies = table.policies.filter(
      ({ using, withCheck }) =>
        (using === null || fits(using, table, predicatesOf)) && (withCheck === null || fits(withCheck, table, predicatesOf)),
    );
  }
  for (const table of model.tables) table.constraints = table.constraints.filter((each) => constraintFits(table, each, model));
  for (const sequence of model.sequences) {
    const { owner } = sequence;
    if (
      owner !== null &&
      !(model.tables.includes(owner.table) && owner.table.columns.includes(owner.column) && owner.column.identity === null)
    )
      sequence.owner = null;
  }
  for (const { column } of model.tables.flatMap((table) => table.columns.map((each) => ({ column: each })))) {
    if (column.defaultSequence !== null && !model.sequences.includes(column.defaultSequence)) column.defaultSequence = null;
    if (typeof column.type !== 'string' && !model.enums.includes(column.type.enum)) throw new Error('an enum in use was dropped');
  }
  return model;
}

const cut = (name: string): string => [...name].slice(0, 40).join('');
const derived = (table: TableModel, columns: readonly ColumnModel[], { name, number }: Named, suffix: string): string =>
  name ?? `${cut(`${table.name}_${columns.map((column) => column.name).join('_')}`)}_${number}_${suffix}`;

function columnSnapshot(column: ColumnModel): ColumnSnapshot {
  const type = typeText(column.type);
  let byDefault = column.default;
  if (column.defaultLabel !== null && typeof column.type !== 'string' && !column.type.isArray)
    byDefault = `${literal(column.type.enum.labels[column.defaultLabel % column.type.enum.labels.length]!.text)}::${printedName(column.type.enum)}`;
  if (column.defaultSequence !== null) byDefault = `nextval(${literal(printedName(column.defaultSequence))}::regclass)`;
  if (column.generated !== null || column.identity !== null) byDefault = null;
  return {
    name: column.name,
    type,
    collation: column.collation,
    default: byDefault,
    identity:
      column.identity === null
        ? null
        : { ...column.identity, sequence: { ...column.identity.sequence, max: defaultSequenceOptions(type).max } },
    generated:
      column.generated === null
        ? null
        : {
            expression: expressionText({ of: column.generated.from, template: column.generated.template }),
            isStored: column.generated.isStored,
          },
    notNull:
      column.isNotNull || column.identity !== null
        ? { name: null, isValidated: column.isNotNullValid, isNoInherit: column.isNoInherit }
        : null,
    comment: column.comment,
  };
}

function constraintSnapshot(table: TableModel, constraint: ConstraintModel): ConstraintSnapshot {
  const names = (columns: readonly ColumnModel[]): string[] => columns.map(({ name }) => name);
  const { comment } = constraint;
  switch (constraint.kind) {
    case 'primaryKey':
    case 'unique': {
      const shared = {
        name: derived(table, constraint.columns, constraint, constraint.kind === 'unique' ? 'key' : 'pkey'),
        columns: names(constraint.columns),
        include: names(constraint.include),
        isWithoutOverlaps: false,
        isDeferrable: constraint.isDeferrable,
        isInitiallyDeferred: constraint.isDeferrable && constraint.isInitiallyDeferred,
        comment,
      };
      return constraint.kind === 'unique'
        ? { kind: 'unique', ...shared, isNullsNotDistinct: constraint.isNullsNotDistinct }
        : { kind: 'primaryKey', ...shared };
    }
    case 'foreignKey':
      return {
        kind: 'foreignKey',
        name: derived(table, constraint.columns, constraint, 'fkey'),
        columns: names(constraint.columns),
        references: { schema: constraint.target.schema, name: constraint.target.name, columns: names(constraint.key.columns) },
        match: 'simple',
        onDelete: constraint.onDelete,
        onUpdate: constraint.onUpdate,
        onDeleteColumns: [],
        isPeriod: false,
        isValidated: constraint.isEnforced && constraint.isValidated,
        isEnforced: constraint.isEnforced,
        isDeferrable: constraint.isDeferrable,
        isInitiallyDeferred: constraint.isDeferrable && constraint.isInitiallyDeferred,
        comment,
      };
    case 'check':
      return {
        kind: 'check',
        name: derived(table, [constraint.expression.of], constraint, 'check'),
        expression: expressionText(constraint.expression),
        isNoInherit: constraint.isNoInherit,
        isValidated: constraint.isEnforced && constraint.isValidated,
        isEnforced: constraint.isEnforced,
        comment,
      };
    default:
      return {
        kind: 'exclusion',
        name: derived(table, [constraint.column], constraint, 'excl'),
        method: 'gist',
        elements: [
          { column: constraint.column.name, expression: null, collation: null, opclass: null, order: 'asc', nulls: 'last', operator: '&&' },
        ],
        include: [],
        where: constraint.where === null ? null : expressionText(constraint.where),
        isDeferrable: false,
        isInitiallyDeferred: false,
        comment,
      };
  }
}

function indexSnapshot(table: TableModel, index: IndexModel): IndexSnapshot {
  const isOrdered = index.method === 'btree';
  return {
    name: derived(
      table,
      index.elements.map(({ column }) => column),
      index,
      'idx',
    ),
    method: index.method,
    isUnique: index.isUnique && isOrdered,
    isNullsNotDistinct: index.isUnique && isOrdered && index.isNullsNotDistinct,
    elements: index.elements.map(({ column, template, isDescending, nulls, opclass }) => ({
      column: template === null ? column.name : null,
      expression: template === null ? null : expressionText({ of: column, template }),
      collation: null,
      opclass: isOrdered && template === null ? opclass : null,
      order: isOrdered && isDescending ? 'desc' : 'asc',
      nulls: isOrdered ? nulls : 'last',
    })),
    include: isOrdered ? index.include.map(({ name }) => name) : [],
    where: index.where === null ? null : expressionText(index.where),
    storageParams: isOrdered && table.partitioning === null ? index.storageParams : {},
    tablespace: null,
    comment: index.comment,
  };
}

function tableSnapshot(table: TableModel): TableSnapshot {
  const { partitioning } = table;
  const isPartitioned = partitioning !== null;
  const bound = (at: number): string => {
    if (partitioning!.strategy === 'hash') return `FOR VALUES WITH (modulus 4, remainder ${at})`;
    return partitioning!.strategy === 'range' ? `FOR VALUES FROM (${at * 10}) TO (${at * 10 + 10})` : `FOR VALUES IN (${at})`;
  };
  return {
    schema: table.schema,
    name: table.name,
    columns: table.columns.map(columnSnapshot),
    constraints: table.constraints.map((constraint) => constraintSnapshot(table, constraint)),
    indexes: table.indexes.map((index) => indexSnapshot(table, index)),
    policies: table.policies.map((policy) => ({
      name: policy.name ?? `p${policy.number}`,
      command: policy.command,
      isPermissive: policy.isPermissive,
      roles: policy.roles,
      using: policy.using === null || policy.command === 'insert' ? null : expressionText(policy.using),
      withCheck:
        policy.withCheck === null || policy.command === 'select' || policy.command === 'delete' ? null : expressionText(policy.withCheck),
      comment: policy.comment,
    })),
    grants: table.grants,
    rowSecurity: { isEnabled: table.isRowSecurityEnabled, isForced: table.isRowSecurityForced },
    partitioning: isPartitioned
      ? {
          strategy: partitioning.strategy,
          key: [{ column: partitioning.column.name, expression: null }],
          partitions: Array.from({ length: partitioning.count }, (_, at) => ({
            schema: table.schema,
            name: `${partitioning.prefix ?? cut(table.name)}_p${at}`,
            bound: bound(at),
            storageParams: {},
            tablespace: null,
          })),
        }
      : null,
    storageParams: isPartitioned ? {} : table.storageParams,
    tablespace: null,
    isUnlogged: !isPartitioned && table.isUnlogged,
    comment: table.comment,
  };
}

export function snapshotFrom(model: SchemaModel): SchemaSnapshot {
  return makeSnapshot({
    extensions: model.extensions.map((name) => ({ name, schema: null })),
    enums: model.enums.map(({ schema, name, labels, comment }) => ({ schema, name, labels: labels.map(({ text }) => text), comment })),
    sequences: model.sequences.map(({ schema, name, type, options, owner, comment }) => ({
      schema,
      name,
      type,
      options: { ...defaultSequenceOptions(type), ...options },
      ownedBy: owner === null ? null : { schema: owner.table.schema, name: owner.table.name, column: owner.column.name },
      grants: [],
      comment,
    })),
    tables: model.tables.map(tableSnapshot),
  });
}

/** The renames since `was` was noted. */
export function hintsFrom(model: SchemaModel): DiffHints {
  const moved = <Object extends { schema: string; name: string; was?: string }>(
    list: readonly Object[],
  ): { from: { schema: string; name: string }; to: { schema: string; name: string } }[] =>
    list.flatMap(({ schema, name, was }) =>
      was === undefined || was === name ? [] : [{ from: { schema, name: was }, to: { schema, name } }],
    );
  return {
    tables: moved(model.tables),
    enums: moved(model.enums),
    sequences: moved(model.sequences),
    columns: model.tables.flatMap((table) =>
      table.columns.flatMap(({ name, was }) =>
        was === undefined || was === name ? [] : [{ table: { schema: table.schema, name: table.name }, from: was, to: name }],
      ),
    ),
    labels: model.enums.flatMap(({ schema, name, labels }) =>
      labels.flatMap(({ text, was }) => (was === undefined || was === text ? [] : [{ enum: { schema, name }, from: was, to: text }])),
    ),
  };
}

/** Notes the names of everything, for `hintsFrom` of a changed copy. */
export function notedCopy(model: SchemaModel): SchemaModel {
  const copy = structuredClone(model);
  for (const object of [...copy.enums, ...copy.sequences, ...copy.tables, ...copy.tables.flatMap(({ columns }) => columns)])
    object.was = object.name;
  for (const label of copy.enums.flatMap(({ labels }) => labels)) label.was = label.text;
  return copy;
}

// Renames that somebody declared: of tables, columns, enums, their labels, sequences. The old snapshot is rewritten as it looks once they are done, in
// every place where Postgres follows a rename by itself, so that the rest of the diff compares like with like.

import { quoteLiteral } from '@djogi/core/extension';
import { SchemaError } from '../error/schema-error.ts';
import type { Operation } from '../operation/operation.ts';
import { refOf } from '../operation/table-operations.ts';
import type { DiffHints, Rename } from '../snapshot/hints.ts';
import { makeSnapshot } from '../snapshot/make-snapshot.ts';
import { mapExpressions } from '../snapshot/map-expressions.ts';
import { printedName, shownName, type QualifiedName } from '../snapshot/qualified-name.ts';
import type { ColumnSnapshot, ConstraintSnapshot, IndexElementSnapshot, SchemaSnapshot, TableSnapshot } from '../snapshot/snapshot.ts';
import { withNames } from '../snapshot/sql-names.ts';
import { renamesInOrder, type PlannedRename } from './rename-order.ts';

export interface Renamed {
  /** The old schema under its new names. */
  readonly snapshot: SchemaSnapshot;
  readonly operations: readonly Operation[];
}

export function applyHints(from: SchemaSnapshot, to: SchemaSnapshot, hints: DiffHints): Renamed {
  const tables = namesToChange('table', from.tables, to.tables, hints.tables);
  const enums = namesToChange('enum', from.enums, to.enums, hints.enums);
  const sequences = namesToChange('sequence', from.sequences, to.sequences, hints.sequences);
  const renamed = renameObjects(from, { tables, enums, sequences });
  const operations = [
    ...renamesInOrder([
      ...tables.map((rename) =>
        relationRename(rename, (name, next) => {
          const table = from.tables.find((each) => isNamed(each, rename.from))!;
          return { kind: 'renameTable', from: { ...refOf(table), name }, to: next };
        }),
      ),
      ...sequences.map((rename) =>
        relationRename(rename, (name, next) => ({ kind: 'renameSequence', from: { schema: rename.from.schema, name }, to: next })),
      ),
    ]),
    ...renamesInOrder(
      enums.map((rename) =>
        relationRename(rename, (name, next) => ({ kind: 'renameEnum', from: { schema: rename.from.schema, name }, to: next })),
      ),
    ),
  ];
  const labels = renameLabels(renamed, to, hints);
  const columns = renameColumns(labels.snapshot, to, hints);
  return { snapshot: columns.snapshot, operations: [...operations, ...labels.operations, ...columns.operations] };
}

const isNamed = (object: QualifiedName, name: QualifiedName): boolean => object.schema === name.schema && object.name === name.name;

interface ObjectRename {
  readonly from: QualifiedName;
  readonly to: QualifiedName;
}

function relationRename({ from, to }: ObjectRename, operation: PlannedRename['operation']): PlannedRename {
  return { from: from.name, to: to.name, holds: [`${from.schema}.${from.name}`], takes: [`${to.schema}.${to.name}`], operation };
}

/** Those hints that there is something to do for. One that fits neither snapshot is left over from a database that never had the old name. */
function namesToChange(
  what: string,
  before: readonly QualifiedName[],
  after: readonly QualifiedName[],
  hints: readonly ObjectRename[] = [],
): readonly ObjectRename[] {
  const has = (list: readonly QualifiedName[], name: QualifiedName): boolean => list.some((object) => isNamed(object, name));
  return hints.filter((hint) => {
    const [old, next] = [shownName(hint.from), shownName(hint.to)];
    if (hint.from.schema !== hint.to.schema)
      throw new SchemaError(
        'rename_conflict',
        next,
        `The ${what} ${old} cannot be renamed to ${next}: it would change its schema. Move it by hand.`,
      );
    const isMoved = (name: QualifiedName): boolean => hints.some((other) => isNamed(other.from, name));
    const hasOld = has(before, hint.from);
    const hasNext = has(before, hint.to) && !isMoved(hint.to);
    checkHint(what, old, next, {
      hasOld,
      hasNext,
      claims: hints.filter((other) => isNamed(other.from, hint.from) || isNamed(other.to, hint.to)).length,
      isWanted: has(after, hint.to),
    });
    return hasOld;
  });
}

interface HintFacts {
  readonly hasOld: boolean;
  /** The new name is there already, and stays. */
  readonly hasNext: boolean;
  readonly claims: number;
  readonly isWanted: boolean;
}

function checkHint(what: string, old: string, next: string, { hasOld, hasNext, claims, isWanted }: HintFacts): void {
  if (old === next || claims > 1)
    throw new SchemaError(
      'rename_conflict',
      next,
      `The rename of the ${what} ${old} to ${next} meets another one, or itself. Keep one hint for each name.`,
    );
  if (hasOld && hasNext)
    throw new SchemaError(
      'rename_conflict',
      next,
      `The ${what} ${old} cannot be renamed to ${next}, which is there. Drop or rename ${next} first.`,
    );
  if (!hasOld && hasNext)
    throw new SchemaError('stale_rename', next, `The ${what} ${old} is called ${next} already. Delete the hint that renames it.`);
  if (hasOld && !isWanted)
    throw new SchemaError(
      'rename_conflict',
      next,
      `The ${what} ${old} is renamed to ${next}, which the new schema does not have. Correct the hint.`,
    );
}

function renameObjects(
  from: SchemaSnapshot,
  { tables, enums, sequences }: Readonly<Record<'tables' | 'enums' | 'sequences', readonly ObjectRename[]>>,
): SchemaSnapshot {
  const named = (list: readonly ObjectRename[], object: QualifiedName): QualifiedName => {
    const rename = list.find((each) => isNamed(each.from, object));
    return rename === undefined ? { schema: object.schema, name: object.name } : { schema: rename.to.schema, name: rename.to.name };
  };
  const tableNames = new Map(tables.map((rename) => [rename.from.name, rename.to.name]));
  const enumNames = new Map(enums.map((rename) => [rename.from.name, rename.to.name]));
  const renamed = makeSnapshot({
    ...from,
    enums: from.enums.map((type) => ({ ...type, ...named(enums, type) })),
    sequences: from.sequences.map((sequence) => ({
      ...sequence,
      ...named(sequences, sequence),
      ownedBy: sequence.ownedBy === null ? null : { ...sequence.ownedBy, ...named(tables, sequence.ownedBy) },
    })),
    tables: from.tables.map((table) => {
      const next = named(tables, table);
      return {
        ...table,
        ...next,
        columns: table.columns.map((column) => ({
          ...column,
          type: withNames(column.type, enumNames),
          notNull:
            column.notNull === null || next.name === table.name
              ? column.notNull
              : { ...column.notNull, name: column.notNull.name ?? `${table.name}_${column.name}_not_null` },
        })),
        constraints: table.constraints.map((constraint) =>
          constraint.kind === 'foreignKey'
            ? { ...constraint, references: { ...constraint.references, ...named(tables, constraint.references) } }
            : constraint,
        ),
      };
    }),
  });
  const literals = sequences.map(({ from: old, to: next }) => [regclass(old), regclass(next)] as const);
  return mapExpressions(renamed, (text, identity) => {
    const names = / (?:using|withCheck)$/.test(identity) ? new Map([...enumNames, ...tableNames]) : enumNames;
    return literals.reduce((result, [old, next]) => result.replaceAll(old, next), withNames(text, names));
  });
}

const regclass = (name: QualifiedName): string => `${quoteLiteral(printedName(name))}::regclass`;

function renameLabels(from: SchemaSnapshot, to: SchemaSnapshot, { labels = [] }: DiffHints): Renamed {
  const done: (Rename & { readonly enum: QualifiedName })[] = [];
  for (const hint of labels) {
    const old = from.enums.find((type) => isNamed(type, hint.enum));
    const next = to.enums.find((type) => isNamed(type, hint.enum));
    const own = labels.filter((other) => isNamed(other.enum, hint.enum));
    const hasOld = old?.labels.includes(hint.from) ?? false;
    checkHint('label', `${shownName(hint.enum)}.${hint.from}`, `${shownName(hint.enum)}.${hint.to}`, {
      hasOld,
      hasNext: (old?.labels.includes(hint.to) ?? false) && !own.some((other) => other.from === hint.to),
      claims: own.filter((other) => other.from === hint.from || other.to === hint.to).length,
      isWanted: next?.labels.includes(hint.to) ?? false,
    });
    if (hasOld) done.push(hint);
  }
  if (done.length === 0) return { snapshot: from, operations: [] };
  const of = (type: QualifiedName): Map<string, string> =>
    new Map(done.filter((hint) => isNamed(hint.enum, type)).map((hint) => [hint.from, hint.to]));
  const literals = new Map(
    done.flatMap((hint) =>
      ['', '[]'].map((array) => {
        const cast = `::${printedName(hint.enum)}${array}`;
        return [`${quoteLiteral(hint.from)}${cast}`, `${quoteLiteral(hint.to)}${cast}`] as const;
      }),
    ),
  );
  const pattern = new RegExp([...literals.keys()].map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g');
  const renamed = mapExpressions(
    makeSnapshot({
      ...from,
      enums: from.enums.map((type) => ({ ...type, labels: type.labels.map((label) => of(type).get(label) ?? label) })),
    }),
    (text) => text.replaceAll(pattern, (literal) => literals.get(literal)!),
  );
  // A declared default is the bare literal, whose type is the column's.
  const snapshot = makeSnapshot({
    ...renamed,
    tables: renamed.tables.map((table) => ({
      ...table,
      columns: table.columns.map((column): ColumnSnapshot => {
        const type = from.enums.find((each) => printedName(each) === column.type);
        const next = type === undefined ? undefined : [...of(type)].find(([label]) => quoteLiteral(label) === column.default)?.[1];
        return next === undefined ? column : { ...column, default: quoteLiteral(next) };
      }),
    })),
  });
  const operations = renamesInOrder(
    done.map((hint) => ({
      from: hint.from,
      to: hint.to,
      holds: [`${shownName(hint.enum)}.${hint.from}`],
      takes: [`${shownName(hint.enum)}.${hint.to}`],
      operation: (label, next) => ({ kind: 'renameEnumLabel', enum: hint.enum, from: label, to: next }),
    })),
  );
  return { snapshot, operations };
}

function renameColumns(from: SchemaSnapshot, to: SchemaSnapshot, { columns = [] }: DiffHints): Renamed {
  const maps = new Map<string, Map<string, string>>();
  const planned: PlannedRename[] = [];
  for (const hint of columns) {
    const old = from.tables.find((table) => isNamed(table, hint.table));
    const next = to.tables.find((table) => isNamed(table, hint.table));
    if (old === undefined) continue;
    const has = (table: TableSnapshot | undefined, column: string): boolean => table?.columns.some(({ name }) => name === column) ?? false;
    const own = columns.filter((other) => isNamed(other.table, hint.table));
    const at = shownName(hint.table);
    const hasOld = has(old, hint.from);
    checkHint('column', `${at}.${hint.from}`, `${at}.${hint.to}`, {
      hasOld,
      hasNext: has(old, hint.to) && !own.some((other) => other.from === hint.to),
      claims: own.filter((other) => other.from === hint.from || other.to === hint.to).length,
      isWanted: has(next, hint.to),
    });
    if (!hasOld) continue;
    const map = maps.get(at) ?? new Map<string, string>();
    maps.set(at, map.set(hint.from, hint.to));
    planned.push({
      from: hint.from,
      to: hint.to,
      holds: [`${at}.${hint.from}`],
      takes: [`${at}.${hint.to}`],
      operation: (name, renamed) => ({ kind: 'renameColumn', table: refOf(old), from: name, to: renamed }),
    });
  }
  if (maps.size === 0) return { snapshot: from, operations: [] };
  return { snapshot: withColumnNames(from, maps), operations: renamesInOrder(planned) };
}

function withColumnNames(from: SchemaSnapshot, maps: ReadonlyMap<string, ReadonlyMap<string, string>>): SchemaSnapshot {
  const NONE: ReadonlyMap<string, string> = new Map();
  const of = (table: QualifiedName): ReadonlyMap<string, string> => maps.get(shownName(table)) ?? NONE;
  const all = (table: QualifiedName, names: readonly string[]): string[] => names.map((name) => of(table).get(name) ?? name);
  const element = <Element extends Pick<IndexElementSnapshot, 'column' | 'expression'>>(table: QualifiedName, each: Element): Element =>
    each.column === null
      ? { ...each, expression: withNames(each.expression ?? '', of(table)) }
      : { ...each, column: of(table).get(each.column) ?? each.column };
  const text = (table: QualifiedName, sql: string | null): string | null => (sql === null ? null : withNames(sql, of(table)));

  const constraint = (table: TableSnapshot, each: ConstraintSnapshot): ConstraintSnapshot => {
    switch (each.kind) {
      case 'primaryKey':
      case 'unique':
        return { ...each, columns: all(table, each.columns), include: all(table, each.include) };
      case 'foreignKey':
        return {
          ...each,
          columns: all(table, each.columns),
          onDeleteColumns: all(table, each.onDeleteColumns),
          references: { ...each.references, columns: all(each.references, each.references.columns) },
        };
      case 'check':
        return { ...each, expression: withNames(each.expression, of(table)) };
      default:
        return {
          ...each,
          elements: each.elements.map((part) => element(table, part)),
          include: all(table, each.include),
          where: text(table, each.where),
        };
    }
  };
  return makeSnapshot({
    ...from,
    sequences: from.sequences.map((sequence) => ({
      ...sequence,
      ownedBy:
        sequence.ownedBy === null
          ? null
          : { ...sequence.ownedBy, column: of(sequence.ownedBy).get(sequence.ownedBy.column) ?? sequence.ownedBy.column },
    })),
    tables: from.tables.map((table) => ({
      ...table,
      columns: table.columns.map((column) => {
        const next = of(table).get(column.name);
        const name = column.notNull?.name ?? `${table.name}_${column.name}_not_null`;
        return {
          ...column,
          name: next ?? column.name,
          generated:
            column.generated === null ? null : { ...column.generated, expression: withNames(column.generated.expression, of(table)) },
          // Postgres does not rename the constraint with the column.
          notNull: column.notNull === null || next === undefined ? column.notNull : { ...column.notNull, name },
        };
      }),
      constraints: table.constraints.map((each) => constraint(table, each)),
      indexes: table.indexes.map((index) => ({
        ...index,
        elements: index.elements.map((part) => element(table, part)),
        include: all(table, index.include),
        where: text(table, index.where),
      })),
      policies: table.policies.map((policy) => ({
        ...policy,
        using: text(table, policy.using),
        withCheck: text(table, policy.withCheck),
      })),
      partitioning:
        table.partitioning === null ? null : { ...table.partitioning, key: table.partitioning.key.map((part) => element(table, part)) },
    })),
  });
}

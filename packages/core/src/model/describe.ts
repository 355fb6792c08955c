// Makes a model's descriptor and runtime from its declaration, at first use: by then every class exists that a getter may name. Everything that
// is wrong with the declaration is reported in one error.

import type { Context, StatementPurpose } from '../db/context.ts';
import type { Call } from '../db/port.ts';
import { rebased } from '../expr/declared.ts';
import { column as columnNode, pathSource, source as sourceNode, type Source } from '../expr/node.ts';
import { expressionOf } from '../expr/operations.ts';
import { renderLiteral } from '../expr/render.ts';
import { columnNameOf, derivedName, displayNameOf, identifierProblem, strictIdentifierProblem } from '../ident/identifier.ts';
import { ShapeCache } from '../statement/compile.ts';
import { timestamptzKind } from '../value/time.ts';
import { bagClass, RelationPath, type Bag, type BagClass, type BagEntry } from './bag.ts';
import { computedDescriptor, describeComputed, type ComputedField } from './computed.ts';
import { declarationOf, isModelBase, keyOf, type AnyKeyKind, type Declaration } from './declaration.ts';
import { describeField, jsonData, RESERVED_PROPERTIES, type DescribedField } from './describe-field.ts';
import { describeTableObjects, type TableObjects } from './describe-table-objects.ts';
import {
  DESCRIPTOR_FORMAT,
  type EnumDescriptor,
  type FieldDescriptor,
  type IndexDescriptor,
  type KeyDescriptor,
  type ModelDescriptor,
  type PartitionDescriptor,
} from './descriptor.ts';
import type { Extension } from './extension.ts';
import type { Hooks, HookSet } from './hooks.ts';
import { OPTION_NAMES } from './options.ts';
import { Problems } from './problems.ts';
import { describeSlice, type Slice } from './proxy.ts';
import { RelatedRowsOf } from './related-rows.ts';
import { relationIn, type RelationRuntime } from './relation.ts';
import { rowConstructor } from './row-builder.ts';
import type { AnyModel, ModelRuntime, StoredField } from './runtime.ts';
import { keepBaseline } from './tracking.ts';
import { keepVersion } from './loaded-version.ts';

/** The current time as a column of milliseconds holds it. `now()` alone would be rounded, half of the time into the future. */
export const NOW_MS = "date_trunc('milliseconds', now())";

export interface DescribedModel {
  readonly runtime: ModelRuntime;
  readonly Bag: BagClass;
}

/** Describes the class; throws MODEL_DEFINITION with all problems. */
export function describeModel(model: AnyModel, declaration: Declaration): DescribedModel {
  const { table, options } = declaration;
  const problems = new Problems(table);
  checkTable(declaration, problems);
  const key = keyOf(declaration);
  const hasTimestamps = options.timestamps !== false;
  const framework = frameworkFields(table, key, hasTimestamps);
  const declared = describeFields(declaration, framework, problems);
  problems.throwIfAny();

  const all = [...framework, ...declared];
  const columns = columnFields(all),
    stored = columns.filter((field) => !field.descriptor.isHidden).map((field, position) => ({ ...field, position }));
  checkColumns(
    table,
    columns,
    all.filter((field) => field.descriptor.relation !== null),
    problems,
  );
  checkClass(model, table, all, problems);
  const entries = all.map((field): BagEntry =>
    bagEntry(model, field, columns.find((candidate) => candidate.descriptor === field.descriptor) ?? null),
  );
  const source = Object.freeze(sourceNode(table));
  problems.throwIfAny();

  const computed = describeComputed(table, declaration.proxy?.parent ?? model, {
    bag: new (bagClass(table, entries))(source),
    source,
    taken: new Set(all.flatMap(({ descriptor: { name, property } }) => [name, property])),
    problems,
  });
  const Bag = bagClass(table, [
    ...entries,
    ...computed.map(({ name, node }) => ({ name, made: (to: Source) => expressionOf(rebased(node, to)) })),
  ]);
  const slice = describeSlice(model, declaration, { bag: new Bag(source), source, problems });
  problems.throwIfAny();

  const objects = describeTableObjects(
    table,
    model,
    declaration.proxy === undefined && Object.hasOwn(model, 'tableObjects')
      ? (model as { tableObjects?: unknown }).tableObjects
      : undefined,
    new Bag(source),
    problems,
  );
  const indexes = [...implicitIndexes(table, declared), ...objects.indexes].sort((left, right) => (left.name < right.name ? -1 : 1));
  const descriptor = deepFreeze(makeDescriptor({ declaration, key, hasTimestamps, fields: all, computed, indexes, objects, problems }));
  const extensions = checkedExtensions(table, options.use, descriptor, problems);
  const sections: Record<string, unknown> = {};
  for (const extension of extensions)
    sections[extension.name] = problems.attempt('extension', `The extension ${extension.name} of ${table}`, () =>
      jsonData(extension.section(descriptor)),
    );
  checkNames(table, descriptor, problems);
  const hooks = ownHooks(model, table, problems);
  problems.throwIfAny();

  const complete = deepFreeze({ ...descriptor, sections });
  return {
    runtime: makeRuntime({
      model,
      descriptor: complete,
      objects,
      stored: stored.map((field, at) => ({
        ...field,
        descriptor: complete.fields.find((candidate) => candidate.property === field.property)!,
        position: at,
      })),
      all,
      key,
      extensions,
      hooks,
      slice,
      source,
      parent: declaration.proxy?.parent ?? null,
    }),
    Bag,
  };
}

/** What a field is in a bag. Other models are described when a callback first goes there. */
function bagEntry(owner: AnyModel, { descriptor: { name, relation }, spec }: DescribedField, field: StoredField | null): BagEntry {
  if (relation === null || spec === null) return { name, field, spec };
  const bagAt = (source: Source): Bag => {
    const { Bag } = describedModel(spec.reference?.target ?? spec.relation?.target);
    return new Bag(source);
  };
  // Only the owner of the key knows its type, and the other side of a relation is not looked at yet.
  const to = (from: Source): Bag => {
    const { valueKind } = field ?? relationIn(runtimeOf(owner), name, runtimeOf).own;
    return bagAt(pathSource(relation.table, { from, relation: name, column: relation.column, key: relation.targetColumn, valueKind }));
  };
  const resolved = (): RelationRuntime => relationIn(runtimeOf(owner), name, runtimeOf);
  if (spec.reference !== undefined) return { name, field, spec, to, relation: resolved };
  if (relation.kind === 'hasOne') return { name, made: (source) => new RelationPath(null, () => to(source)) };
  const related = { relation: resolved, bag: bagAt };
  return { name, made: (source) => new RelatedRowsOf(source, related) };
}

function checkTable({ table, fields, options }: Declaration, problems: Problems): void {
  if (typeof fields !== 'object' || fields === null)
    problems.report('field', `${JSON.stringify(table)}: the fields of a model are an object of builders.`);
  const problem = identifierProblem(table);
  if (problem !== null)
    problems.report(
      problem,
      `The table name ${JSON.stringify(table)} cannot be used. Names have 1 to 63 bytes and do not begin with __djogi_.`,
    );
  for (const name of Object.keys(options))
    if (!OPTION_NAMES.includes(name))
      problems.report('unknown_option', `${table}: there is no option ${name}. The options are ${OPTION_NAMES.join(', ')}.`);
  if (options.renamedFrom !== undefined && identifierProblem(options.renamedFrom) !== null)
    problems.report('identifier', `${table}: renamedFrom is no valid table name.`);
  for (const name of ['comment', 'rationale', 'name'] as const)
    if (options[name]?.trim() === '') problems.report('empty_sql', `${table}: the option ${name} must not be empty.`);
  if (options.tracking !== undefined && options.tracking !== 'all' && options.tracking !== 'fields')
    problems.report('unknown_option', `${table}: tracking is 'fields' or 'all'.`);
  for (const [name, value] of Object.entries(options.storageParams ?? {})) {
    if (!['string', 'number', 'boolean'].includes(typeof value) || !/^[a-z_.0-9]+$/.test(name))
      problems.report('storage_params', `${table}: storage parameters are lower-case names with strings, numbers or booleans.`);
  }
  if (options.tablespace !== undefined && identifierProblem(options.tablespace) !== null)
    problems.report('identifier', `${table}: the tablespace's name cannot be used.`);
  for (const name of ['app', 'movedFromApp'] as const) {
    const given = options[name];
    if (given !== undefined && [given?.label, given?.database].some((part) => strictIdentifierProblem(part) !== null))
      problems.report('app', `${table}: the option ${name} is made by app().`);
  }
}

function frameworkField(
  facts: Pick<FieldDescriptor, 'name' | 'column' | 'role' | 'kind' | 'sqlType' | 'default'> & {
    isReadOnly?: boolean;
    enumType?: string | null;
  },
): FieldDescriptor {
  return {
    property: facts.name,
    isNullable: false,
    isReadOnly: true,
    isFilled: false,
    generated: null,
    check: null,
    maxLength: null,
    enumType: null,
    reference: null,
    relation: null,
    isHidden: false,
    isTracked: false,
    expose: [],
    protected: null,
    renamedFrom: null,
    comment: null,
    rationale: null,
    sections: {},
    ...facts,
  };
}

function frameworkFields(_table: string, key: AnyKeyKind, hasTimestamps: boolean): DescribedField[] {
  const fields: DescribedField[] = [];
  if ('valueKind' in key) {
    const { valueKind, spec } = key;
    fields.push({
      valueKind,
      spec: null,
      defaultFn: spec.generate,
      descriptor: frameworkField({
        name: 'id',
        column: spec.column,
        role: 'key',
        kind: valueKind.name,
        sqlType: valueKind.sqlType,
        isReadOnly: !key.supplied,
        enumType: valueKind.enumType?.name ?? null,
        default: spec.defaultSql !== null ? { kind: 'sql', text: spec.defaultSql } : spec.generate !== null ? { kind: 'function' } : null,
      }),
    });
  }
  if (hasTimestamps) {
    for (const role of ['createdAt', 'updatedAt'] as const) {
      fields.push({
        valueKind: timestamptzKind,
        spec: null,
        defaultFn: null,
        descriptor: frameworkField({
          name: role,
          column: columnNameOf(role),
          role,
          kind: timestamptzKind.name,
          sqlType: timestamptzKind.sqlType,
          default: { kind: 'sql', text: NOW_MS },
        }),
      });
    }
  }
  return fields;
}

function describeFields({ table, fields }: Declaration, framework: readonly DescribedField[], problems: Problems): DescribedField[] {
  const described: DescribedField[] = [];
  const reserved = new Set(framework.map((field) => field.descriptor.name));
  for (const name of Object.keys(fields ?? {})) {
    if (reserved.has(name)) {
      problems.report(
        'reserved_field',
        `${table}.${name} is the framework's own. Leave it out; the key is chosen with the option pk.`,
        name,
      );
      continue;
    }
    if (RESERVED_PROPERTIES.has(name)) {
      problems.report(
        'reserved_property',
        `${table}.${name} is taken by every row. Rename the property and keep the column with .column().`,
        name,
      );
      continue;
    }
    const field = problems.attempt('field', `${table}.${name}`, () => fields[name], name);
    if (field === undefined) {
      if (!problems.found.some((problem) => problem.field === name))
        problems.report('field', `${table}.${name} is undefined. Use a builder such as f.text().`, name);
      continue;
    }
    const result = describeField(table, name, field, problems);
    if (result !== null) described.push(result);
  }
  return described.map((field) => generatedFromFields(table, field, [...framework, ...described], problems));
}

/** The column with the expression that follows from other fields of the model, where it is of a kind that has one. */
function generatedFromFields(table: string, field: DescribedField, all: readonly DescribedField[], problems: Problems): DescribedField {
  const generatedFrom = field.spec?.generatedFrom,
    { name } = field.descriptor;
  if (generatedFrom === undefined || field.spec?.problem !== undefined) return field;
  const source = sourceNode(table);
  const generated = problems.attempt(
    'generated_source',
    `${table}.${name}`,
    () =>
      renderLiteral(
        generatedFrom((wanted) => {
          const found = all.find((candidate) => candidate.descriptor.name === wanted);
          if (found?.valueKind == null || found.descriptor.column === null || found === field)
            throw new TypeError(`its source ${JSON.stringify(wanted)} is no stored field`);
          const { column, property, isNullable } = found.descriptor;
          if (found.descriptor.generated !== null || found.spec?.generatedFrom !== undefined)
            throw new TypeError(`its source ${wanted} is a generated column itself, which Postgres refuses`);
          return columnNode(source, column, property, found.valueKind, !isNullable);
        }),
      ),
    name,
  );
  return generated === undefined ? field : { ...field, descriptor: { ...field.descriptor, generated } };
}

function columnFields(all: readonly DescribedField[]): StoredField[] {
  const columns = all.flatMap(({ descriptor, valueKind, defaultFn, spec }) =>
    descriptor.column === null || valueKind === null
      ? []
      : [{ descriptor, property: descriptor.property, column: descriptor.column, valueKind, defaultFn, spec }],
  );
  return columns.map((field, position) => ({ ...field, position }));
}

function checkColumns(table: string, all: readonly StoredField[], relations: readonly DescribedField[], problems: Problems): void {
  const columns = new Map<string, string>(),
    properties = new Set<string>();
  for (const { column, property, descriptor } of all) {
    const other = columns.get(column);
    if (other !== undefined)
      problems.report(
        'duplicate_column',
        `${table}.${descriptor.name} and ${table}.${other} are both stored in the column ${column}. Name one with .column().`,
        descriptor.name,
      );
    columns.set(column, descriptor.name);
    if (properties.has(property))
      problems.report('duplicate_property', `${table}: two fields have the row property ${property}.`, descriptor.name);
    properties.add(property);
  }
  for (const { descriptor } of relations) {
    if (properties.has(descriptor.name))
      problems.report(
        'relation_collision',
        `${table}: the relation ${descriptor.name} would be a property of loaded rows, and a field has the property of that name. Rename one of them.`,
        descriptor.name,
      );
  }
  const versions = all.filter((field) => field.descriptor.role === 'version');
  if (versions.length > 1)
    problems.report('version_duplicate', `${table} has ${versions.length} version fields; one is possible.`, versions[1]!.descriptor.name);
}

/** What the class itself adds must not hide a column, and it must be the model's own class. */
function checkClass(model: AnyModel, table: string, all: readonly DescribedField[], problems: Problems): void {
  const parent = Object.getPrototypeOf(model) as object;
  if (!isModelBase(model) && !isModelBase(parent))
    problems.report(
      'extends_model',
      `${table}: a class extends the model class of ${table}. A model is extended once, by its own class; for a slice of it use proxy().`,
    );
  const columns = new Set(
    all.flatMap(({ descriptor }) => (descriptor.column === null || descriptor.isHidden ? [] : [descriptor.property])),
  );
  for (const {
    descriptor: { name, property },
  } of all) {
    if (columns.has(property) && Object.hasOwn(model.prototype, property))
      problems.report('shadowed_column', `${table}: the class body declares ${property}, which is a column. Rename one of them.`, property);
    // A loaded relation becomes a property of the row, under the field's own name.
    else if (!columns.has(name) && Object.hasOwn(model.prototype, name))
      problems.report('shadowed_column', `${table}: the class body declares ${name}, which is a field. Rename one of them.`, name);
  }
  const probe = problems.attempt('instance_property', `The class body of ${table}`, () => new (model as unknown as new () => object)());
  for (const property of Object.keys(probe ?? {})) {
    const isColumn = columns.has(property);
    problems.report(
      isColumn ? 'shadowed_column' : 'instance_property',
      `${table}: the class body declares the property ${property}. A row's own properties are its columns; use a getter or a method, or a field.`,
      property,
    );
  }
  for (const name of Object.getOwnPropertyNames(model)) {
    const value: unknown = Object.getOwnPropertyDescriptor(model, name)?.value;
    // Whatever model it is of: a declaration under a name that nobody reads is one that silently does nothing.
    const kinds = (Array.isArray(value) ? value : [value]).map(
      (item) => declarationOf((item as { model?: unknown } | null | undefined)?.model) !== null && (item as { kind: unknown }).kind,
    );
    const expected =
      name === 'tableObjects' ? ['index', 'check', 'exclusion'] : name === 'hooks' ? ['hooks'] : name === 'computed' ? ['computed'] : [];
    const stray = kinds.find(
      (kind) =>
        kind !== false &&
        ['index', 'check', 'exclusion', 'hooks', 'computed'].includes(kind as string) &&
        !expected.includes(kind as string),
    );
    if (stray !== undefined)
      problems.report(
        'unknown_static',
        // oxlint-disable-next-line typescript/no-base-to-string -- a caller may hand in anything
        `${table}: the static member ${name} holds ${String(stray)}, which is read from ${stray === 'hooks' || stray === 'computed' ? String(stray) : 'tableObjects'} only.`,
      );
  }
}

function implicitIndexes(table: string, declared: readonly DescribedField[]): IndexDescriptor[] {
  return declared.flatMap(({ descriptor, spec }) => {
    const { column } = descriptor;
    if (column === null || spec === null) return [];
    const base = { elements: [{ column }], include: [], where: null, isConcurrent: false } as const;
    const made: IndexDescriptor[] = [];
    if (spec.unique !== undefined) {
      const { nullsNotDistinct } = spec.unique;
      made.push({
        ...base,
        name: derivedName(table, [column], nullsNotDistinct ? 'uidx' : 'key'),
        kind: nullsNotDistinct ? 'uniqueIndex' : 'uniqueConstraint',
        method: 'btree',
        nullsNotDistinct,
      });
    }
    if (spec.index !== undefined)
      made.push({ ...base, name: derivedName(table, [column], 'idx'), kind: 'index', method: spec.index, nullsNotDistinct: false });
    return made;
  });
}

function describeKey(table: string, key: AnyKeyKind, fields: readonly DescribedField[], problems: Problems): KeyDescriptor {
  const { spec } = key;
  if (spec.problem !== undefined) problems.report(spec.problem.rule, `${table}: ${spec.problem.message}.`);
  if ('valueKind' in key) {
    if (identifierProblem(spec.column) !== null) problems.report('identifier', `${table}: the key's column name cannot be used.`);
    return {
      kind: key.kind,
      columns: [spec.column],
      defaultSql: spec.defaultSql,
      identity: spec.identity,
      isSupplied: key.supplied,
      direction: spec.generator?.direction ?? (spec.identity === null ? null : 'asc'),
    };
  }
  const columns = spec.fields.map((name) => {
    const field = fields.find((candidate) => candidate.descriptor.name === name);
    if (field?.descriptor.column == null)
      problems.report('key_spec', `${table}: pk.composite names ${JSON.stringify(name)}, which is no stored field.`);
    else if (field.descriptor.isNullable) problems.report('key_spec', `${table}: ${name} is part of the key and cannot be nullable.`, name);
    return field?.descriptor.column ?? name;
  });
  if (new Set(columns).size !== columns.length) problems.report('key_spec', `${table}: pk.composite names a field twice.`);
  if (key.kind === 'composite' && columns.length === 0)
    problems.report('key_spec', `${table}: pk.composite needs the names of its fields.`);
  return { kind: key.kind, columns, defaultSql: null, identity: null, isSupplied: true, direction: null };
}

interface Parts {
  declaration: Declaration;
  key: AnyKeyKind;
  hasTimestamps: boolean;
  fields: readonly DescribedField[];
  computed: readonly ComputedField[];
  indexes: readonly IndexDescriptor[];
  objects: TableObjects;
  problems: Problems;
}

function makeDescriptor({
  declaration: { table, options, proxy },
  key,
  hasTimestamps,
  fields,
  computed,
  indexes,
  objects,
  problems,
}: Parts): ModelDescriptor {
  const kinds = fields.flatMap((field) => (field.valueKind === null ? [] : [field.valueKind]));
  const enums = new Map<string, EnumDescriptor>();
  for (const { enumType } of kinds) {
    if (enumType === undefined) continue;
    const known = enums.get(enumType.name);
    if (known !== undefined && known.labels.join('\0') !== enumType.labels.join('\0'))
      problems.report('enum_conflict', `${table} uses two enums named ${enumType.name} with different labels.`);
    enums.set(enumType.name, { name: enumType.name, labels: enumType.labels });
  }
  return {
    format: DESCRIPTOR_FORMAT,
    table,
    proxyFor: proxy === undefined ? null : table,
    name: options.name ?? displayNameOf(table),
    app: options.app === undefined ? null : { ...options.app },
    movedFromApp: options.movedFromApp?.label ?? null,
    renamedFrom: options.renamedFrom ?? null,
    key: describeKey(table, key, fields, problems),
    hasTimestamps,
    fields: fields.map((field) => field.descriptor),
    computed: computed.map(computedDescriptor),
    indexes,
    checks: objects.checks,
    exclusions: objects.exclusions,
    enums: [...enums.values()],
    requiredExtensions: [
      ...new Set([...kinds.flatMap((kind) => kind.extensions ?? []), ...exclusionExtensions(objects), ...opclassExtensions(indexes)]),
    ].sort(),
    partitionBy: describePartition(table, options.partitionBy, fields, indexes, problems),
    storageParams: Object.fromEntries(Object.entries(options.storageParams ?? {}).map(([name, value]) => [name, String(value)])),
    tablespace: options.tablespace ?? null,
    comment: options.comment ?? null,
    rationale: options.rationale ?? null,
    tracking: options.tracking ?? 'fields',
    sections: {},
  };
}

/** Scalars under GiST need btree_gist; ranges bring their own operators. */
function exclusionExtensions({ exclusions }: TableObjects): string[] {
  const scalar = new Set(['=', '<>', '<', '<=', '>', '>=']);
  return exclusions.some((exclusion) => exclusion.method === 'gist' && exclusion.elements.some((element) => scalar.has(element.operator)))
    ? ['btree_gist']
    : [];
}

/** What brings an operator class that is not built in. */
const OPCLASS_EXTENSIONS: Readonly<Record<string, string>> = { gin_trgm_ops: 'pg_trgm', gist_trgm_ops: 'pg_trgm' };

function opclassExtensions(indexes: readonly IndexDescriptor[]): string[] {
  return indexes.flatMap((index) =>
    index.elements.flatMap(({ opclass }) => (opclass === undefined ? [] : (OPCLASS_EXTENSIONS[opclass] ?? []))),
  );
}

function describePartition(
  table: string,
  partitionBy: Declaration['options']['partitionBy'],
  fields: readonly DescribedField[],
  indexes: readonly IndexDescriptor[],
  problems: Problems,
): PartitionDescriptor | null {
  if (partitionBy === undefined) return null;
  const name = 'range' in partitionBy ? partitionBy.range : partitionBy.hash;
  const field = fields.find((candidate) => candidate.descriptor.name === name);
  const refuse = (message: string): null => {
    problems.report('partition_key', `${table}: ${message}`);
    return null;
  };
  if (field?.descriptor.column == null) return refuse(`partitionBy names ${JSON.stringify(name)}, which is no stored field.`);
  if (field.descriptor.isNullable) return refuse(`${String(name)} decides where a row goes and cannot be nullable.`);
  const { column } = field.descriptor;
  for (const index of indexes) {
    if (index.kind !== 'index' && !index.elements.some((element) => element.column === column))
      refuse(`${index.name} must contain the partition column ${column}: Postgres enforces uniqueness per partition.`);
  }
  if ('range' in partitionBy) return { kind: 'range', column };
  if (!Number.isInteger(partitionBy.partitions) || partitionBy.partitions < 1) return refuse('partitions must be a positive integer.');
  return { kind: 'hash', column, partitions: partitionBy.partitions };
}

function checkedExtensions(table: string, use: unknown, descriptor: ModelDescriptor, problems: Problems): readonly Extension<string>[] {
  if (use === undefined) return [];
  if (!Array.isArray(use)) {
    problems.report('extension', `${table}: the option use is a list of extensions.`);
    return [];
  }
  const names = new Set(descriptor.fields.map((field) => field.name)),
    seen = new Set<string>();
  const extensions: Extension<string>[] = [];
  for (const extension of use as readonly (Partial<Extension<string>> | null | undefined)[]) {
    if (!isExtension(extension)) {
      problems.report('extension', `${table}: an entry of use is no extension.`);
      continue;
    }
    extensions.push(extension);
    if (seen.has(extension.name)) problems.report('extension', `${table} uses the extension ${extension.name} twice.`);
    seen.add(extension.name);
    for (const name of extension.names)
      if (!names.has(name))
        problems.report('unknown_field', `${table}: the extension ${extension.name} refers to ${JSON.stringify(name)}, which is no field.`);
  }
  return extensions;
}

const isExtension = (entry: Partial<Extension<string>> | null | undefined): entry is Extension<string> =>
  typeof entry?.name === 'string' && entry.name !== '' && typeof entry.section === 'function' && Array.isArray(entry.names);

/** Constraint and index names share one namespace per schema in Postgres, as far as one table is concerned. */
function checkNames(table: string, { indexes, checks, exclusions, fields, key }: ModelDescriptor, problems: Problems): void {
  const seen = new Set(key.columns.length === 0 ? [] : [derivedName(table, [], 'pkey')]);
  const all = [
    ...fields.flatMap((field) => [
      ...(field.check === null ? [] : [field.check.name]),
      ...(field.reference === null ? [] : [field.reference.constraint]),
    ]),
    ...[...indexes, ...checks, ...exclusions].map((object) => object.name),
  ];
  for (const name of all) {
    if (seen.has(name)) problems.report('duplicate_name', `${table} has two constraints or indexes named ${name}. Give one another name.`);
    seen.add(name);
  }
}

function ownHooks(model: AnyModel, table: string, problems: Problems): HookSet | null {
  if (!Object.hasOwn(model, 'hooks')) return null;
  const declared = (model as { hooks?: Hooks }).hooks;
  if (declared?.kind !== 'hooks' || declared.model !== model) {
    problems.report('hook', `${table}: the static member hooks must be hooks(${table}'s class, { ... }).`);
    return null;
  }
  return declared.on;
}

interface RuntimeParts {
  model: AnyModel;
  descriptor: ModelDescriptor;
  objects: TableObjects;
  stored: readonly StoredField[];
  all: readonly DescribedField[];
  key: AnyKeyKind;
  extensions: readonly Extension<string>[];
  hooks: HookSet | null;
  slice: Slice | null;
  source: Source;
  parent: unknown;
}

function makeRuntime({
  model,
  descriptor,
  objects,
  stored,
  all,
  key,
  extensions,
  hooks,
  slice,
  source,
  parent,
}: RuntimeParts): ModelRuntime {
  const { table } = descriptor;
  const wrappers = extensions.flatMap((extension) => (extension.runtime?.aroundWrite === undefined ? [] : [extension.runtime]));
  const preambles = extensions.flatMap((extension) => (extension.runtime?.preamble === undefined ? [] : [extension.runtime]));
  const tracked = stored.filter(
    (field) =>
      !field.descriptor.isReadOnly && field.descriptor.role !== 'key' && (descriptor.tracking === 'all' || field.descriptor.isTracked),
  );
  const version = stored.find((field) => field.descriptor.role === 'version') ?? null;
  const buildRow = rowConstructor(
    model.prototype,
    stored.map((field) => field.property),
    afterBuild(version, tracked),
  );
  // V8 drops the code compiled for a constructor once no instance is alive, and starts over: one row per model stays.
  const pinned = new buildRow(...stored.map(() => null));
  const purposes = new Map<string, StatementPurpose>();
  const byProperty = new Map(stored.map((field) => [field.property, field]));
  // A proxy has no constraints of its own, and meets those of its parent.
  // oxlint-disable-next-line typescript/unbound-method -- kept as data, never called through the object
  const constraintFields = parent === null ? constraintDirectory(descriptor, objects) : runtimeOf(parent).constraintFields;
  const runtime: ModelRuntime & { readonly pinned: object } = {
    model,
    table,
    descriptor,
    fields: stored,
    byProperty,
    byColumn: new Map(stored.map((field) => [field.column, field])),
    byName: new Map(
      all.flatMap((field) => (field.spec === null ? [] : [[field.descriptor.name, { spec: field.spec, descriptor: field.descriptor }]])),
    ),
    key: stored.find((field) => field.descriptor.role === 'key') ?? null,
    keySpec: key.spec,
    version,
    updatedAt: stored.find((field) => field.descriptor.role === 'updatedAt') ?? null,
    extensions,
    hooks,
    slice,
    source,
    columns: stored.map((field) => columnNode(source, field.column, field.property, field.valueKind)),
    derived: [],
    visage: null,
    rowShape: { columns: stored.map((field) => ({ name: field.column, codec: field.valueKind.codec, table })), build: buildRow },
    buildRow,
    pinned,
    plans: new Map(),
    shapes: new ShapeCache(),
    wrapsWrites: wrappers.length > 0,
    wrapWrite: (statement) => wrappers.reduce((wrapped, wrapper) => wrapper.aroundWrite!(wrapped, runtime), statement),
    preamble: preambles.length === 0 ? undefined : (ctx) => callsOf(preambles, ctx, runtime),
    constraintFields,
    purpose(operation, ctx) {
      if (runtime.preamble !== undefined) return { model: table, operation, constraintFields, preamble: runtime.preamble(ctx) };
      let purpose = purposes.get(operation);
      if (purpose === undefined) {
        purpose = Object.freeze({ model: table, operation, constraintFields });
        purposes.set(operation, purpose);
      }
      return purpose;
    },
  };
  return Object.freeze(runtime);
}

/** What a model remembers of each new row besides its columns; null when that is nothing, which costs nothing. */
function afterBuild(version: StoredField | null, tracked: readonly StoredField[]): ((row: object) => void) | null {
  if (version === null) return tracked.length === 0 ? null : (row) => keepBaseline(row, tracked);
  const { property } = version;
  return (row) => {
    keepVersion(row, (row as Record<string, unknown>)[property]);
    if (tracked.length > 0) keepBaseline(row, tracked);
  };
}

function callsOf(
  preambles: readonly NonNullable<Extension['runtime']>[],
  ctx: Context,
  runtime: ModelRuntime,
): readonly Call[] | undefined {
  const calls = preambles
    .flatMap((extension) => extension.preamble!(ctx, runtime))
    .map((statement) => {
      const { compiled, values } = runtime.shapes.compile(statement, () => null, 'preamble:');
      return { statement: compiled, values };
    });
  return calls.length === 0 ? undefined : calls;
}

/** Which properties a constraint is about, by its name; the server names the column itself for NOT NULL. */
function constraintDirectory(descriptor: ModelDescriptor, { fieldsOf }: TableObjects): ModelRuntime['constraintFields'] {
  let byName: Map<string, readonly string[]> | undefined;
  return (constraint, column) => {
    if (byName === undefined) {
      const propertyOf = (name: string): string => descriptor.fields.find((field) => field.column === name)?.property ?? name;
      byName = new Map();
      for (const index of descriptor.indexes)
        byName.set(index.name, fieldsOf.get(index.name) ?? index.elements.map((element) => propertyOf(element.column!)));
      for (const { name } of [...descriptor.checks, ...descriptor.exclusions]) byName.set(name, fieldsOf.get(name)!);
      for (const field of descriptor.fields) {
        if (field.check !== null) byName.set(field.check.name, [field.property]);
        if (field.reference !== null) byName.set(field.reference.constraint, [field.property]);
      }
      byName.set(derivedName(descriptor.table, [], 'pkey'), descriptor.key.columns.map(propertyOf));
    }
    return (
      byName.get(constraint) ??
      (column === undefined ? [] : [descriptor.fields.find((field) => field.column === column)?.property ?? column])
    );
  };
}

/** Frozen objects are walked too: an outside may be frozen and its inside not. */
function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

const described = new WeakMap<object, DescribedModel>();

/** A class's description, made at first use. Throws MODEL_DEFINITION when it is no model or is wrongly declared. */
export function describedModel(model: unknown): DescribedModel {
  let found = described.get(model as object);
  if (found === undefined) {
    found = describeAny(model);
    described.set(model as object, found);
  }
  return found;
}

function describeAny(model: unknown): DescribedModel {
  const declaration = declarationOf(model);
  if (declaration !== null) return describeModel(model as AnyModel, declaration);
  const describe = (model as Partial<Described> | null | undefined)?.[describedBy];
  if (typeof describe !== 'function') throw new TypeError('A model class made with model() is wanted here.');
  return describe(model as AnyModel);
}

/** Under this a class that is no model, and is read like one, says how it is described. */
const describedBy: unique symbol = Symbol.for('djogi.describe') as never;
interface Described {
  readonly [describedBy]: (model: AnyModel) => DescribedModel;
}

/** Keeps how the classes made from `base` are described, at first use. */
export function describeWith(base: object, describe: (model: AnyModel) => DescribedModel): void {
  Object.defineProperty(base, describedBy, { value: describe });
}

/** The runtime of a model class. */
export const runtimeOf = (model: unknown): ModelRuntime => describedModel(model).runtime;

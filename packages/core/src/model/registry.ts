// A registry: a sealed set of models. Made where an application starts, never by an import. Sealing describes every model, resolves every reference and
// reports all that is wrong at once.

import type { ConstraintDirectory } from '../db/constraint-directory.ts';
import type { Executor } from '../db/context.ts';
import type { ModelDefinitionError } from '../error/definition-error.ts';
import { isDjogiError } from '../error/error.ts';
import { declarationOf, isModelBase, type Declaration } from './declaration.ts';
import type { EnumDescriptor, FieldDescriptor, ModelDescriptor } from './descriptor.ts';
import { describedModel, runtimeOf } from './describe.ts';
import type { App } from './options.ts';
import { combined, Problems } from './problems.ts';
import { checkSchema } from './check-schema.ts';
import type { AnyModel, ModelRuntime } from './runtime.ts';

/** Model classes in a list, or under the names a module exports them by (`import * as models`); what is no model is skipped. */
export type ModelSet = Iterable<unknown> | Readonly<Record<string, unknown>>;

export interface Registry {
  readonly kind: 'registry';
  /** Ordered by app and table. */
  models(): readonly AnyModel[];
  descriptors(): readonly ModelDescriptor[];
  /** The slices of models, in the order of the list. They have no table of their own, so nothing else here speaks of them. */
  proxies(): readonly AnyModel[];
  enums(): readonly EnumDescriptor[];
  apps(): readonly App[];
  /** The model of a table, or undefined. */
  model(table: string): AnyModel | undefined;
  /** What `deferConstraints` asks about constraints by name. */
  readonly constraints: ConstraintDirectory;
  /** What a pool runs when it is given the registry: compares tables, columns and keys with the models. One round trip. Errors: SCHEMA_MISMATCH. */
  checkAtStart(executor: Executor): Promise<void>;
  /** The name for people: the option `name`, the export's name, or PascalCase of the table. */
  displayName(table: string): string;
}

function named(models: ModelSet): [name: string | null, candidate: unknown][] {
  if (Symbol.iterator in models) return [...(models as Iterable<unknown>)].map((candidate) => [null, candidate]);
  return Object.entries(models);
}

/**
 * Seals a set of models.
 *
 * Errors: MODEL_DEFINITION; with several problems, `problems` lists them. Besides every model's own rules: `not_a_model` (an entry of a list that is
 * none), `duplicate_table`, `proxy_parent` (a proxy whose model is not in the set), `duplicate_name` (of models, or of
 * tables and indexes in one database), `enum_conflict`, `app` (one label, two databases), `target_not_unique`, `reference_target` and `relation_target` (a model outside the set),
 * `relation_not_unique` (`hasOne` over a field that is not unique), `cross_database_reference`.
 *
 * @example
 * import * as models from './models.ts';
 * const registry = createRegistry({ models });
 */
export function createRegistry({ models, apps = [] }: { models: ModelSet; apps?: readonly App[] }): Registry {
  const problems = new Problems();
  const byTable = new Map<string, ModelRuntime>(),
    names = new Map<string, string>(),
    tables = new Set<string>();
  const proxies: { readonly name: string | null; readonly candidate: unknown; readonly declaration: Declaration }[] = [];
  for (const [name, candidate] of named(models)) {
    const declaration = declarationOf(candidate);
    if (declaration === null) {
      if (name === null) problems.report('not_a_model', 'An entry of the model list is no model class. List classes made with model().');
      continue;
    }
    if (declaration.proxy !== undefined) {
      proxies.push({ name, candidate, declaration });
      continue;
    }
    tables.add(declaration.table);
    const runtime = describe(candidate, problems);
    if (runtime === null) continue;
    const other = byTable.get(runtime.table);
    if (other !== undefined && other.model !== runtime.model) {
      // A module that was evaluated twice declares the same model again: one of the two stands for both.
      if (JSON.stringify(other.descriptor) !== JSON.stringify(runtime.descriptor))
        problems.found.push(
          definition('duplicate_table', `Two models are stored in the table ${runtime.table}. One table has one model.`, runtime.table),
        );
      continue;
    }
    byTable.set(runtime.table, runtime);
    // A class may be exported twice: the first name is its own, and `default` is none.
    const known = names.get(runtime.table),
      exported = name === 'default' ? null : name;
    if (known === undefined || known === runtime.descriptor.name)
      names.set(runtime.table, declaration.options.name ?? exported ?? runtime.descriptor.name);
  }
  const slices = describeProxies(proxies, { byTable, tables, names, problems });
  checkTogether(byTable, names, problems);
  checkNames(byTable, problems);
  checkApps([...apps, ...[...byTable.values()].flatMap(({ descriptor }) => descriptor.app ?? [])], problems);
  if (problems.found.length > 0) throw problems.found.length === 1 ? problems.found[0]! : combined(problems.found);
  return sealed([...byTable.values()].sort(byAppAndTable), { names, apps, proxies: slices });
}

interface Listed {
  readonly byTable: ReadonlyMap<string, ModelRuntime>;
  readonly tables: ReadonlySet<string>;
  readonly names: ReadonlyMap<string, string>;
  readonly problems: Problems;
}

/** Proxies are slices of a table that another class declares: they are described and checked, and stand for nothing. */
function describeProxies(
  proxies: readonly { readonly name: string | null; readonly candidate: unknown; readonly declaration: Declaration }[],
  { byTable, tables, names, problems }: Listed,
): AnyModel[] {
  const taken = new Set(names.values());
  // A class may be exported twice.
  const once = proxies.filter(({ candidate }, at) => proxies.findIndex((other) => other.candidate === candidate) === at);
  return once.flatMap(({ name, candidate, declaration: { table, options } }) => {
    if (!tables.has(table))
      problems.found.push(
        definition('proxy_parent', `A proxy of ${table} is in the registry, and its model is not. Add the model.`, table),
      );
    // What is wrong with the model is reported once, with the model.
    if (!byTable.has(table)) return [];
    const shown = options.name ?? (name === 'default' ? null : name);
    if (shown !== null && taken.has(shown))
      problems.found.push(
        definition(
          'duplicate_name',
          `A proxy of ${table} is named ${shown}, as another model or proxy is. Give one the option name.`,
          table,
        ),
      );
    if (shown !== null) taken.add(shown);
    return describe(candidate, problems)?.model ?? [];
  });
}

function definition(rule: string, message: string, model: string): ModelDefinitionError {
  const problems = new Problems(model);
  problems.report(rule, message);
  return problems.found[0]!;
}

function describe(candidate: unknown, problems: Problems): ModelRuntime | null {
  try {
    return runtimeOf(candidate);
  } catch (error) {
    if (!isDjogiError(error, 'MODEL_DEFINITION')) throw error;
    const { problems: several } = error as ModelDefinitionError;
    problems.found.push(...(several ?? [error as ModelDefinitionError]));
    return null;
  }
}

const byAppAndTable = (left: ModelRuntime, right: ModelRuntime): number => {
  const a = `${left.descriptor.app?.label ?? ''}\0${left.table}`,
    b = `${right.descriptor.app?.label ?? ''}\0${right.table}`;
  return a < b ? -1 : a > b ? 1 : 0;
};

function checkTogether(byTable: ReadonlyMap<string, ModelRuntime>, names: ReadonlyMap<string, string>, problems: Problems): void {
  const tableOf = new Map<string, string>();
  for (const [table, name] of names) {
    const other = tableOf.get(name);
    if (other !== undefined)
      problems.found.push(
        definition('duplicate_name', `The models of ${other} and ${table} are both named ${name}. Give one the option name.`, table),
      );
    tableOf.set(name, table);
  }
  const enums = new Map<string, EnumDescriptor & { readonly table: string }>();
  for (const { descriptor } of byTable.values()) {
    for (const { name, labels } of descriptor.enums) {
      const known = enums.get(name);
      if (known !== undefined && known.labels.join('\0') !== labels.join('\0'))
        problems.found.push(
          definition(
            'enum_conflict',
            `${known.table} and ${descriptor.table} use an enum named ${name} with different labels.`,
            descriptor.table,
          ),
        );
      enums.set(name, { name, labels, table: descriptor.table });
    }
    for (const field of descriptor.fields) {
      if (field.relation !== null && field.reference === null) problems.found.push(...relationProblems(descriptor, field, byTable));
      if (field.reference === null) continue;
      const target = byTable.get(field.reference.table);
      if (target === undefined)
        problems.found.push(
          definition(
            'reference_target',
            `${descriptor.table}.${field.name} refers to ${field.reference.table}, which is not in the registry. Add its model.`,
            descriptor.table,
          ),
        );
      else if (!isUniqueIn(target.descriptor, field.reference.columns)) {
        problems.found.push(
          definition(
            'target_not_unique',
            `${descriptor.table}.${field.name} refers to ${field.reference.table}.${field.reference.columns.join(', ')}, which is not unique. A foreign key needs a unique target.`,
            descriptor.table,
          ),
        );
      } else if (databaseOf(target.descriptor) !== databaseOf(descriptor)) {
        problems.found.push(
          definition(
            'cross_database_reference',
            `${descriptor.table}.${field.name} refers to ${field.reference.table}, which is in the database ${databaseOf(target.descriptor)}, and no foreign key reaches there. Keep the id in a plain field: f.id(...).`,
            descriptor.table,
          ),
        );
      }
    }
  }
}

const databaseOf = ({ app }: ModelDescriptor): string => app?.database ?? 'main';

/** What the other side of a reference needs of the other models. */
function* relationProblems(
  { table }: ModelDescriptor,
  { name, relation }: FieldDescriptor,
  byTable: ReadonlyMap<string, ModelRuntime>,
): Iterable<ModelDefinitionError> {
  if (relation === null) return;
  const missing = [relation.table, ...(relation.kind === 'manyToMany' ? [relation.through] : [])].find((other) => !byTable.has(other));
  if (missing !== undefined)
    yield definition('relation_target', `${table}.${name} leads to ${missing}, which is not in the registry. Add its model.`, table);
  else if (relation.kind === 'hasOne' && !isUniqueIn(byTable.get(relation.table)!.descriptor, [relation.targetColumn]))
    yield definition(
      'relation_not_unique',
      `${table}.${name} is hasOne, and ${relation.table}.${relation.via} is not unique, so that there may be several. Declare it with oneToOne, or this side with hasMany.`,
      table,
    );
}

/** Tables and indexes share the names of a schema: two long-winded tables can derive one index name. */
function checkNames(byTable: ReadonlyMap<string, ModelRuntime>, problems: Problems): void {
  const owners = new Map<string, string>();
  for (const { descriptor } of byTable.values()) {
    const database = databaseOf(descriptor);
    for (const name of new Set([descriptor.table, ...[...descriptor.indexes, ...descriptor.exclusions].map((object) => object.name)])) {
      const owner = owners.get(`${database}\0${name}`);
      if (owner !== undefined)
        problems.found.push(
          definition(
            'duplicate_name',
            `${owner} and ${descriptor.table} both have a table, index or constraint named ${name}. Give one another name.`,
            descriptor.table,
          ),
        );
      owners.set(`${database}\0${name}`, descriptor.table);
    }
  }
}

function checkApps(apps: readonly App[], problems: Problems): void {
  const databases = new Map<string, string>();
  for (const { label, database } of apps) {
    const known = databases.get(label);
    if (known !== undefined && known !== database)
      problems.report('app', `The app ${label} is declared for the databases ${known} and ${database}. An app has one.`);
    databases.set(label, database);
  }
}

function isUniqueIn(descriptor: ModelDescriptor, columns: readonly string[]): boolean {
  const same = (candidate: readonly (string | undefined)[]): boolean =>
    candidate.length === columns.length && columns.every((column) => candidate.includes(column));
  // A partitioned table's key contains the partition column, so its id alone is unique to nobody but us.
  const isKey = same(descriptor.key.columns) && (descriptor.partitionBy === null || columns.includes(descriptor.partitionBy.column));
  return (
    isKey ||
    descriptor.indexes.some(
      (index) => index.kind !== 'index' && index.where === null && same(index.elements.map((element) => element.column)),
    )
  );
}

function sealed(
  runtimes: readonly ModelRuntime[],
  { names, apps, proxies }: { names: ReadonlyMap<string, string>; apps: readonly App[]; proxies: readonly AnyModel[] },
): Registry {
  const descriptors = Object.freeze(runtimes.map((runtime) => runtime.descriptor));
  const byTable = new Map(runtimes.map((runtime) => [runtime.table, runtime.model]));
  const enums = new Map(descriptors.flatMap((descriptor) => descriptor.enums).map((type) => [type.name, type]));
  const allApps = new Map(
    [...apps, ...descriptors.flatMap((descriptor) => (descriptor.app === null ? [] : [descriptor.app]))].map((app) => [app.label, app]),
  );
  const constraints = new Map<string, boolean>();
  for (const descriptor of descriptors) {
    for (const { reference } of descriptor.fields) if (reference !== null) constraints.set(reference.constraint, reference.isDeferrable);
    for (const exclusion of descriptor.exclusions) constraints.set(exclusion.name, exclusion.isDeferrable);
    for (const index of descriptor.indexes) if (index.kind === 'uniqueConstraint') constraints.set(index.name, false);
  }
  return Object.freeze<Registry>({
    kind: 'registry',
    models: () => [...byTable.values()],
    descriptors: () => descriptors,
    proxies: () => proxies,
    enums: () => [...enums.values()].sort((left, right) => (left.name < right.name ? -1 : 1)),
    apps: () => [...allApps.values()],
    model: (table) => byTable.get(table),
    displayName: (table) => names.get(table) ?? table,
    constraints: {
      deferrability: (name) => {
        const isDeferrable = constraints.get(name);
        return isDeferrable === undefined ? undefined : isDeferrable ? 'deferrable' : 'notDeferrable';
      },
    },
    checkAtStart: (executor) => checkSchema(executor, descriptors),
  });
}

export { describedModel, isModelBase };

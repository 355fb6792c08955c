// Random schemas, and random changes to one.

import { defaultSequenceOptions } from '../../src/snapshot/make-snapshot.ts';
import type { Random } from './random.ts';
import {
  elementTemplatesOf,
  generatedTemplatesOf,
  isSortable,
  isVirtual,
  predicatesOf,
  prune,
  type ColumnModel,
  type ConstraintModel,
  type EnumModel,
  type ExpressionModel,
  type IndexModel,
  type KeyModel,
  type PolicyModel,
  type SchemaModel,
  type SequenceModel,
  type TableModel,
  type TypeModel,
} from './schema-model.ts';

const SCHEMAS = ['public', 'public', 'public', 'Billing'];
const STEMS = ['a', 'order', 'Mixed', 'with space', 'quo"te', 'ümläut', "apo'strophe", 'title', 'lower', 'status'];
const NUMBERS = ['smallint', 'integer', 'bigint', 'numeric', 'numeric(10,2)', 'real'];
const TEXTS = ['text', 'character varying(20)', 'character varying(40)', 'character varying'];
const OTHERS = ['boolean', 'uuid', 'date', 'timestamp with time zone', 'jsonb', 'integer[]', 'int4range'];
/** Roles that every server has. */
export const ROLES = ['public', 'pg_monitor'];
const COMMENTS = [null, null, null, "it's", 'two\nlines', 'a \\ b'];
const LABELS = ['draft', 'live', "it's", 'Old One', 'x', 'y', 'z'];
const ACTIONS = ['noAction', 'restrict', 'cascade'] as const;

const DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  smallint: ['1'],
  integer: ['7', '(1 + 2)', "'-7'::integer"],
  bigint: ['42'],
  numeric: ['1.5'],
  text: ["'x'::text", "upper('a'::text)"],
  boolean: ['true'],
  uuid: ['gen_random_uuid()'],
  date: ['CURRENT_DATE'],
  'timestamp with time zone': ['now()'],
};

export class SchemaGenerator {
  readonly #random: Random;
  #number = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Fresh for good: no two objects of a pair share a name by accident. */
  #name(): string {
    return `${this.#random.pick(STEMS)}${++this.#number}`;
  }

  schema(): SchemaModel {
    const random = this.#random;
    const model: SchemaModel = { extensions: random.chance(0.05) ? ['pg_trgm'] : [], enums: [], sequences: [], tables: [] };
    for (let count = random.below(3); count > 0; count--) model.enums.push(this.#enum());
    for (let count = random.below(3); count > 0; count--) model.sequences.push(this.#sequence());
    for (let count = 1 + random.below(4); count > 0; count--) model.tables.push(this.#table(model));
    for (const table of model.tables) this.#references(model, table);
    for (const sequence of model.sequences) this.#own(model, sequence);
    return prune(model);
  }

  /** Changes `model` in place, `count` times. */
  change(model: SchemaModel, count: number): SchemaModel {
    for (let done = 0; done < count; done++) this.#changeOnce(model);
    return prune(model);
  }

  // ---------- making

  #enum(): EnumModel {
    const random = this.#random;
    const labels = random.some(LABELS, 1 + random.below(4)).map((text) => ({ text }));
    return { schema: random.pick(SCHEMAS), name: this.#name(), labels, comment: random.pick(COMMENTS) };
  }

  #sequence(): SequenceModel {
    const random = this.#random;
    return {
      schema: random.pick(SCHEMAS),
      name: this.#name(),
      type: random.pick(['integer', 'bigint', 'smallint']),
      options: this.#sequenceOptions(),
      owner: null,
      comment: random.pick(COMMENTS),
    };
  }

  #sequenceOptions(): SequenceModel['options'] {
    const random = this.#random;
    return random.pick([{}, { increment: '2' }, { cache: '5', isCyclic: true }, { start: '9', increment: '3' }]);
  }

  #own(model: SchemaModel, sequence: SequenceModel): void {
    const random = this.#random;
    sequence.owner = null;
    const tables = model.tables.filter((table) => table.schema === sequence.schema && !table.isUnlogged);
    if (tables.length === 0 || random.chance(0.5)) return;
    const table = random.pick(tables);
    const columns = table.columns.filter((column) => column.identity === null && column.generated === null);
    if (columns.length > 0) sequence.owner = { table, column: random.pick(columns) };
  }

  #type(model: SchemaModel): TypeModel {
    const random = this.#random;
    if (model.enums.length > 0 && random.chance(0.2)) return { enum: random.pick(model.enums), isArray: random.chance(0.3) };
    return random.pick(random.chance(0.5) ? NUMBERS : random.chance(0.6) ? TEXTS : OTHERS);
  }

  #column(model: SchemaModel, type = this.#type(model)): ColumnModel {
    const random = this.#random;
    const column: ColumnModel = {
      name: this.#name(),
      type,
      collation: null,
      default: null,
      defaultLabel: null,
      defaultSequence: null,
      identity: null,
      generated: null,
      isNotNull: random.chance(0.5),
      isNoInherit: random.chance(0.03),
      isNotNullValid: true,
      comment: random.pick(COMMENTS),
    };
    this.#fill(model, column);
    return column;
  }

  /** What goes with the type. */
  #fill(model: SchemaModel, column: ColumnModel): void {
    const random = this.#random;
    const { type } = column;
    column.collation = type === 'text' && random.chance(0.2) ? '"C"' : null;
    column.default = null;
    column.defaultLabel = null;
    column.defaultSequence = null;
    column.identity = null;
    if (typeof type !== 'string') column.defaultLabel = random.chance(0.5) ? random.below(4) : null;
    else if (random.chance(0.4) && DEFAULTS[type] !== undefined) column.default = random.pick(DEFAULTS[type]);
    if (type === 'integer' || type === 'bigint') {
      if (random.chance(0.15)) {
        const sequence = { ...defaultSequenceOptions(type), ...random.pick([{}, { increment: '5' }, { cache: '3' }]) };
        column.identity = { generation: random.pick(['always', 'byDefault']), sequence };
        column.isNotNull = true;
        column.isNotNullValid = true;
        column.isNoInherit = false;
        column.default = null;
      } else if (model.sequences.length > 0 && random.chance(0.2)) column.defaultSequence = random.pick(model.sequences);
    }
  }

  #generated(table: TableModel): ColumnModel | null {
    const random = this.#random;
    const sources = table.columns.filter((column) => column.generated === null && generatedTemplatesOf(column.type).length > 0);
    if (sources.length === 0) return null;
    const from = random.pick(sources);
    const isStored = random.chance(0.6);
    return {
      name: this.#name(),
      type: 'integer',
      collation: null,
      default: null,
      defaultLabel: null,
      defaultSequence: null,
      identity: null,
      generated: { from, template: random.pick(generatedTemplatesOf(from.type)), isStored },
      isNotNull: random.chance(0.3),
      isNoInherit: false,
      isNotNullValid: true,
      comment: random.pick(COMMENTS),
    };
  }

  #table(model: SchemaModel): TableModel {
    const random = this.#random;
    const table: TableModel = {
      schema: random.pick(SCHEMAS),
      name: this.#name(),
      columns: [],
      constraints: [],
      indexes: [],
      policies: [],
      grants: this.#grants(),
      isRowSecurityEnabled: random.chance(0.2),
      isRowSecurityForced: random.chance(0.1),
      partitioning: null,
      storageParams: random.pick([{}, {}, { fillfactor: '70' }, { autovacuum_enabled: 'false', fillfactor: '90' }]),
      isUnlogged: random.chance(0.05),
      comment: random.pick(COMMENTS),
    };
    for (let count = 1 + random.below(5); count > 0; count--) table.columns.push(this.#column(model));
    if (random.chance(0.3)) {
      const column = this.#generated(table);
      if (column !== null) table.columns.push(column);
    }
    if (random.chance(0.15)) this.#partition(model, table);
    if (random.chance(0.7)) table.constraints.push(...this.#key(table, 'primaryKey'));
    for (let count = random.below(4); count > 0; count--) table.constraints.push(...this.#constraint(table));
    for (let count = random.below(4); count > 0; count--) table.indexes.push(...this.#index(table));
    for (let count = random.below(3); count > 0; count--) table.policies.push(this.#policy(table));
    return table;
  }

  #grants(): TableModel['grants'] {
    const random = this.#random;
    return random.some(ROLES, random.below(3)).map((role) => ({
      role,
      privileges: random
        .some(['delete', 'insert', 'select', 'update', 'truncate'], 1 + random.below(3))
        .sort((left, right) => (left < right ? -1 : 1)),
      isGrantable: role !== 'public' && random.chance(0.2),
    }));
  }

  #partition(model: SchemaModel, table: TableModel): void {
    const random = this.#random;
    const column = this.#column(model, 'integer');
    column.identity = null;
    column.isNoInherit = false;
    table.isUnlogged = false;
    for (const each of table.columns) {
      each.isNoInherit = false;
      each.identity = null;
    }
    table.columns.push(column);
    const strategy = random.pick(['hash', 'range', 'list'] as const);
    table.partitioning = {
      strategy,
      column,
      count: strategy === 'hash' ? 4 : random.below(3),
      prefix: random.chance(0.5) ? this.#name() : null,
    };
  }

  #named(): { name: string | null; number: number; comment: string | null } {
    const random = this.#random;
    return { name: random.chance(0.3) ? `${this.#name()}_c` : null, number: ++this.#number, comment: random.pick(COMMENTS) };
  }

  #key(table: TableModel, kind: KeyModel['kind']): KeyModel[] {
    const random = this.#random;
    const columns = table.columns.filter((column) => isSortable(column.type) && !isVirtual(column));
    if (columns.length === 0) return [];
    const chosen = random.some(columns, 1 + random.below(2));
    if (table.partitioning !== null && !chosen.includes(table.partitioning.column)) chosen.push(table.partitioning.column);
    if (kind === 'primaryKey')
      for (const column of chosen) {
        column.isNotNull = true;
        column.isNoInherit = false;
        column.isNotNullValid = true;
      }
    const isDeferrable = random.chance(0.1);
    return [
      {
        kind,
        ...this.#named(),
        columns: chosen,
        include: random.chance(0.15)
          ? random.some(
              columns.filter((column) => !chosen.includes(column)),
              1,
            )
          : [],
        isNullsNotDistinct: random.chance(0.2),
        isDeferrable,
        isInitiallyDeferred: isDeferrable && random.chance(0.5),
      },
    ];
  }

  #expression(table: TableModel, columns = table.columns): ExpressionModel | null {
    if (columns.length === 0) return null;
    const of = this.#random.pick(columns);
    return { of, template: this.#random.pick(predicatesOf(of.type)) };
  }

  #constraint(table: TableModel): ConstraintModel[] {
    const random = this.#random;
    const ranges = table.columns.filter(({ type }) => type === 'int4range');
    if (ranges.length > 0 && random.chance(0.3)) {
      const where = random.chance(0.3)
        ? this.#expression(
            table,
            table.columns.filter((column) => !isVirtual(column)),
          )
        : null;
      return [{ kind: 'exclusion', ...this.#named(), column: random.pick(ranges), where }];
    }
    if (random.chance(0.4)) return this.#key(table, 'unique');
    const isEnforced = !random.chance(0.1);
    return [
      {
        kind: 'check',
        ...this.#named(),
        expression: this.#expression(table)!,
        isNoInherit: random.chance(0.1),
        isValidated: isEnforced && !random.chance(0.1),
        isEnforced,
      },
    ];
  }

  #index(table: TableModel): IndexModel[] {
    const random = this.#random;
    const usable = table.columns.filter((column) => !isVirtual(column));
    const method = random.pick(['btree', 'btree', 'btree', 'gin', 'hash', 'brin']);
    const columns = usable.filter(({ type }) => {
      if (method === 'gin') return type === 'jsonb' || type === 'integer[]';
      if (method === 'hash' || method === 'brin') return type === 'integer' || type === 'bigint';
      return isSortable(type);
    });
    if (columns.length === 0) return [];
    const count = method === 'btree' ? 1 + random.below(2) : 1;
    const isDescending = random.chance(0.3);
    return [
      {
        ...this.#named(),
        method,
        isUnique: random.chance(0.3),
        isNullsNotDistinct: random.chance(0.2),
        elements: random.some(columns, count).map((column) => {
          const templates = method === 'btree' ? elementTemplatesOf(column.type) : [];
          return {
            column,
            template: templates.length > 0 && random.chance(0.3) ? random.pick(templates) : null,
            isDescending,
            nulls: random.pick(['first', 'last'] as const),
            opclass: column.type === 'text' && column.collation === null && random.chance(0.3) ? 'text_pattern_ops' : null,
          };
        }),
        include: random.chance(0.1) && method === 'btree' ? random.some(usable, 1) : [],
        where: random.chance(0.25) ? this.#expression(table, usable) : null,
        storageParams: random.pick([{}, {}, { fillfactor: '80' }, { deduplicate_items: 'off' }]),
      },
    ];
  }

  #policy(table: TableModel): PolicyModel {
    const random = this.#random;
    return {
      ...this.#named(),
      command: random.pick(['all', 'select', 'insert', 'update', 'delete'] as const),
      isPermissive: random.chance(0.7),
      roles: random.pick([['public'], ['pg_read_all_data'], ['pg_read_all_data', 'pg_write_all_data']]),
      using: this.#expression(table),
      withCheck: random.chance(0.5) ? this.#expression(table) : null,
    };
  }

  #references(model: SchemaModel, table: TableModel): void {
    const random = this.#random;
    if (table.isUnlogged) return;
    for (let count = random.below(3); count > 0; count--) {
      const targets = model.tables.filter((target) => !target.isUnlogged);
      if (targets.length === 0) return;
      const target = random.pick(targets);
      const keys = target.constraints.filter(
        (each): each is KeyModel => (each.kind === 'primaryKey' || each.kind === 'unique') && !each.isDeferrable,
      );
      if (keys.length === 0) continue;
      const key = random.pick(keys);
      const columns = key.columns.map((of) => {
        const column = this.#column(model, of.type);
        column.identity = null;
        column.collation = of.collation;
        column.isNoInherit = false;
        return column;
      });
      table.columns.push(...columns);
      const isEnforced = table.partitioning !== null || target.partitioning !== null || !random.chance(0.1);
      const isDeferrable = random.chance(0.2);
      table.constraints.push({
        kind: 'foreignKey',
        ...this.#named(),
        columns,
        target,
        key,
        onDelete: random.pick(ACTIONS),
        onUpdate: random.pick(ACTIONS),
        isDeferrable,
        isInitiallyDeferred: isDeferrable && random.chance(0.5),
        isEnforced,
        isValidated: isEnforced && (table.partitioning !== null || target.partitioning !== null || !random.chance(0.1)),
      });
    }
  }

  // ---------- changing

  #changeOnce(model: SchemaModel): void {
    const random = this.#random;
    const what = random.below(12);
    if (what === 0) this.#changeTables(model);
    else if (what === 1) this.#changeEnums(model);
    else if (what === 2) this.#changeSequences(model);
    else if (what === 3 && random.chance(0.3)) model.extensions = model.extensions.length === 0 ? ['pg_trgm'] : [];
    else if (model.tables.length > 0) this.#changeTable(model, random.pick(model.tables));
  }

  #changeTables(model: SchemaModel): void {
    const random = this.#random;
    const what = random.below(4);
    if (what === 0) {
      const table = this.#table(model);
      model.tables.push(table);
      this.#references(model, table);
    } else if (what === 1 && model.tables.length > 0) this.#drop(model.tables, random.pick(model.tables));
    else if (what === 2 && model.tables.length > 0) random.pick(model.tables).name = this.#name();
    else this.#swap(model.tables.filter((table) => table.was !== undefined));
  }

  /** Not what was renamed: another may have its old name by then, which is a conflict. */
  #drop<Object extends { name: string; was?: string }>(list: Object[], object: Object): void {
    if (object.was === undefined || object.was === object.name) list.splice(list.indexOf(object), 1);
  }

  /** Exchanges the names of two old objects of one schema. */
  #swap(list: { schema?: string; name: string }[]): void {
    const [first, second] = this.#random.some(list, 2);
    if (first === undefined || second === undefined || first.schema !== second.schema) return;
    [first.name, second.name] = [second.name, first.name];
  }

  #changeEnums(model: SchemaModel): void {
    const random = this.#random;
    const what = random.below(6);
    if (what === 0 || model.enums.length === 0) {
      model.enums.push(this.#enum());
      return;
    }
    const type = random.pick(model.enums);
    const isKey = model.tables.some(
      ({ partitioning }) => typeof partitioning?.column.type === 'object' && partitioning.column.type.enum === type,
    );
    if (what === 1) {
      const isUsed = model.tables.some(({ columns }) =>
        columns.some((column) => typeof column.type !== 'string' && column.type.enum === type),
      );
      if (!isUsed) this.#drop(model.enums, type);
    } else if (what === 2) type.name = this.#name();
    else if (what === 3) type.labels.splice(random.below(type.labels.length + 1), 0, { text: `${random.pick(LABELS)} ${++this.#number}` });
    else if (what === 4) random.pick(type.labels).text = `renamed ${++this.#number}`;
    else if (!isKey && random.chance(0.5)) type.labels.reverse();
    else if (!isKey && type.labels.length > 1) type.labels.splice(random.below(type.labels.length), 1);
  }

  #changeSequences(model: SchemaModel): void {
    const random = this.#random;
    const what = random.below(5);
    if (what === 0 || model.sequences.length === 0) {
      model.sequences.push(this.#sequence());
      return;
    }
    const sequence = random.pick(model.sequences);
    if (what === 1) this.#drop(model.sequences, sequence);
    else if (what === 2) sequence.name = this.#name();
    else if (what === 3) this.#own(model, sequence);
    else {
      sequence.options = this.#sequenceOptions();
      sequence.type = random.pick(['integer', 'bigint', 'smallint']);
      sequence.comment = random.pick(COMMENTS);
    }
  }

  #changeTable(model: SchemaModel, table: TableModel): void {
    const random = this.#random;
    switch (random.below(14)) {
      case 0:
        table.columns.push(this.#column(model));
        if (table.partitioning !== null) Object.assign(table.columns.at(-1)!, { isNoInherit: false, identity: null });
        return;
      case 1: {
        const column = random.pick(table.columns);
        if (column !== table.partitioning?.column && table.columns.length > 1) this.#drop(table.columns, column);
        return;
      }
      case 2:
        random.pick(table.columns).name = this.#name();
        return;
      case 3:
        // A generated column goes with what it was made of, and another would have its name by then.
        this.#swap(table.columns.filter((column) => column.was !== undefined && column.generated === null));
        return;
      case 4:
        this.#retype(model, table, random.pick(table.columns));
        return;
      case 5: {
        const generated = random.chance(0.5) ? random.pick(table.columns) : null;
        if (generated?.generated != null) this.#regenerate(table, generated);
        else {
          const column = this.#generated(table);
          if (column !== null) table.columns.push(column);
        }
        return;
      }
      case 6:
        this.#changeColumn(model, table, random.pick(table.columns));
        return;
      case 7:
        table.constraints.push(...(random.chance(0.3) ? this.#key(table, 'primaryKey') : this.#constraint(table)));
        return;
      case 8:
        if (table.constraints.length > 0) this.#changeConstraint(table, random.pick(table.constraints));
        return;
      case 9:
        table.indexes.push(...this.#index(table));
        return;
      case 10:
        if (table.indexes.length > 0) this.#changeIndex(table, random.pick(table.indexes));
        return;
      case 11:
        this.#changePolicies(table);
        return;
      case 12:
        this.#references(model, table);
        return;
      default:
        this.#changeProperties(table);
    }
  }

  #retype(model: SchemaModel, table: TableModel, column: ColumnModel): void {
    const random = this.#random;
    if (column === table.partitioning?.column || column.generated !== null || column.isRetyped === true) return;
    const { type } = column;
    let next: TypeModel;
    if (typeof type !== 'string' && type.isArray) return;
    if (typeof type === 'string' && NUMBERS.includes(type)) next = random.pick(random.chance(0.7) ? NUMBERS : TEXTS);
    else if (typeof type === 'string' && TEXTS.includes(type)) {
      const one: TypeModel[] = model.enums.map((each) => ({ enum: each, isArray: false }));
      next = random.pick<TypeModel>([...TEXTS, ...NUMBERS, 'boolean', 'uuid', ...one]);
    } else next = random.pick(TEXTS);
    // Arrays, documents and ranges have casts to text, too; from text they are read as they were written.
    column.type = next;
    column.isRetyped = true;
    const others = model.tables.flatMap(({ constraints }) =>
      constraints.flatMap((each) =>
        each.kind === 'foreignKey' && each.key.columns.includes(column) ? [each.columns[each.key.columns.indexOf(column)]!] : [],
      ),
    );
    this.#fill(model, column);
    if (table.partitioning !== null) column.identity = null;
    for (const other of others) {
      if (typeof other.type !== typeof next && random.chance(0.5)) continue;
      if (model.tables.some(({ partitioning }) => partitioning?.column === other) || other.generated !== null) continue;
      if (other.isRetyped === true) continue;
      other.type = next;
      other.isRetyped = true;
      this.#fill(model, other);
      other.identity = null;
      other.collation = column.collation;
    }
  }

  #regenerate(table: TableModel, column: ColumnModel): void {
    const random = this.#random;
    const what = random.below(3);
    if (what === 0) column.generated = null;
    else if (what === 1) column.generated = { ...column.generated!, isStored: !column.generated!.isStored };
    else column.generated = { ...column.generated!, template: random.pick(generatedTemplatesOf('integer')) };
    if (column.generated === null && table.partitioning?.column === column) throw new Error('a generated column is a partition key');
  }

  #changeColumn(model: SchemaModel, table: TableModel, column: ColumnModel): void {
    const random = this.#random;
    const what = random.below(3);
    if (what === 0) column.comment = random.pick(COMMENTS);
    else if (what === 1 && column.identity === null) {
      column.isNotNull = !column.isNotNull;
      column.isNotNullValid = !column.isNotNull || table.partitioning !== null || column.generated !== null || !random.chance(0.2);
      column.isNoInherit = column.isNotNull && table.partitioning === null && random.chance(0.1);
    } else if (column.generated === null) {
      const { collation } = column;
      this.#fill(model, column);
      column.collation = collation;
      if (table.partitioning !== null) column.identity = null;
    }
  }

  #changeConstraint(table: TableModel, constraint: ConstraintModel): void {
    const random = this.#random;
    const what = random.below(4);
    if (what === 0) table.constraints.splice(table.constraints.indexOf(constraint), 1);
    else if (what === 1) constraint.name = `${this.#name()}_c`;
    else if (what === 2) constraint.comment = random.pick(COMMENTS);
    else if (constraint.kind === 'foreignKey') {
      constraint.onDelete = random.pick(ACTIONS);
      constraint.isDeferrable = random.chance(0.5);
      if (table.partitioning === null && constraint.target.partitioning === null) {
        constraint.isEnforced = random.chance(0.8);
        constraint.isValidated = random.chance(0.8);
      }
    } else if (constraint.kind === 'check') {
      constraint.expression = this.#expression(table)!;
      constraint.isValidated = random.chance(0.8);
    } else if (constraint.kind === 'unique') constraint.isNullsNotDistinct = !constraint.isNullsNotDistinct;
  }

  #changeIndex(table: TableModel, index: IndexModel): void {
    const random = this.#random;
    const what = random.below(4);
    if (what === 0) table.indexes.splice(table.indexes.indexOf(index), 1);
    else if (what === 1) index.name = `${this.#name()}_i`;
    else if (what === 2) {
      index.comment = random.pick(COMMENTS);
      index.storageParams = random.pick([{}, { fillfactor: '50' }]);
    } else {
      // Another structure under the name it has.
      const [other] = this.#index(table);
      if (other !== undefined) Object.assign(index, other, { name: index.name, number: index.number });
    }
  }

  #changePolicies(table: TableModel): void {
    const random = this.#random;
    if (table.policies.length === 0 || random.chance(0.4)) {
      table.policies.push(this.#policy(table));
      return;
    }
    const policy = random.pick(table.policies);
    if (random.chance(0.3)) table.policies.splice(table.policies.indexOf(policy), 1);
    else Object.assign(policy, this.#policy(table), { name: policy.name, number: policy.number });
  }

  #changeProperties(table: TableModel): void {
    const random = this.#random;
    table.comment = random.pick(COMMENTS);
    table.grants = this.#grants();
    table.isRowSecurityEnabled = random.chance(0.5);
    table.isRowSecurityForced = random.chance(0.3);
    table.storageParams = random.pick([{}, { fillfactor: '60' }, { autovacuum_enabled: 'false' }]);
    if (table.partitioning !== null && table.partitioning.strategy !== 'hash') table.partitioning.count = random.below(4);
    if (table.partitioning !== null && random.chance(0.3)) table.partitioning.prefix = this.#name();
    const isReferred = table.constraints.some(({ kind }) => kind === 'foreignKey');
    if (table.partitioning === null && !isReferred && random.chance(0.1)) table.isUnlogged = !table.isUnlogged;
  }
}

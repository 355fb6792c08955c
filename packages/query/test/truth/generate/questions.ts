// Random questions. What cannot be answered exactly here, or has no one answer in SQL (the order of equal rows, which error comes first), is not asked.

import { COMBINERS, type Combination, type Grouping, type Key, type Question, type Rows, type Tail, type Term } from '../term.ts';
import type { TypeName } from '../value.ts';
import type { Column } from '../world.ts';
import { corners, distinctTerms, hasOwnColumn, isConstant, isIn, LISTS, NUMBERS, sizeOf, SORTABLE, type Place } from './place.ts';
import { Windows } from './windows.ts';

export class Generating extends Windows {
  question(): Question {
    const choices = this.choices,
      table = choices.below(this.world.tables.length);
    const depth = choices.one([2, 1, 3]);
    const place: Place = { tables: [table], depth };
    const kind = choices.one(['rows', 'select', 'group', 'annotate', 'aggregate', 'write', 'combine'] as const);
    const base = this.rows(table, { tables: [], depth });
    switch (kind) {
      case 'rows':
        return { ...this.arranged(base, place), kind };
      case 'select':
        return this.select(base, place);
      case 'group':
        return this.group(base, place);
      case 'write':
        return this.write(base, place);
      case 'combine':
        return this.combine(base, depth);
      case 'annotate':
        return this.annotate(choices.chance(50) ? base : this.arranged(base, place), place);
      case 'aggregate': {
        const isSingle = choices.chance(30);
        const terms = Array.from({ length: isSingle ? 1 : 1 + choices.below(4) }, () => this.ofGroup(place, []));
        return { ...(choices.chance(60) ? base : this.arranged(base, place)), kind, terms, isSingle };
      }
    }
  }

  protected combine(base: Rows, depth: number): Question {
    const choices = this.choices,
      count = 2 + choices.below(2),
      operator = choices.one(COMBINERS);
    const { columns, hasKey } = this.world.tables[base.table]!;
    const armOf = (rows: Rows): Rows =>
      choices.chance(30) ? { ...this.arranged(rows, { tables: [rows.table], depth }), distinct: 'none' } : rows;
    const first = armOf(base);
    if (choices.chance(40)) {
      const others = Array.from({ length: count - 1 }, () => armOf(this.rows(base.table, { tables: [], depth })));
      const arms = [first, ...others].map((rows) => ({ ...rows, kind: 'rows' as const }));
      const named = columns.filter(({ type }) => !LISTS.has(type));
      const isTotal = hasKey || named.length === columns.length;
      return {
        ...base,
        kind: 'combine',
        operator,
        arms,
        tail: this.combinedTail(isTotal ? [...(hasKey ? named.toReversed() : named)] : []),
      };
    }
    // Every arm has the same types; which tables they come from does not matter. Sums of bigints are numeric.
    const tables = [
      first,
      ...Array.from({ length: count - 1 }, () => armOf(this.rows(choices.below(this.world.tables.length), { tables: [], depth }))),
    ];
    const shared = [...SORTABLE, 'texts' as const, 'ints' as const].filter((type) =>
      tables.every(({ table }) => this.types({ tables: [table], depth }, [type]).length > 0),
    );
    const types = Array.from({ length: 1 + choices.below(3) }, () => choices.one<TypeName>(shared.length === 0 ? ['int'] : shared));
    const isTuple = choices.chance(30);
    const arms = tables.map((rows) => ({
      ...rows,
      kind: 'select' as const,
      isTuple,
      terms: types.map((type) => this.term(type, { tables: [rows.table], depth: type === 'big' ? 0 : Math.min(depth, 2) })),
    }));
    const outputs = types.map((type, at) => ({ name: isTuple ? String(at) : `v${at}`, type }));
    return { ...base, kind: 'combine', operator, arms, tail: this.combinedTail(types.some((type) => LISTS.has(type)) ? [] : outputs) };
  }
  /** In an order that tells all rows apart, or in none. */
  protected combinedTail(outputs: readonly { readonly name: string; readonly type: TypeName }[]): Combination['tail'] {
    if (outputs.length === 0 || this.choices.chance(40)) return { orderBy: [], limit: undefined, offset: undefined };
    const orderBy = outputs.map(({ name, type }) => ({
      name,
      type,
      direction: this.choices.one(['asc', 'desc'] as const),
      nulls: this.choices.one([undefined, undefined, 'first', 'last'] as const),
    }));
    return { orderBy, ...this.page() };
  }

  protected write(base: Rows, place: Place): Question {
    const choices = this.choices,
      table = this.world.tables[base.table]!;
    const terminal = choices.one(['execute', 'returning', 'shape', 'pairs'] as const);
    const list = (depth: number): Term[] =>
      Array.from({ length: 1 + choices.below(2) }, () =>
        this.term(choices.one(this.types(place, [...SORTABLE, 'texts', 'ints'])), { ...place, depth }),
      );
    // What the row has become may be anything that its columns hold.
    const facts = { terminal, terms: terminal === 'shape' ? list(0) : [], oldTerms: terminal === 'shape' ? list(place.depth) : [] };
    if (choices.chance(30)) return { ...base, kind: 'write', assignments: null, isPlain: false, ...facts };
    const isPlain = choices.chance(30);
    const columns = table.columns.filter(({ name }) => name !== 'id').filter((_, at) => at === 0 || choices.chance(40));
    const assignments = columns.flatMap((column) => {
      const to = isPlain ? this.newValue(column) : this.assigned(column, place);
      return to === null ? [] : [{ name: column.name, to }];
    });
    if (assignments.length === 0) return { ...base, kind: 'write', assignments: null, isPlain: false, ...facts };
    return { ...base, kind: 'write', assignments, isPlain, ...facts };
  }
  protected newValue({ type, isNullable }: Column): Term {
    return isNullable && this.choices.chance(25) ? this.made('nothing', type, [], { isRequired: false }) : this.given('plain', type);
  }
  /** An expression that the column can hold. */
  protected assigned(column: Column, place: Place): Term | null {
    const { type, isNullable } = column;
    if (this.choices.chance(25)) return this.newValue(column);
    const to = this.term(type, place);
    if (!isNullable && !to.isRequired) return null;
    if (to.op === 'column' || to.op === 'literal' || !NUMBERS.includes(type) || type === 'double') return to;
    return to.bounds === null || !isIn(type, to.bounds) || (type === 'dec' && sizeOf(to.bounds) > 1e9) ? null : to;
  }

  /** Rows in an order, perhaps some of them. */
  protected arranged(base: Rows, place: Place): Rows {
    const choices = this.choices,
      table = this.world.tables[base.table]!;
    const kind = choices.below(4);
    if (kind === 0) return base;
    const isListed = table.columns.every(({ type }) => !LISTS.has(type));
    if (kind === 1) {
      const types = this.types(place, SORTABLE);
      const on = Array.from({ length: 1 + choices.below(2) }, () => this.term(choices.one(types), { ...place, depth: 1 })).filter(
        (by) => !isConstant(by),
      );
      if (on.length > 0)
        return {
          ...base,
          distinct: on,
          orderBy: this.totalOrder(
            place,
            on.map((by) => this.keyOf(by)),
          ),
          ...this.page(),
        };
    }
    return {
      ...base,
      distinct: kind === 2 && (table.hasKey || isListed) ? 'all' : 'none',
      orderBy: this.columnOrder(place, kind === 2),
      ...this.page(),
    };
  }
  /** DISTINCT is sorted by columns only. */
  protected columnOrder(place: Place, isDistinct: boolean): Key[] {
    const first = isDistinct && this.choices.chance(50) ? this.looseOrder(place) : [];
    return this.totalOrder(isDistinct ? { ...place, depth: 0, isOwn: true } : place, first).filter(
      ({ by }) => !isDistinct || by.op === 'column',
    );
  }

  protected select(base: Rows, place: Place): Question {
    const choices = this.choices,
      isTuple = choices.chance(30);
    const terms = Array.from({ length: 1 + choices.below(4) }, () => {
      const types = this.types(place, [...SORTABLE, 'texts', 'ints']);
      const type = choices.chance(20) ? choices.one(['bool', 'text', 'double', 'int'] as const) : choices.one(types);
      return this.term(type, place);
    });
    if (!choices.chance(35)) {
      const arranged = this.arranged(base, place);
      return { ...arranged, distinct: arranged.distinct === 'all' ? 'none' : arranged.distinct, kind: 'select', terms, isTuple };
    }
    const isSortable = terms.every((term) => !LISTS.has(term.type) && !isConstant(term));
    return {
      ...base,
      kind: 'select',
      terms,
      isTuple,
      distinct: 'all',
      ...(isSortable && choices.chance(60) ? { orderBy: terms.map((by) => this.keyOf(by)), ...this.page() } : {}),
    };
  }

  /** Something of a group: an aggregate, a key, or what is made of them. */
  protected ofGroup(place: Place, keys: readonly Term[], isPlain = true): Term {
    const choices = this.choices;
    const key = choices.below(Math.max(keys.length * 3, 1));
    const base =
      key < keys.length && (isPlain || keys[key]!.op === 'column') && choices.chance(30)
        ? this.outputTerm('key', key, keys[key]!)
        : this.aggregate(place, false);
    return this.wrapped(base);
  }
  protected outputTerm(op: 'key' | 'output', at: number, of: Term): Term {
    return { ...this.made(op, of.type, [], { values: [at], bounds: of.bounds, isExact: of.isExact }), isRequired: false };
  }
  protected wrapped(base: Term): Term {
    const choices = this.choices,
      { type } = base;
    if (LISTS.has(type) || type === 'enum' || choices.chance(65)) return base;
    const plain = (of: TypeName): Term => this.given('plain', of);
    switch (choices.below(3)) {
      case 0:
        return this.made('coalesce', type, [base, plain(type)], { isExact: false, isRequired: true });
      case 1:
        return type === 'bool' ? base : this.compared(base, plain);
      default: {
        const other = this.given('plain', type, true);
        const bounds =
          base.bounds === null || other.bounds === null || !NUMBERS.includes(type)
            ? null
            : corners(base.bounds, other.bounds, (a, b) => a + b);
        return bounds === null || !isIn(type, bounds) ? base : this.made('add', type, [base, other], { bounds, isExact: false });
      }
    }
  }

  protected conditionOn(terms: readonly Term[], isOpen: (at: number) => boolean = () => true): Term | null {
    const candidates = terms
      .map((term, at) => this.outputTerm('output', at, term))
      .filter(({ type }, at) => !LISTS.has(type) && isOpen(at));
    if (candidates.length === 0) return null;
    const one = this.choices.one(candidates);
    if (one.type === 'bool' && this.choices.chance(50)) return one;
    return this.choices.chance(15)
      ? this.made('isNotNull', 'bool', [one], { isRequired: true })
      : this.compared(one, (type) => this.given('plain', type));
  }

  protected group(base: Rows, place: Place): Question {
    const choices = this.choices;
    const grouping = choices.one<Grouping>(['groupBy', 'groupBy', 'rollup', 'cube', 'groupingSets']);
    // Two keys of one expression are one key, in SQL.
    const keys = distinctTerms(
      Array.from({ length: 1 + choices.below(3) }, () =>
        this.term(choices.one(this.types(place, [...SORTABLE, 'texts', 'ints'])), { ...place, depth: choices.one([0, 0, 1, 2]) }),
      ),
    ).filter((key) => grouping === 'groupBy' || hasOwnColumn(key));
    // What does not depend on the row is no key of a total, in SQL: it is itself wherever else it stands.
    if (keys.length === 0) keys.push(this.columnTerm(choices.one(this.columns(choices.one(this.types(place, SORTABLE)), place))));
    const all = keys.map((_, at) => at),
      isPlain = grouping === 'groupBy';
    const sets =
      grouping === 'groupingSets' ? [all, ...Array.from({ length: choices.below(3) }, () => all.filter(() => choices.chance(50)))] : [];
    const terms = Array.from({ length: choices.below(4) }, () => this.ofGroup(place, keys, isPlain));
    if (grouping !== 'groupBy') terms.push(this.made('grouping', 'int', [], { isRequired: true, bounds: { low: 0, high: 7 } }));
    const outputs = [...keys, ...terms];
    // What the planner finds to be constant is no key of a total any more, outside of the list of outputs: only columns are safe from that.
    const having = choices.chance(35) ? this.conditionOn(outputs, (at) => isPlain || at >= keys.length || keys[at]!.op === 'column') : null;
    const isSortable = keys.every(({ type }) => !LISTS.has(type)) && !keys.every(isConstant);
    const orderBy = isSortable && choices.chance(60) ? this.groupOrder(outputs, keys.length, grouping) : [];
    return {
      ...base,
      kind: 'group',
      grouping,
      sets,
      keys,
      terms,
      having,
      tail: orderBy.length === 0 ? UNPAGED : { orderBy, ...this.page() },
    };
  }
  /** Perhaps by something else first, and by all keys, which are null in totals. */
  protected groupOrder(outputs: readonly Term[], keys: number, grouping: Grouping): Key[] {
    const first = this.choices.chance(50) ? [this.choices.below(outputs.length)].filter((at) => !LISTS.has(outputs[at]!.type)) : [];
    const places = [...first, ...Array.from({ length: keys }, (_, at) => at), ...(grouping === 'groupBy' ? [] : [outputs.length - 1])];
    const isFixed = (term: Term): boolean => isConstant(term) || (term.op === 'key' && isConstant(outputs[term.values![0] as number]!));
    return places.filter((at) => !isFixed(outputs[at]!)).map((at) => this.keyOf(this.outputTerm('output', at, outputs[at]!)));
  }

  protected annotate(base: Rows, place: Place): Question {
    const choices = this.choices;
    const terms = Array.from({ length: 1 + choices.below(3) }, () =>
      choices.chance(70)
        ? this.windowed(place)
        : choices.chance(50)
          ? this.aggregate(place, true)
          : this.term(choices.one(this.types(place, SORTABLE)), place),
    );
    const condition = choices.chance(40) ? this.conditionOn(terms) : null;
    const sortable = terms
      .map((term, at) => this.outputTerm('output', at, term))
      .filter(({ type }, at) => !LISTS.has(type) && !isConstant(terms[at]!));
    const orderBy = choices.chance(50)
      ? this.totalOrder({ ...place, depth: 1 }, sortable.length > 0 && choices.chance(60) ? [this.keyOf(choices.one(sortable))] : [])
      : [];
    return {
      ...base,
      kind: 'annotate',
      terms,
      qualify: condition === null ? [] : [condition],
      tail: orderBy.length === 0 ? UNPAGED : { orderBy, ...this.page() },
    };
  }
}

const UNPAGED: Tail = { orderBy: [], limit: undefined, offset: undefined };

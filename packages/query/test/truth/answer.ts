// The independent answer: loops over the rows, with SQL's rules written out. It shares nothing with the packages.

import { COMPARISONS, conjunction, disjunction, negation, OPERATIONS } from './operations.ts';
import type { AggregateTerm, Combination, FrameEnd, Grouping, Key, Question, Rows, Term, WindowTerm } from './term.ts';
import { decimalOf, DECIMALS, doubleOf, isEqual, keyOf, placed, TYPES, type Dec, type TypeName, type Value } from './value.ts';
import type { Row, World } from './world.ts';

/** A query while it is answered: the row it looks at, and what aggregates and windows see. */
export interface Scope {
  readonly row: Row;
  /** The rows of which aggregates are. */
  readonly group?: readonly Row[];
  /** What a window may see: all rows beside which something is annotated. */
  readonly all?: readonly Row[];
  readonly keys?: readonly Value[];
  /** For each key, whether the row is a total over it. */
  readonly isTotal?: readonly boolean[];
  readonly outputs?: readonly Value[];
}
export type Scopes = readonly Scope[];

export class Answering {
  readonly #world: World;
  constructor(world: World) {
    this.#world = world;
  }

  value(term: Term, scopes: Scopes): Value {
    const scope = scopes.at(-1)!;
    switch (term.op) {
      case 'column':
        return scopes[scopes.length - 1 - term.column!.at]!.row[term.column!.name]!;
      case 'output':
        return scope.outputs![term.values![0] as number]!;
      case 'key':
        return scope.keys![term.values![0] as number]!;
      case 'grouping':
        return scope.isTotal!.reduce((bits, isTotal) => bits * 2 + Number(isTotal), 0);
      case 'exists':
        return this.rows(term.rows!, scopes).length > 0;
      case 'inRows':
        return this.#among(term, scopes);
      case 'notInRows':
        return negation(this.#among(term, scopes));
      case 'anyOf':
      case 'allOf':
        return this.#quantified(term, scopes);
      case 'scalar': {
        const [row] = this.rows(term.rows!, scopes);
        return row === undefined ? null : this.value(term.args[0]!, [...scopes, { row }]);
      }
      case 'total':
        return this.value(term.args[0]!, [...scopes, { row: {}, group: this.rows(term.rows!, scopes) }]);
      case 'aggregate':
        return this.#aggregate(term, scopes, term.window === undefined ? (scope.group ?? scope.all!) : this.#frame(term.window, scopes));
      case 'windowed':
        return this.#windowed(term, scopes);
      default: {
        const operation = OPERATIONS[term.op]!,
          args = term.args.map((arg) => this.value(arg, scopes));
        return operation.takesNulls !== true && args.includes(null) ? null : operation.answer(args, term);
      }
    }
  }

  isTrue(term: Term, scopes: Scopes): boolean {
    return this.value(term, scopes) === true;
  }

  #among({ args: [subject, column], rows }: Term, scopes: Scopes): boolean | null {
    const wanted = this.value(subject!, scopes);
    return disjunction(
      this.rows(rows!, scopes).map((row) => {
        const found = this.value(column!, [...scopes, { row }]);
        return wanted === null || found === null ? null : isEqual(subject!.type, wanted, found);
      }),
    );
  }

  #quantified({ op, args: [subject, column], rows, values }: Term, scopes: Scopes): boolean | null {
    const left = this.value(subject!, scopes);
    const truths = this.rows(rows!, scopes).map((row) => {
      const right = this.value(column!, [...scopes, { row }]);
      return left === null || right === null ? null : COMPARISONS[values![0] as string]!(TYPES[subject!.type].compare(left, right));
    });
    return op === 'anyOf' ? disjunction(truths) : conjunction(truths);
  }

  /** The rows that a set keeps, in its order. */
  rows({ table, where, orderBy, distinct, limit, offset = 0 }: Rows, around: Scopes = []): readonly Row[] {
    let rows = this.#world.tables[table]!.rows.filter((row) =>
      where.every(({ isExcluded, terms }) => terms.every((term) => this.value(term, [...around, { row }]) === !isExcluded)),
    );
    rows = this.sorted(rows, orderBy, (row) => [...around, { row }]);
    if (distinct !== 'none') {
      const { columns } = this.#world.tables[table]!;
      const kindOf = (row: Row): string =>
        distinct === 'all'
          ? columns.map(({ name, type }) => keyOf(type, row[name]!)).join(' ')
          : distinct.map((term) => keyOf(term.type, this.value(term, [...around, { row }]))).join(' ');
      rows = [...Map.groupBy(rows, kindOf).values()].map(([first]) => first!);
    }
    return rows.slice(offset, limit === undefined ? undefined : offset + limit);
  }

  sorted<Item>(items: readonly Item[], keys: readonly Key[], scopesOf: (item: Item) => Scopes): Item[] {
    const withKeys = items.map((item) => ({ item, values: keys.map(({ by }) => this.value(by, scopesOf(item))) }));
    return withKeys.sort((left, right) => this.#placing(keys, left.values, right.values)).map(({ item }) => item);
  }
  #placing(keys: readonly Key[], left: readonly Value[], right: readonly Value[]): number {
    for (const [at, key] of keys.entries()) {
      const sign = placed(key.by.type, left[at]!, right[at]!, key);
      if (sign !== 0) return sign;
    }
    return 0;
  }

  /** An aggregate over rows: of the group, or of a frame. */
  #aggregate(term: Term, scopes: Scopes, rows: readonly Row[]): Value {
    const { filter, orderBy, isDistinct, name } = term.aggregate!,
      outer = scopes.slice(0, -1);
    const within = (row: Row): Scopes => [...outer, { row }];
    let kept = rows.filter((row) => filter === null || this.isTrue(filter, within(row)));
    kept = this.sorted(kept, orderBy, within);
    if (name === 'countAll') return kept.length;
    const [of, ...more] = term.args;
    const values = kept.map((row) => this.value(of!, within(row)));
    if (name === 'arrayAgg') return kept.length === 0 ? null : isDistinct ? distinctOf(of!.type, values) : values;
    if (name === 'regrCount') return kept.filter((row, at) => values[at] !== null && this.value(more[0]!, within(row)) !== null).length;
    if (name.endsWith('Of')) return hypothetical(name, of!.type, values, term);
    const present = values.filter((value) => value !== null);
    return aggregated(name, of!.type, isDistinct ? distinctOf(of!.type, present) : present, term);
  }

  #partition(
    { partitionBy, orderBy }: WindowTerm,
    scopes: Scopes,
  ): { rows: readonly Row[]; at: number; groups: readonly number[]; keys: readonly Value[][] } {
    const outer = scopes.slice(0, -1),
      { row: current, all } = scopes.at(-1)!;
    const within = (row: Row): Scopes => [...outer, { row, all: all! }];
    const partOf = (row: Row): string => partitionBy.map((term) => keyOf(term.type, this.value(term, within(row)))).join(' ');
    const part = partOf(current);
    const rows = this.sorted(
      all!.filter((row) => partOf(row) === part),
      orderBy,
      within,
    );
    const keys = rows.map((row) => orderBy.map(({ by }) => this.value(by, within(row))));
    let group = 0;
    const groups = keys.map((key, at) => (at > 0 && this.#placing(orderBy, keys[at - 1]!, key) !== 0 ? ++group : group));
    return { rows, at: rows.indexOf(current), groups, keys };
  }

  /** The rows that a function over the window sees. */
  #frame(window: WindowTerm, scopes: Scopes): readonly Row[] {
    const { rows, at, groups, keys } = this.#partition(window, scopes);
    const { unit, from, to, exclude } =
      window.frame ??
      ({
        unit: 'range',
        from: 'unbounded',
        to: 'current',
      } as const);
    const [order] = window.orderBy;
    /** Where the other row is, seen from the current one: negative before it. */
    const distance = (other: number): number => {
      if (unit === 'rows') return other - at;
      if (unit === 'groups' || order === undefined) return groups[other]! - groups[at]!;
      const [mine] = keys[at]!,
        [theirs] = keys[other]!;
      if (mine === null || theirs === null) return mine === theirs ? 0 : other < at ? -Infinity : Infinity;
      const difference =
        order.by.type === 'dec' ? doubleOf(DECIMALS.sub(theirs as Dec, mine as Dec)) : Number((theirs as bigint) - (mine as bigint));
      return order.direction === 'asc' ? difference : -difference;
    };
    const isOffset = typeof from === 'number' || typeof to === 'number';
    const place = (other: number): number => (unit === 'range' && !isOffset ? groups[other]! - groups[at]! : distance(other));
    const endOf = (end: FrameEnd, unbounded: number): number => (end === 'unbounded' ? unbounded : end === 'current' ? 0 : end);
    /** Nulls are infinitely far from all values, and no offset leads away from them. */
    const areNulls = (other: number): boolean => unit === 'range' && isOffset && keys[at]![0] === null && keys[other]![0] === null;
    return rows.filter((_, other) => {
      const isInside =
        areNulls(other) ||
        ((from === 'unbounded' || place(other) >= endOf(from, -Infinity)) && (to === 'unbounded' || place(other) <= endOf(to, Infinity)));
      if (!isInside) return false;
      const isPeer = groups[other] === groups[at];
      return !(
        (exclude === 'currentRow' && other === at) ||
        (exclude === 'group' && isPeer) ||
        (exclude === 'ties' && isPeer && other !== at)
      );
    });
  }

  #windowed(term: Term, scopes: Scopes): Value {
    const { rows, at, groups } = this.#partition(term.window!, scopes),
      outer = scopes.slice(0, -1);
    const { name } = term.aggregate!,
      [count = 1] = (term.values ?? []) as [number?],
      [of, fallback] = term.args;
    const valueAt = (row: Row | undefined): Value => (row === undefined ? null : this.value(of!, [...outer, { row }]));
    const before = groups.findIndex((group) => group === groups[at]),
      upTo = groups.lastIndexOf(groups[at]!) + 1;
    switch (name) {
      case 'rowNumber':
        return at + 1;
      case 'rank':
        return before + 1;
      case 'denseRank':
        return groups[at]! + 1;
      case 'percentRank':
        return rows.length === 1 ? 0 : before / (rows.length - 1);
      case 'cumeDist':
        return upTo / rows.length;
      case 'ntile': {
        const size = Math.floor(rows.length / count),
          larger = rows.length % count;
        return at < larger * (size + 1) ? Math.floor(at / (size + 1)) + 1 : Math.floor((at - larger) / size) + 1;
      }
      case 'lag':
      case 'lead': {
        const other = rows[name === 'lag' ? at - count : at + count];
        return other === undefined && fallback !== undefined ? this.value(fallback, scopes) : valueAt(other);
      }
      case 'firstValue':
        return valueAt(this.#frame(term.window!, scopes)[0]);
      case 'lastValue':
        return valueAt(this.#frame(term.window!, scopes).at(-1));
      default:
        return valueAt(this.#frame(term.window!, scopes)[count - 1]);
    }
  }

  /** What a question gives: rows of values, or rows of the table with values beside them. */
  question(question: Question): readonly Answered[] {
    if (question.kind === 'combine') return this.#combined(question);
    const rows = this.rows(
      question.kind === 'select' && question.distinct === 'all'
        ? { ...question, distinct: 'none', limit: undefined, offset: undefined }
        : question,
    );
    switch (question.kind) {
      case 'write':
      case 'rows':
        return rows.map((row) => ({ row, values: [] }));
      case 'select': {
        const chosen = rows.map((row) => question.terms.map((term) => this.value(term, [{ row, all: rows }])));
        if (question.distinct !== 'all') return chosen.map((values) => ({ row: null, values }));
        const { offset = 0, limit } = question;
        const kinds = [...Map.groupBy(chosen, (values) => keyOfAll(question.terms, values)).values()].map(([first]) => first!);
        return kinds.slice(offset, limit === undefined ? undefined : offset + limit).map((values) => ({ row: null, values }));
      }
      case 'annotate': {
        const all = rows.map((row) => ({ row, outputs: question.terms.map((term) => this.value(term, [{ row, all: rows }])) }));
        const qualified = all.filter((scope) => question.qualify.every((term) => this.isTrue(term, [scope])));
        return paged(
          this.sorted(qualified, [...question.orderBy, ...question.tail.orderBy], (scope) => [scope]),
          question.tail,
        ).map(({ row, outputs }) => ({ row, values: outputs }));
      }
      case 'group': {
        const groups = this.#groups(question, rows).map((scope) => {
          const outputs = [...scope.keys!, ...question.terms.map((term) => this.value(term, [scope]))];
          return { ...scope, outputs };
        });
        const kept = groups.filter((scope) => question.having === null || this.isTrue(question.having, [scope]));
        return paged(
          this.sorted(kept, question.tail.orderBy, (scope) => [scope]),
          question.tail,
        ).map(({ outputs }) => ({ row: null, values: outputs }));
      }
      case 'aggregate':
        return [{ row: null, values: question.terms.map((term) => this.value(term, [{ row: {}, group: rows }])) }];
    }
  }

  #combined({ operator, arms, tail, table }: Question & { kind: 'combine' }): readonly Answered[] {
    const { columns } = this.#world.tables[table]!,
      [kind] = arms;
    const keyOfRow = ({ row, values }: Answered): string =>
      row === null
        ? keyOfAll((kind as Question & { kind: 'select' }).terms, values)
        : columns.map(({ name, type }) => keyOf(type, row[name]!)).join(' | ');
    const [first, ...others] = arms.map((arm) => this.question(arm));
    const rows = others.reduce((left, right) => together(operator, left, right, keyOfRow), first!);
    const valueOf = ({ row, values }: Answered, name: string): Value =>
      row === null ? values[Number(name.replace('v', ''))]! : row[name]!;
    const sorted = rows.toSorted((left, right) => {
      for (const { name, type, ...placing } of tail.orderBy) {
        const sign = placed(type, valueOf(left, name), valueOf(right, name), placing);
        if (sign !== 0) return sign;
      }
      return 0;
    });
    return paged(sorted, tail);
  }

  /** The table as it is after a write, and each written row before and after it. */
  written(question: Question & { kind: 'write' }): {
    readonly table: readonly Row[];
    readonly pairs: readonly { readonly old: Row; readonly new: Row | null }[];
  } {
    const { columns, rows } = this.#world.tables[question.table]!,
      { assignments } = question;
    const pairs = this.rows(question).map((old) => {
      if (assignments === null) return { old, new: null };
      const values = assignments.map(({ name, to }) => [
        name,
        stored(columns.find((column) => column.name === name)!.type, this.value(to, [{ row: old }])),
      ]);
      return { old, new: { ...old, ...(Object.fromEntries(values) as Row) } };
    });
    const byOld = new Map(pairs.map((pair) => [pair.old, pair.new]));
    return { pairs, table: rows.map((row) => (byOld.has(row) ? byOld.get(row)! : row)).filter((row) => row !== null) };
  }

  #groups({ grouping, sets, keys }: Question & { kind: 'group' }, rows: readonly Row[]): Scope[] {
    return setsOf(grouping, keys.length, sets).flatMap((set) => {
      const isTotal = keys.map((_, at) => !set.includes(at));
      const keyed = rows.map((row) => ({ row, values: keys.map((key, at) => (isTotal[at] ? null : this.value(key, [{ row }]))) }));
      const groups = [...Map.groupBy(keyed, ({ values }) => keyOfAll(keys, values)).values()];
      // All rows are one group even when there are none.
      if (set.length === 0 && groups.length === 0) return [{ row: {}, group: [], keys: keys.map(() => null), isTotal }];
      return groups.map((group) => ({ row: {}, group: group.map(({ row }) => row), keys: group[0]!.values, isTotal }));
    });
  }
}

export interface Answered {
  readonly row: Row | null;
  readonly values: readonly Value[];
}

/** Two lists of rows as one, each row as often as the operator has it. */
function together(
  operator: Combination['operator'],
  left: readonly Answered[],
  right: readonly Answered[],
  keyOfRow: (row: Answered) => string,
): readonly Answered[] {
  const groups = Map.groupBy([...left.map((row) => ({ row, isLeft: true })), ...right.map((row) => ({ row, isLeft: false }))], ({ row }) =>
    keyOfRow(row),
  );
  return [...groups.values()].flatMap((group) => {
    const lefts = group.filter(({ isLeft }) => isLeft).length,
      rights = group.length - lefts;
    const count = {
      union: 1,
      unionAll: lefts + rights,
      intersect: Math.min(lefts, rights, 1),
      intersectAll: Math.min(lefts, rights),
      except: lefts > 0 && rights === 0 ? 1 : 0,
      exceptAll: Math.max(lefts - rights, 0),
    }[operator];
    return Array.from({ length: count }, () => group[0]!.row);
  });
}

/** As a column of two places keeps it. */
const stored = (type: TypeName, value: Value): Value => (type === 'dec' && value !== null ? DECIMALS.round(value as Dec, 2) : value);
const keyOfAll = (terms: readonly Term[], values: readonly Value[]): string =>
  terms.map(({ type }, at) => keyOf(type, values[at]!)).join(' | ');
const paged = <Item>(
  items: readonly Item[],
  { limit, offset = 0 }: { limit: number | undefined; offset: number | undefined },
): readonly Item[] => items.slice(offset, limit === undefined ? undefined : offset + limit);

/** The sets of keys, by position. */
function setsOf(grouping: Grouping, count: number, sets: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const all = [...Array(count).keys()];
  switch (grouping) {
    case 'groupBy':
      return [all];
    case 'rollup':
      return [...all.map((at) => all.slice(0, count - at)), []];
    case 'cube':
      return all.reduce<number[][]>((found, at) => found.concat(found.map((set) => [...set, at])), [[]]);
    case 'groupingSets':
      return sets;
  }
}

/** Each value once, in the order in which they came. */
const distinctOf = (type: TypeName, values: readonly Value[]): Value[] => [
  ...new Map(values.map((value) => [keyOf(type, value), value])).values(),
];

function added(type: TypeName, values: readonly Value[]): Value {
  if (type === 'dec') return (values as Dec[]).reduce(DECIMALS.add);
  if (type === 'big') return (values as bigint[]).reduce((sum, value) => sum + value);
  return (values as number[]).reduce((sum, value) => sum + value);
}
const integers = (values: readonly Value[]): bigint[] => (values as (number | bigint)[]).map(BigInt);
const backTo = (type: TypeName, integer: bigint): Value => (type === 'big' ? integer : Number(integer));

function aggregated(name: AggregateTerm['name'], type: TypeName, values: readonly Value[], term: Term): Value {
  const { compare } = TYPES[type];
  if (name === 'count') return values.length;
  const given = term.values?.[0],
    direction = name === 'mode' ? given : term.values?.[1];
  const sorted = values.toSorted((left, right) => compare(left, right) * (direction === 'desc' ? -1 : 1));
  if (values.length === 0) return null;
  switch (name) {
    case 'sum':
      return added(type, values);
    case 'avg': {
      if (type === 'double') return (added(type, values) as number) / values.length;
      const mean = meanOf(type, values);
      return type === 'dec' ? mean : doubleOf(mean);
    }
    case 'avgExact':
      return meanOf(type, values);
    case 'min':
      return values.reduce((best, value) => (compare(value, best) < 0 ? value : best));
    case 'max':
      return values.reduce((best, value) => (compare(value, best) > 0 ? value : best));
    case 'boolAnd':
      return !values.includes(false);
    case 'boolOr':
      return values.includes(true);
    case 'bitAnd':
      return backTo(
        type,
        integers(values).reduce((bits, value) => bits & value),
      );
    case 'bitOr':
      return backTo(
        type,
        integers(values).reduce((bits, value) => bits | value),
      );
    case 'bitXor':
      return backTo(
        type,
        integers(values).reduce((bits, value) => bits ^ value),
      );
    case 'stringAgg':
      return (values as string[]).join(given as string);
    case 'mode': {
      const byValue = [...Map.groupBy(sorted, (value) => keyOf(type, value)).values()];
      return byValue.reduce((best, same) => (same.length > best.length ? same : best))[0]!;
    }
    case 'percentileDisc':
      return sorted[Math.max(Math.ceil((given as number) * sorted.length) - 1, 0)]!;
    case 'percentileCont': {
      const doubles = sorted.map((value) => (type === 'dec' ? doubleOf(value as Dec) : Number(value))),
        place = (given as number) * (doubles.length - 1);
      const below = doubles[Math.floor(place)]!,
        above = doubles[Math.ceil(place)]!;
      return Math.floor(place) === Math.ceil(place) ? below : below + (place - Math.floor(place)) * (above - below);
    }
    default: {
      // Variances of integers: (n Σx² - (Σx)²) / (n (n - 1)), or / n².
      const numbers = integers(values),
        n = BigInt(numbers.length),
        isSample = name === 'variance';
      if (isSample && n === 1n) return null;
      const sum = numbers.reduce((all, number) => all + number, 0n),
        squares = numbers.reduce((all, number) => all + number * number, 0n);
      const dividend = n * squares - sum * sum;
      return dividend === 0n ? 0 : doubleOf(DECIMALS.div(decimalOf(dividend), decimalOf(n * (isSample ? n - 1n : n))));
    }
  }
}

const meanOf = (type: TypeName, values: readonly Value[]): Dec =>
  DECIMALS.div(
    type === 'dec' ? (added(type, values) as Dec) : decimalOf(integers(values).reduce((sum, value) => sum + value)),
    decimalOf(values.length),
  );

/** The place that a value would have among others, nulls with them. */
function hypothetical(name: string, type: TypeName, values: readonly Value[], { values: [of, direction] = [] }: Term): number {
  const sideOf = (value: Value): number => placed(type, value, of as Value, { direction: direction as 'asc' | 'desc', nulls: undefined });
  const before = values.filter((value) => sideOf(value) < 0);
  switch (name) {
    case 'rankOf':
      return before.length + 1;
    case 'denseRankOf':
      return distinctOf(type, before).length + 1;
    case 'percentRankOf':
      return values.length === 0 ? 0 : before.length / values.length;
    default:
      return (values.filter((value) => sideOf(value) <= 0).length + 1) / (values.length + 1);
  }
}

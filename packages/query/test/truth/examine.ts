// One question asked and answered twice, and the laws that its answers keep.

import { evaluate, not, portabilityProblem, type Context } from '@djogi/core';
import { query } from '../../src/index.ts';
import { Answering, type Answered } from './answer.ts';
import { Building } from './build.ts';
import { Choices, shrunk, type Choice } from './choices.ts';
import { Generating } from './generate/questions.ts';
import { partsOf, questionInWords, type Key, type Question, type Term } from './term.ts';
import { fromJs, keyOf, type TypeName } from './value.ts';
import { shownOwn, shownRow, type Table, type World } from './world.ts';

/** How a question was answered wrongly. */
export class Disagreement extends Error {
  readonly question: string;
  constructor(what: string, question: Question, facts: Readonly<Record<string, unknown>>) {
    super(
      `${what}\n  ${questionInWords(question)}\n${Object.entries(facts)
        .map(([name, fact]) => `  ${name}: ${typeof fact === 'string' ? fact : JSON.stringify(fact, null, 1)}`)
        .join('\n')}`,
    );
    this.name = 'Disagreement';
    this.question = questionInWords(question);
  }
}

export interface Examination {
  readonly kind: Question['kind'];
  /** Rows in the answer. */
  readonly size: number;
  readonly statements: number;
}

type Shown = readonly string[];
const inAnyOrder = (rows: Shown): Shown => rows.toSorted();
const areSame = (left: Shown, right: Shown): boolean => left.length === right.length && left.every((row, at) => row === right[at]);

export const questionOf = (world: World, choices: Choices): Question => new Generating(world, choices).question();

export class Examining {
  readonly #world: World;
  readonly #ctx: Context;
  readonly #answering: Answering;
  readonly #building: Building;

  constructor(world: World, ctx: Context) {
    this.#world = world;
    this.#ctx = ctx;
    this.#answering = new Answering(world);
    this.#building = new Building(world);
  }

  /** Asks the question of this seed. Throws a Disagreement, or what the packages threw. */
  async examine(choices: Choices): Promise<Examination> {
    const question = questionOf(this.#world, choices),
      law = choices.below(9);
    try {
      return await this.#examine(question, law, choices.taken);
    } catch (error) {
      if (error instanceof Disagreement) throw error;
      const { name, message, sqlState, cause, stack } = error as {
        name: string;
        message: string;
        sqlState?: string;
        cause?: Error;
        stack: string;
      };
      throw new Disagreement(`${name}: ${message} ${sqlState ?? ''}`, question, {
        cause: cause?.message ?? 'none',
        sql: this.#sqlOf(question),
        stack,
      });
    }
  }

  #sqlOf(question: Question): string {
    try {
      return this.#building.question(question).toSql().text as string;
    } catch (error) {
      return String(error);
    }
  }

  async #examine(question: Question, law: number, taken: readonly Choice[]): Promise<Examination> {
    const answered = this.#answering.question(question),
      table = this.#world.tables[question.table]!;
    const expected = answered.map((row) => shownAnswer(table, question, row));
    let statements = 1;
    if (question.kind === 'aggregate') {
      const set = this.#building.question(question),
        totals = this.#building.totals(question);
      const found = await set.aggregate(this.#ctx, totals);
      this.#agree('aggregate', question, [shownFound(table, question, found)], expected, () => set.toSql());
      if (law === 0) statements += await this.#emptyTotals(question, set, totals);
      return { kind: question.kind, size: 1, statements };
    }
    if (question.kind === 'write') return this.#write(question, law, taken);
    const set = this.#building.question(question);
    const isOrdered = orderOf(question) > 0;
    const arrange = isOrdered ? (rows: Shown): Shown => rows : inAnyOrder;
    const shown = (rows: readonly unknown[]): Shown => arrange(rows.map((row) => shownFound(table, question, row)));
    this.#agree('fetchAll', question, shown(await set.fetchAll(this.#ctx)), arrange(expected), () => set.toSql());
    switch (law) {
      case 0:
        this.#sameText(question, set, taken);
        return { kind: question.kind, size: expected.length, statements };
      case 1:
        this.#same('count', question, await set.count(this.#ctx), this.#counted(question), set);
        break;
      case 2:
        this.#same('exists', question, await set.exists(this.#ctx), expected.length > 0, set);
        break;
      case 3: {
        const first = await set.first(this.#ctx);
        const shownFirst = first === null ? null : shownFound(table, question, first);
        if (isOrdered || expected.length === 0) this.#same('first', question, shownFirst, expected[0] ?? null, set);
        else if (shownFirst === null || !expected.includes(shownFirst))
          throw new Disagreement('first', question, { found: shownFirst, expected });
        break;
      }
      case 4:
        this.#agree('stream', question, shown(await this.#streamed(set)), arrange(expected), () => set.toSql());
        statements += 3;
        break;
      case 8:
        statements += await this.#paged(question, table);
        break;
      case 5:
        statements += await this.#truths(question);
        break;
      case 6:
        await this.#divided(question, set, table);
        statements += 2;
        break;
      default:
        this.#evaluated(question, table);
        return { kind: question.kind, size: expected.length, statements };
    }
    return { kind: question.kind, size: expected.length, statements: statements + 1 };
  }

  /** A write is done, looked at and undone. */
  async #write(question: Question & { kind: 'write' }, law: number, taken: readonly Choice[]): Promise<Examination> {
    const write = this.#building.question(question),
      table = this.#world.tables[question.table]!;
    if (law === 0) this.#sameText(question, write, taken);
    const { table: after, pairs } = this.#answering.written(question);
    const agree = (what: string, found: Shown, expected: Shown): void =>
      this.#agree(what, question, inAnyOrder(found), inAnyOrder(expected), () => write.toSql());
    const shownOf = (row: object | null): string => (row === null ? 'nothing' : shownRow(table, row as Record<string, unknown>));
    const isUndone = new Error('undone');
    await this.#ctx
      .atomic(async (tx) => {
        switch (question.terminal) {
          case 'execute':
            this.#same('execute', question, await write.execute(tx), pairs.length, write);
            break;
          case 'returning':
            agree(
              'returning',
              (await write.returning(tx)).map(shownOf),
              pairs.map((pair) => shownOwn(table, pair.new ?? pair.old)),
            );
            break;
          case 'pairs':
            agree(
              'returningPairs',
              (await write.returningPairs(tx)).map(
                (pair: { old: object; new: object | null }) => `${shownOf(pair.old)} -> ${shownOf(pair.new)}`,
              ),
              pairs.map((pair) => `${shownOwn(table, pair.old)} -> ${pair.new === null ? 'nothing' : shownOwn(table, pair.new)}`),
            );
            break;
          case 'shape': {
            const terms = [...question.terms, ...question.oldTerms];
            agree(
              'returning of expressions',
              (await write.returning(tx, this.#building.returned(question))).map((row: any) =>
                terms.map(({ type }, at) => keyOf(type, fromJs(type, row[`v${at}`]))).join(' | '),
              ),
              pairs.map((pair) =>
                terms
                  .map((term, at) =>
                    keyOf(
                      term.type,
                      this.#answering.value(term, [{ row: at < question.terms.length ? (pair.new ?? pair.old) : pair.old }]),
                    ),
                  )
                  .join(' | '),
              ),
            );
            break;
          }
        }
        const left: object[] = await (query(table.model) as any).fetchAll(tx);
        agree(
          'the table after the write',
          left.map(shownOf),
          after.map((row) => shownOwn(table, row)),
        );
        throw isUndone;
      })
      .catch((error: unknown) => {
        if (error !== isUndone) throw error;
      });
    return { kind: 'write', size: pairs.length, statements: 4 };
  }

  #agree(what: string, question: Question, found: Shown, expected: Shown, sql: () => { text: string; values: readonly unknown[] }): void {
    if (areSame(found, expected)) return;
    throw new Disagreement(`${what} gives other rows`, question, { found, expected, ...sqlFacts(sql()) });
  }
  #same(what: string, question: Question, found: unknown, expected: unknown, set: any): void {
    if (found !== expected)
      throw new Disagreement(`${what} is wrong`, question, { found: String(found), expected: String(expected), ...sqlFacts(set.toSql()) });
  }

  /** What `count` promises: the rows whatever ordering, limit and offset. */
  #counted(question: Question): number {
    const unpaged = { limit: undefined, offset: undefined };
    // A limit before an annotation is another query's.
    if (question.kind === 'combine') return this.#answering.question({ ...question, tail: { ...question.tail, ...unpaged } }).length;
    if (question.kind === 'annotate' || question.kind === 'group')
      return this.#answering.question({ ...question, tail: { ...question.tail, ...unpaged } }).length;
    return this.#answering.question({ ...question, ...unpaged }).length;
  }

  async #streamed(set: any): Promise<unknown[]> {
    return this.#ctx.atomic(async (tx) => {
      const rows: unknown[] = [];
      for await (const row of set.stream(tx, { batchSize: 3 })) rows.push(row);
      return rows;
    });
  }

  /** One structure is one text. */
  #sameText(question: Question, set: any, taken: readonly Choice[]): void {
    const { text } = set.toSql();
    for (let seed = 0; seed < 3; seed++) {
      const other = questionOf(this.#world, Choices.withOtherValues(taken, seed));
      const found = this.#building.question(other).toSql().text as string;
      if (found !== text)
        throw new Disagreement('other values make another text', question, { other: questionInWords(other), text, found });
    }
  }

  /** A predicate divides all rows into those where it is true, false and unknown; `exclude` keeps the false ones, and two filters are their conjunction. */
  async #truths(question: Question): Promise<number> {
    const terms = question.where.flatMap((where) => where.terms),
      [first, second = first] = terms;
    if (first === undefined) return 0;
    const of = (term: Term) => (bag: unknown) => this.#building.expression(term, [bag]);
    const all = query(this.#world.tables[question.table]!.model) as any,
      ctx = this.#ctx;
    const [yes, no, unknown, excluded, total, twice, together, either] = await Promise.all([
      all.filter(of(first)).count(ctx),
      all.filter((bag: unknown) => not(of(first)(bag))).count(ctx),
      all.filter((bag: unknown) => of(first)(bag).isNull()).count(ctx),
      all.exclude(of(first)).count(ctx),
      all.count(ctx),
      all.filter(of(first)).filter(of(second!)).count(ctx),
      all.filter((bag: unknown) => of(first)(bag).and(of(second!)(bag))).count(ctx),
      all.filter((bag: unknown) => of(first)(bag).or(of(second!)(bag))).count(ctx),
    ]);
    const seconds = await all.filter(of(second!)).count(ctx);
    if (yes + no + unknown !== total || excluded !== no || twice !== together || either !== yes + seconds - together)
      throw new Disagreement('a law of three values is broken', question, {
        yes,
        no,
        unknown,
        excluded,
        total,
        twice,
        together,
        either,
        seconds,
      });
    return 9;
  }

  /** Pages of an ordered set are the set; groups of it add up to it. */
  async #divided(question: Question, set: any, table: Table): Promise<void> {
    const ctx = this.#ctx;
    if (question.kind === 'group' || question.kind === 'annotate' || question.kind === 'combine' || question.orderBy.length === 0) {
      const all = this.#building.rows({ ...question, orderBy: [], distinct: 'none', limit: undefined, offset: undefined });
      const column = table.columns.find(({ type }) => type === 'int' || type === 'small')!;
      const key = table.columns.find(({ type }) => type !== 'texts' && type !== 'ints')!;
      if (column === undefined) return;
      const { countAll } = await import('@djogi/core');
      const groups = await all
        .groupBy((bag: any) => ({ key: bag[key.name] }))
        .annotate((bag: any) => ({ rows: countAll(), some: bag[column.name].count(), sum: bag[column.name].sum() }))
        .fetchAll(ctx);
      const whole = await all.aggregate(ctx, (bag: any) => ({
        rows: countAll(),
        some: bag[column.name].count(),
        sum: bag[column.name].sum(),
      }));
      const added = (name: string): number => groups.reduce((sum: number, group: any) => sum + (group[name] ?? 0), 0);
      if (added('rows') !== whole.rows || added('some') !== whole.some || added('sum') !== (whole.sum ?? 0))
        throw new Disagreement('groups do not add up to the whole', question, { groups: groups as unknown[], whole });
      return;
    }
    const shown = (rows: readonly unknown[]): Shown => rows.map((row) => shownFound(table, question, row));
    const whole = this.#building.question({ ...question, limit: undefined, offset: undefined });
    const [first, rest, all] = await Promise.all([whole.limit(3).fetchAll(ctx), whole.offset(3).fetchAll(ctx), whole.fetchAll(ctx)]);
    const pages = shown([...first, ...rest]);
    if (!areSame(pages, shown(all))) throw new Disagreement('pages are not the whole', question, { pages, all: shown(all) });
    void set;
  }

  /** Pages by cursor are the ordered set, forwards and backwards. */
  async #paged(question: Question, table: Table): Promise<number> {
    const isPageable = (question.kind === 'rows' || question.kind === 'select') && table.hasKey && question.distinct === 'none';
    if (!isPageable) return 0;
    const whole: Question = { ...question, limit: undefined, offset: undefined };
    const set = this.#building.question(whole);
    // The key decides between equal rows, whether it is asked or not.
    const inOrder = this.#answering.question(question.orderBy.length > 0 ? whole : { ...whole, orderBy: byKey(table) });
    const expected = inOrder.map((row) => shownAnswer(table, question, row));
    const shown = (rows: readonly unknown[]): Shown => rows.map((row) => shownFound(table, question, row));
    const forwards: string[] = [],
      backwards: string[] = [];
    let statements = 0,
      after: string | null = null,
      before: string | null = null;
    do {
      const page: { rows: unknown[]; next: string | null; previous: string | null } = await set.fetchPage(this.#ctx, { size: 3, after });
      forwards.push(...shown(page.rows));
      ({ next: after, previous: before } = page);
      statements += 1;
    } while (after !== null && statements < 20);
    const last = forwards.length % 3 === 0 ? 3 : forwards.length % 3;
    while (before !== null && statements < 40) {
      const page: { rows: unknown[]; previous: string | null } = await set.fetchPage(this.#ctx, { size: 3, before });
      backwards.unshift(...shown(page.rows));
      before = page.previous;
      statements += 1;
    }
    this.#agree('fetchPage after', whole, forwards, expected, () => set.toSql());
    if (expected.length > 3)
      this.#agree('fetchPage before', whole, backwards, expected.slice(0, expected.length - last), () => set.toSql());
    return statements;
  }

  /** What of a filter can be evaluated in memory is evaluated there to the same. */
  #evaluated(question: Question, table: Table): void {
    for (const { terms } of question.where)
      for (const term of terms) {
        if (hasRows(term)) continue;
        let predicate: any;
        (query(table.model) as any).filter((bag: unknown) => (predicate = this.#building.expression(term, [bag])));
        if (portabilityProblem(predicate) !== null) continue;
        for (const row of table.rows) {
          const own = this.#answering.value(term, [{ row }]);
          const found = evaluate(predicate, this.#inMemory(table, row));
          if (found !== own)
            throw new Disagreement('evaluate answers otherwise', question, {
              row: shownOwn(table, row),
              found: String(found),
              expected: keyOf('bool', own),
            });
        }
      }
  }
  readonly #memory = new WeakMap<object, object>();
  #inMemory(table: Table, row: object): object {
    let found = this.#memory.get(row);
    if (found === undefined) this.#memory.set(row, (found = table.inMemory(row as never)));
    return found;
  }

  async #emptyTotals(question: Question & { kind: 'aggregate' }, set: any, totals: (bag: any) => any): Promise<number> {
    const found = await set.none().aggregate(this.#ctx, totals);
    const empty = this.#answering.question({ ...question, limit: 0 });
    const table = this.#world.tables[question.table]!;
    this.#agree('aggregate of none', question, [shownFound(table, question, found)], [shownAnswer(table, question, empty[0]!)], () =>
      set.toSql(),
    );
    return 1;
  }
}

const sqlFacts = ({ text, values }: { text: string; values: readonly unknown[] }): Record<string, string> => ({
  sql: text,
  values: values.map(String).join(', '),
});
const byKey = (table: Table): Key[] => [
  {
    by: {
      op: 'column',
      type: 'int',
      args: [],
      bounds: null,
      isRequired: true,
      isExact: true,
      column: { at: 0, name: table.columns[0]!.name },
    },
    direction: 'asc',
    nulls: undefined,
  },
];
const hasRows = (term: Term): boolean => term.rows !== undefined || partsOf(term).some(hasRows);

/** How many sort keys the answer is in the order of. */
function orderOf(question: Question): number {
  if (question.kind === 'combine' || question.kind === 'group') return question.tail.orderBy.length;
  return question.kind === 'annotate' ? question.tail.orderBy.length + question.orderBy.length : question.orderBy.length;
}

function outputTypes(question: Question): readonly TypeName[] {
  switch (question.kind) {
    case 'combine':
      return outputTypes(question.arms[0]!);
    case 'rows':
    case 'write':
      return [];
    case 'group':
      return [...question.keys, ...question.terms].map(({ type }) => type);
    default:
      return question.terms.map(({ type }) => type);
  }
}

function shownAnswer(table: Table, question: Question, { row, values }: Answered): string {
  const types = outputTypes(question);
  const shown = values.map((value, at) => keyOf(types[at]!, value)).join(' | ');
  return row === null ? shown : `${shownOwn(table, row)} || ${shown}`;
}

function shownFound(table: Table, question: Question, found: any): string {
  if (question.kind === 'combine') return shownFound(table, question.arms[0]!, found);
  const types = outputTypes(question);
  const shown = (values: readonly unknown[]): string => types.map((type, at) => keyOf(type, fromJs(type, values[at]))).join(' | ');
  switch (question.kind) {
    case 'rows':
    case 'write':
      return `${shownRow(table, found)} || `;
    case 'annotate':
      return `${shownRow(table, found.row)} || ${shown(types.map((_, at) => found[`v${at}`]))}`;
    case 'select':
      return shown(question.isTuple ? found : types.map((_, at) => found[`v${at}`]));
    case 'aggregate':
      return shown(question.isSingle ? [found] : types.map((_, at) => found[`v${at}`]));
    case 'group':
      return shown([...question.keys.map((_, at) => found[`k${at}`]), ...question.terms.map((_, at) => found[`v${at}`])]);
  }
}

/** The smallest question that fails in the same way, for a message. */
export async function smallest(examining: Examining, taken: readonly Choice[], failure: unknown): Promise<unknown> {
  const sort = kindOfFailure(failure);
  let found = failure;
  await shrunk(
    taken.map(({ number }) => number),
    async (numbers) => {
      try {
        await examining.examine(Choices.again(numbers));
        return false;
      } catch (error) {
        if (kindOfFailure(error) !== sort) return false;
        found = error;
        return true;
      }
    },
  );
  return found;
}

/** The first line, without what is in quotes. */
const kindOfFailure = (failure: unknown): string =>
  failure instanceof Error
    ? `${failure.name} ${(failure as { sqlState?: string }).sqlState ?? ''} ${failure.message.split('\n')[0]!.replaceAll(/"[^"]*"|\d+/g, '')}`
    : String(failure);

// `query(Model)`: the entry, and the class behind every queryset. It holds a selection and hands it to the functions of the other folders.

import { ValidationError, type Context, type Predicate, type TerminalOptions } from '@djogi/core';
import { executorOf, isModel, isVisage, rowsKey, type RowsOwner, type SelectStatement, type SubqueryRows } from '@djogi/core/extension';
import * as reading from '../read/terminals.ts';
import { contains, extreme, last } from '../read/ends.ts';
import { copyFrom, type CopyFromOptions } from '../copy/copy-from.ts';
import { copyTo, type CopyChunks, type CopyToOptions } from '../copy/copy-to.ts';
import { fetchPage, type Page, type PageOptions } from '../read/page.ts';
import { portabilityOf, predicateOf, type Portability } from '../read/portable.ts';
import { stream, type RowStream, type StreamOptions } from '../read/stream.ts';
import { apart } from '../set/apart.ts';
import { compileSelect, selectStatement } from '../set/lower.ts';
import { onlyColumns, withoutColumns } from '../set/columns.ts';
import { distinctOnNames, orderedByName, type OrderByNameOptions } from '../set/names.ts';
import { locked, warnOfLock, type LockOptions } from '../set/lock.ts';
import * as refining from '../set/refine.ts';
import { hasRows, rowsGiven, rowsOf, rowsOfSelection, selectionOver, type Rows, type RowsSupplier } from '../set/rows.ts';
import { columnsOf, wholeTable, type Selection } from '../set/selection.ts';
import * as nesting from '../sub/subquery.ts';
import { bulkCreate, type BulkCreateOptions } from '../write/bulk-create.ts';
import { bulkUpdateRows, type BulkUpdateRowsInput } from '../write/bulk-update-rows.ts';
import { bulkUpsert } from '../write/bulk-upsert.ts';
import type { ConflictInput, Upserted } from '../write/conflict-action.ts';
import * as finding from '../write/find-or-create.ts';
import { insertInto, type InsertFromRows } from '../write/insert-select.ts';
import { rowsToInsert } from '../write/rows-to-insert.ts';
import { deleteOf, updateOf, type SetWrite } from '../write/set-write.ts';
import { upsert } from '../write/upsert.ts';
import { aggregate } from '../group/aggregate.ts';
import { annotated, type AnnotatedSet } from '../group/annotated.ts';
import { prefetch, wholeRows } from '../load/batch.ts';
import { selectRelated } from '../load/join.ts';
import type { Sets } from '../load/sets.ts';
import { ComputedSet } from '../group/computed-set.ts';
import { grouped, GroupedSet } from '../group/grouped.ts';
import { combined, type CombinedSet } from '../combine/combined-set.ts';
import type { ModelOf, RowFacts, RowsWith } from '../set/row-facts.ts';
import type { SqlText } from '../set/shape.ts';
import type { AnyModelClass, ModelSet, QuerySet, ReadSet } from './query-set.ts';

type Callback = refining.Callback;

const selectionKey: unique symbol = Symbol('selection');

/** Not thenable on purpose: `await` of a set gives the set and sends nothing. */
class RefinedSet implements RowsOwner, RowsSupplier {
  readonly kind = 'queryset' as const;
  readonly #selection: Selection;

  constructor(selection: Selection) {
    this.#selection = selection;
  }

  get [selectionKey](): Selection {
    return this.#selection;
  }

  /** Inside one of its own callbacks, a set is another appearance of its table. */
  protected get selection(): Selection {
    return apart(this.#selection);
  }

  filter(...where: Callback[]): RefinedSet {
    return new RefinedSet(refining.filtered(this.selection, where, false));
  }
  exclude(...where: Callback[]): RefinedSet {
    return new RefinedSet(refining.filtered(this.selection, where, true));
  }
  orderBy(by: Callback): RefinedSet {
    return new RefinedSet(refining.ordered(this.selection, by, false));
  }
  reorder(by: Callback): RefinedSet {
    return new RefinedSet(refining.ordered(this.selection, by, true));
  }
  orderByName(name: string, direction?: 'asc' | 'desc', options?: OrderByNameOptions): RefinedSet {
    return new RefinedSet(orderedByName(this.selection, name, direction, options));
  }
  reverse(): RefinedSet {
    return new RefinedSet(refining.reversed(this.selection, 'reverse'));
  }
  limit(count: number | bigint): RefinedSet {
    return new RefinedSet(refining.limited(this.selection, count));
  }
  offset(count: number | bigint): RefinedSet {
    return new RefinedSet(refining.skipped(this.selection, count));
  }
  distinct(): RefinedSet {
    return new RefinedSet(refining.distinctRows(this.selection));
  }
  distinctOn(on: Callback): RefinedSet {
    return new RefinedSet(refining.distinctOn(this.selection, on));
  }
  distinctOnNames(names: readonly string[]): RefinedSet {
    return new RefinedSet(distinctOnNames(this.selection, names));
  }
  none(): RefinedSet {
    return new RefinedSet(refining.emptied(this.selection));
  }
  select(shape: Callback): RefinedSet {
    return new RefinedSet(refining.projected(this.selection, shape, 'object'));
  }
  selectTuple(shape: Callback): RefinedSet {
    return new RefinedSet(refining.projected(this.selection, shape, 'tuple'));
  }

  only(...properties: readonly PropertyKey[]): RefinedSet {
    return new RefinedSet(onlyColumns(this.selection, properties));
  }
  defer(...properties: readonly PropertyKey[]): RefinedSet {
    return new RefinedSet(withoutColumns(this.selection, properties));
  }

  forUpdate(options?: LockOptions): RefinedSet {
    return new RefinedSet(locked(this.selection, 'update', options));
  }
  forNoKeyUpdate(options?: LockOptions): RefinedSet {
    return new RefinedSet(locked(this.selection, 'noKeyUpdate', options));
  }
  forShare(options?: LockOptions): RefinedSet {
    return new RefinedSet(locked(this.selection, 'share', options));
  }
  forKeyShare(options?: LockOptions): RefinedSet {
    return new RefinedSet(locked(this.selection, 'keyShare', options));
  }
  selectRelated(...relations: unknown[]): RefinedSet {
    return new RefinedSet(selectRelated(this.selection, relations, SETS));
  }
  prefetch(...relations: unknown[]): RefinedSet {
    return new RefinedSet(prefetch(this.selection, relations, SETS));
  }

  annotate(shape: Callback): AnnotatedSet {
    return annotated(this.selection, shape);
  }
  groupBy(keys: Callback): GroupedSet {
    return grouped(this.selection, 'plain', keys);
  }
  rollup(keys: Callback): GroupedSet {
    return grouped(this.selection, 'rollup', keys);
  }
  cube(keys: Callback): GroupedSet {
    return grouped(this.selection, 'cube', keys);
  }
  groupingSets(keys: Callback, sets: unknown): GroupedSet {
    return grouped(this.selection, 'sets', keys, sets);
  }
  aggregate(ctx: Context, shape: Callback, options?: TerminalOptions): Promise<unknown> {
    return aggregate(this.selection, ctx, shape, options);
  }

  fetchAll(ctx: Context, options?: TerminalOptions): Promise<unknown[]> {
    return reading.fetchRows(this.selection, ctx, 'fetchAll', options);
  }
  fetchOne(ctx: Context, options?: TerminalOptions): Promise<unknown> {
    return reading.fetchOne(this.selection, ctx, options);
  }
  first(ctx: Context, options?: TerminalOptions): Promise<unknown> {
    return reading.first(this.selection, ctx, options);
  }
  fetchOptional(ctx: Context, options?: TerminalOptions): Promise<unknown> {
    return reading.first(this.selection, ctx, options);
  }
  last(ctx: Context, options?: TerminalOptions): Promise<unknown> {
    return last(this.selection, ctx, options);
  }
  earliest(ctx: Context, by: Callback, options?: TerminalOptions): Promise<unknown> {
    return extreme(this.selection, ctx, 'earliest', by, options);
  }
  latest(ctx: Context, by: Callback, options?: TerminalOptions): Promise<unknown> {
    return extreme(this.selection, ctx, 'latest', by, options);
  }
  fetchPage(ctx: Context, options: PageOptions): Promise<Page<unknown>> {
    return fetchPage(this.selection, ctx, options);
  }
  count(ctx: Context, options?: TerminalOptions): Promise<number> {
    return reading.count(this.selection, ctx, options);
  }
  countBig(ctx: Context, options?: TerminalOptions): Promise<bigint> {
    return reading.countBig(this.selection, ctx, options);
  }
  contains(ctx: Context, row: unknown, options?: TerminalOptions): Promise<boolean> {
    return contains(this.selection, ctx, row, options);
  }
  exists(ctx: Context, options?: TerminalOptions): Promise<boolean> {
    return reading.exists(this.selection, ctx, options);
  }
  inBulk(ctx: Context, ids: Iterable<unknown>, options?: TerminalOptions): Promise<Map<unknown, unknown>> {
    return reading.inBulk(this.selection, ctx, ids, options);
  }
  stream(ctx: Context, options?: StreamOptions): RowStream<unknown> {
    return stream(this.selection, ctx, options);
  }
  copyTo(ctx: Context, options?: CopyToOptions): CopyChunks {
    const { selection } = this,
      { runtime, isNone, projection, derived } = selection;
    refining.refuseVisage(selection, 'copyTo');
    refining.refuseRelated(selection, 'copyTo');
    if (!isNone) warnOfLock(selection, executorOf(ctx));
    // The rows of another query have names of their own, whatever its columns are called inside of the statement.
    const names =
      projection === undefined && (derived?.built ?? null) !== null ? columnsOf(selection).map((of) => of.property) : projection?.names;
    return copyTo(
      { runtime, isNone, statement: selectStatement(selection), names: projection?.as === 'tuple' ? undefined : names },
      ctx,
      options,
    );
  }
  explain(ctx: Context, options?: reading.ExplainOptions): Promise<unknown> {
    return reading.explain(this.selection, ctx, options);
  }
  toSql(): SqlText {
    const { compiled, values } = compileSelect(this.selection);
    return { text: compiled.text, values };
  }
  update(patch: unknown): SetWrite {
    return updateOf(this.selection, patch);
  }
  delete(): SetWrite {
    return deleteOf(this.selection);
  }

  asSubquery(column: Callback): SubqueryRows {
    return nesting.asSubquery(this.selection, column);
  }
  asScalar(column: Callback): unknown {
    return nesting.asScalar(this.selection, column);
  }
  [rowsKey](): SelectStatement {
    return nesting.existsStatement(this.selection);
  }
  [rowsOf](): Rows {
    return rowsOfSelection(this.selection);
  }
  union(...others: unknown[]): CombinedSet {
    return combined(this[rowsOf](), 'union', others);
  }
  unionAll(...others: unknown[]): CombinedSet {
    return combined(this[rowsOf](), 'unionAll', others);
  }
  intersect(...others: unknown[]): CombinedSet {
    return combined(this[rowsOf](), 'intersect', others);
  }
  intersectAll(...others: unknown[]): CombinedSet {
    return combined(this[rowsOf](), 'intersectAll', others);
  }
  except(...others: unknown[]): CombinedSet {
    return combined(this[rowsOf](), 'except', others);
  }
  exceptAll(...others: unknown[]): CombinedSet {
    return combined(this[rowsOf](), 'exceptAll', others);
  }
  getOrCreate(ctx: Context, make: () => unknown, options?: TerminalOptions): Promise<Upserted<object>> {
    return finding.getOrCreate(this.selection, ctx, make, options);
  }
  updateOrCreate(ctx: Context, factories: finding.UpdateOrCreateInput, options?: TerminalOptions): Promise<Upserted<object>> {
    return finding.updateOrCreate(this.selection, ctx, factories, options);
  }
  insertInto(target: unknown, values: Callback): InsertFromRows {
    return insertInto(rowsToInsert(this.selection), target, values);
  }
  predicate(): Predicate {
    return predicateOf(this.selection);
  }
  tryPortable(): Portability {
    return portabilityOf(this.selection);
  }
}

/** What a callback of loading is given, and what it gives back. */
const SETS: Sets = {
  open: (selection) => new RefinedSet(selection),
  selectionOf: (set) => (set instanceof RefinedSet ? set[selectionKey] : null),
};

/** A set over what a function of another folder made of a selection. */
export const setOver = (selection: Selection): unknown => new RefinedSet(selection);

class WholeSet extends RefinedSet {
  bulkCreate(ctx: Context, rows: readonly Record<string, unknown>[], options?: BulkCreateOptions): Promise<object[]> {
    return bulkCreate(this.selection.runtime, this.selection.model, ctx, rows, options);
  }
  copyFrom(ctx: Context, rows: unknown, options?: CopyFromOptions): Promise<number> {
    return copyFrom(this.selection.runtime, ctx, rows, options);
  }
  upsert(ctx: Context, row: Record<string, unknown>, on: ConflictInput, options?: TerminalOptions): Promise<Upserted<object>> {
    return upsert(this.selection.runtime, this.selection.model, ctx, row, on, options);
  }
  bulkUpsert(
    ctx: Context,
    rows: readonly Record<string, unknown>[],
    on: ConflictInput,
    options?: TerminalOptions,
  ): Promise<Upserted<object>[]> {
    return bulkUpsert(this.selection.runtime, this.selection.model, ctx, rows, on, options);
  }
  bulkUpdateRows(ctx: Context, rows: unknown, options: BulkUpdateRowsInput): Promise<number> {
    return bulkUpdateRows(this.selection.runtime, ctx, rows, options);
  }
  createOrFind(ctx: Context, row: Record<string, unknown>, options?: finding.CreateOrFindOptions): Promise<Upserted<object>> {
    return finding.createOrFind(this.selection.runtime, this.selection.model, ctx, row, options);
  }
}

/**
 * All rows of a model, or of a model as an audience sees it, to be refined. Nothing is sent before a terminal, and every terminal takes a context first.
 *
 * Errors: VALIDATION with `model` when the argument is no model class; MODEL_DEFINITION when the model's declaration cannot hold.
 *
 * @example
 * const large = await query(City).filter(c => c.population.gte(1_000_000)).orderBy(c => c.population.desc()).limit(10).fetchAll(ctx);
 */
export function query<V extends AnyModelClass & { readonly $visage: string }>(visage: V): ReadSet<V, InstanceType<V>>;
export function query<M extends AnyModelClass>(model: M): ModelSet<M, InstanceType<M>>;
/**
 * All rows of another query, in no order: `SELECT ... FROM (SELECT ...)`, or the rows of a `cte`. A projection, groups and combined sets go on by the names of
 * their columns; rows of a model stay what they are. Nothing is sent before a terminal.
 *
 * Errors: VALIDATION with `rows` for what has no rows with names: tuples, and rows with values beside them.
 *
 * @example
 * const byCountry = query(City).groupBy(c => ({ country: c.country })).annotate(c => ({ people: c.population.sum() }));
 * const mean = await query(byCountry).aggregate(ctx, g => g.people.avg());
 */
export function query<Facts extends RowFacts, T>(rows: RowsWith<Facts, T>): QuerySet<ModelOf<Facts>, T>;
export function query(of: unknown): unknown {
  if (isVisage(of)) return new RefinedSet(wholeRows(of));
  if (isModel(of)) return new WholeSet(wholeTable(of));
  // Queries all of them, some without rows whose columns have names.
  if (hasRows(of) || of instanceof ComputedSet || of instanceof GroupedSet) return new RefinedSet(selectionOver(rowsGiven(of, 'query')));
  throw new ValidationError([
    { path: '', rule: 'model', message: 'query wants a model class made with model(), a visage of one, or the rows of another query' },
  ]);
}

// Queries inside of terms, and in which order rows are.

import type { Key, Rows, Tail, Term } from '../term.ts';
import type { TypeName } from '../value.ts';
import { isConstant, LISTS, SORTABLE, type Place } from './place.ts';
import { Predicates } from './predicates.ts';

export abstract class Subqueries extends Predicates {
  /** An aggregate with a result of the type, or null where there is none. */
  protected abstract aggregateOf(type: TypeName, place: Place, isWindowed?: boolean): Term | null;

  protected nested(place: Place): Term {
    const choices = this.choices;
    this.subqueries -= 1;
    const table = choices.below(this.world.tables.length);
    const rows = this.rows(table, place),
      within: Place = { tables: [...place.tables, table], depth: Math.min(place.depth, 1) };
    const kind = choices.below(4);
    if (kind === 0) return this.made('exists', 'bool', [], { rows, isRequired: true });
    const type = choices.one(
      this.types({ ...within, isOwn: true }, SORTABLE).filter((own) => own !== 'enum' || this.types(place, ['enum']).length > 0),
    );
    const subject = this.term(type, place);
    const column = choices.chance(70)
      ? this.columnTerm(choices.one(this.columns(type, { ...within, isOwn: true })))
      : this.term(type, within);
    const facts = { rows, isRequired: false };
    if (kind === 1 && column.isRequired) return this.made('notInRows', 'bool', [subject, column], facts);
    if (kind <= 2) return this.made('inRows', 'bool', [subject, column], facts);
    return this.made(choices.one(['anyOf', 'allOf']), 'bool', [subject, column], {
      ...facts,
      values: [choices.one(['eq', 'neq', 'gt', 'gte', 'lt', 'lte'])],
    });
  }

  protected scalar(type: TypeName, place: Place): Term {
    const choices = this.choices;
    this.subqueries -= 1;
    const table = choices.below(this.world.tables.length),
      within: Place = { tables: [...place.tables, table], depth: Math.min(place.depth, 1) };
    if (choices.chance(40)) {
      const total = this.aggregateOf(type, within);
      if (total !== null)
        return this.made('total', type, [total], {
          rows: this.rows(table, place),
          bounds: total.bounds,
          isExact: total.isExact,
          isRequired: total.isRequired,
        });
    }
    const rows = { ...this.rows(table, place), orderBy: this.totalOrder(within), limit: 1, offset: choices.chance(20) ? 1 : undefined };
    const of = this.term(type, within);
    return this.made('scalar', type, [of], { rows, bounds: of.bounds, isExact: of.isExact, isRequired: false });
  }

  protected rows(table: number, place: Place): Rows {
    const choices = this.choices,
      within: Place = { tables: [...place.tables, table], depth: Math.min(place.depth, 2) };
    const where = Array.from({ length: choices.one([1, 0, 1, 2]) }, () => ({
      isExcluded: choices.chance(20),
      terms: Array.from({ length: choices.one([1, 1, 2]) }, () => this.predicate(within)),
    }));
    return { table, isShared: choices.chance(30), where, orderBy: [], distinct: 'none', limit: undefined, offset: undefined };
  }

  protected keyOf(by: Term): Key {
    const direction = this.choices.one(['asc', 'desc'] as const);
    return { by, direction, nulls: this.choices.one([undefined, undefined, 'first', 'last'] as const) };
  }
  /** Some keys, and then what tells all rows apart. */
  protected totalOrder(place: Place, first: readonly Key[] = []): Key[] {
    const choices = this.choices,
      own: Place = { ...place, isOwn: true },
      table = this.world.tables[place.tables.at(-1)!]!;
    const keys = Array.from({ length: choices.one([1, 0, 1, 2]) }, () => {
      const by = this.term(choices.one(this.types(own, SORTABLE)), { ...place, depth: Math.min(place.depth, 2) });
      return isConstant(by) ? null : this.keyOf(by);
    }).filter((key) => key !== null);
    const rest = table.columns
      .filter(({ name, type }) => (table.hasKey ? name === 'id' : !LISTS.has(type)))
      .map((column) => ({ by: this.columnTerm({ at: 0, column }), direction: 'asc' as const, nulls: undefined }));
    return [...first, ...keys, ...rest];
  }
  protected page(): Pick<Tail, 'limit' | 'offset'> {
    return { limit: this.choices.one([undefined, 3, 1, 0, 1001, 5]), offset: this.choices.one([undefined, undefined, 1, 2, 0, 20]) };
  }
}

// The terms that have no others in them, and how any term is made.

import type { Choices } from '../choices.ts';
import { OPERATIONS } from '../operations.ts';
import type { Term } from '../term.ts';
import type { TypeName } from '../value.ts';
import { boundsOf, POOLS, type Column, type World } from '../world.ts';
import { LISTS, type Place } from './place.ts';

export abstract class Leaves {
  protected readonly choices: Choices;
  protected readonly world: World;
  /** Subqueries that may still come: they multiply. */
  protected subqueries = 4;

  constructor(world: World, choices: Choices) {
    this.world = world;
    this.choices = choices;
  }

  protected made(op: string, type: TypeName, args: readonly Term[], facts: Partial<Term> = {}): Term {
    return {
      op,
      type,
      args,
      bounds: null,
      isExact: type !== 'double',
      isRequired: OPERATIONS[op]?.takesNulls !== true && args.every((arg) => arg.isRequired),
      ...facts,
    };
  }

  /** An expression of a type. For enums and lists there must be a column. */
  abstract term(type: TypeName, place: Place): Term;

  protected columns(type: TypeName, { tables, isOwn }: Place): { at: number; column: Column }[] {
    return tables.flatMap((table, depth) => {
      const at = tables.length - 1 - depth;
      return isOwn === true && at > 0
        ? []
        : this.world.tables[table]!.columns.filter((column) => column.type === type).map((column) => ({ at, column }));
    });
  }
  protected columnTerm({ at, column }: { at: number; column: Column }): Term {
    const { name, type, bounds, isExact, isNullable } = column;
    return this.made('column', type, [], { column: { at, name }, bounds, isExact, isRequired: !isNullable });
  }
  protected types(place: Place, among: readonly TypeName[]): TypeName[] {
    return among.filter((type) => this.columns(type, place).length > 0);
  }
  protected given(op: 'literal' | 'plain' | 'untyped', type: TypeName, isModest = false): Term {
    const pool = isModest ? POOLS[type][0]! : this.choices.one(POOLS[type]);
    return this.made(op, type, [], {
      value: this.choices.value(pool.values),
      bounds: boundsOf(type, pool),
      isExact: pool.isModest,
      isRequired: true,
    });
  }
  /** An argument: sometimes a value, as one writes it most of the time. */
  protected argument(type: TypeName, place: Place, percent = 50): Term {
    return LISTS.has(type) || this.choices.chance(percent) ? this.term(type, place) : this.given('plain', type);
  }
  protected leaf(type: TypeName, place: Place): Term {
    const columns = this.columns(type, place);
    if (columns.length > 0 && (type === 'enum' || LISTS.has(type) || this.choices.chance(85)))
      return this.columnTerm(this.choices.one(columns));
    return this.given('literal', type);
  }
}

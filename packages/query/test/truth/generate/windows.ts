// Windows: functions, partitions, orders and frames.

import type { FrameEnd, FrameTerm, Key, Term, WindowTerm } from '../term.ts';
import type { TypeName } from '../value.ts';
import { Aggregates } from './aggregates.ts';
import { LISTS, NUMBERS, SORTABLE, type Place } from './place.ts';

export abstract class Windows extends Aggregates {
  protected windowed(place: Place): Term {
    const choices = this.choices,
      inner: Place = { ...place, depth: Math.min(place.depth, 1) };
    const partitionBy = choices.chance(50) ? [this.term(choices.one(this.types({ ...inner, isOwn: true }, SORTABLE)), inner)] : [];
    // Of rows that are the same, which one comes first is nobody's promise.
    const hasKey = this.world.tables[place.tables.at(-1)!]!.hasKey;
    const name = choices.one(
      !hasKey
        ? (['aggregate', 'rank', 'denseRank', 'percentRank', 'cumeDist'] as const)
        : ([
            'aggregate',
            'aggregate',
            'rowNumber',
            'rank',
            'denseRank',
            'percentRank',
            'cumeDist',
            'ntile',
            'lag',
            'lead',
            'firstValue',
            'lastValue',
            'nthValue',
          ] as const),
    );
    if (name === 'aggregate') {
      const of = this.aggregate(place, true);
      const orderBy = choices.chance(70) ? (choices.chance(50) ? this.totalOrder(inner) : this.looseOrder(inner)) : [];
      const isTotal = orderBy.length > 0 && this.isTotal(orderBy, place);
      return { ...of, window: { partitionBy, orderBy, frame: choices.chance(60) ? this.frame(orderBy, isTotal) : null } };
    }
    const isByPlace = !['rank', 'denseRank', 'percentRank', 'cumeDist'].includes(name);
    const orderBy = isByPlace ? this.totalOrder(inner) : this.looseOrder(inner);
    const window: WindowTerm = {
      partitionBy,
      orderBy,
      frame: ['firstValue', 'lastValue', 'nthValue'].includes(name) && choices.chance(60) ? this.frame(orderBy, true) : null,
    };
    const made = (type: TypeName, args: readonly Term[] = [], facts: Partial<Term> = {}): Term => ({
      ...this.made('windowed', type, args, { isRequired: true, ...facts }),
      aggregate: { name, filter: null, isDistinct: false, orderBy: [] },
      window,
    });
    const bounds = { low: 0, high: 100 };
    if (name === 'rowNumber' || name === 'rank' || name === 'denseRank') return made('safe', [], { bounds });
    if (name === 'percentRank' || name === 'cumeDist') return made('double', [], { isExact: false });
    if (name === 'ntile') return made('int', [], { bounds, values: [choices.value([2, 1, 3, 20])] });
    const type = choices.one(this.types({ ...inner, isOwn: true }, [...SORTABLE, 'texts', 'ints'])),
      of = this.term(type, inner);
    const facts = { bounds: null, isExact: false, isRequired: false };
    if (name === 'lag' || name === 'lead') {
      const isFilled = type !== 'enum' && !LISTS.has(type) && choices.chance(40);
      return made(type, isFilled ? [of, this.given('plain', type)] : [of], { ...facts, values: [choices.value([1, 0, 2, 5])] });
    }
    return made(type, [of], name === 'nthValue' ? { ...facts, values: [choices.value([1, 2, 5])] } : facts);
  }
  protected looseOrder(place: Place): Key[] {
    const types = this.types({ ...place, isOwn: true }, SORTABLE);
    return [this.keyOf(this.columnTerm(this.choices.one(this.columns(this.choices.one(types), { ...place, isOwn: true }))))];
  }
  protected isTotal(orderBy: readonly Key[], { tables }: Place): boolean {
    const table = this.world.tables[tables.at(-1)!]!;
    return table.hasKey && orderBy.some(({ by }) => by.column?.name === 'id' && by.column.at === 0);
  }
  protected frame(orderBy: readonly Key[], isTotal: boolean): FrameTerm {
    const choices = this.choices,
      [only] = orderBy;
    const isCounted = orderBy.length === 1 && only!.by.bounds !== null && NUMBERS.includes(only!.by.type);
    const units: FrameTerm['unit'][] = [
      'range',
      ...(isTotal ? (['rows'] as const) : []),
      ...(orderBy.length > 0 ? (['groups'] as const) : []),
    ];
    const unit = choices.one(units);
    const hasOffsets = unit !== 'range' || isCounted;
    const end = (): FrameEnd => {
      const sign = hasOffsets ? choices.below(4) : 0;
      if (sign === 0) return 'current';
      if (sign === 1) return 'unbounded';
      return choices.value([1, 2, 3]) * (sign === 2 ? -1 : 1);
    };
    const placeOf = (of: FrameEnd, unbounded: number): number => (of === 'unbounded' ? unbounded : of === 'current' ? 0 : of);
    let from = end(),
      to = end();
    // The wider ones are those that must be, whatever the values.
    if (typeof from === 'number' && typeof to === 'number' && from < 0 && to < 0) from -= 2;
    if (typeof from === 'number' && typeof to === 'number' && from > 0 && to > 0) to += 2;
    if (placeOf(from, -Infinity) > placeOf(to, Infinity)) [from, to] = ['unbounded', 'current'];
    const exclude = choices.one([undefined, undefined, 'currentRow', 'group', 'ties'] as const);
    // Which of equal rows is the current one is nobody's promise.
    return { unit, from, to, ...(exclude === undefined || (exclude !== 'group' && !isTotal) ? {} : { exclude }) };
  }
}

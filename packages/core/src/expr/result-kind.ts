// The kind of what is computed out of several operands: Postgres promotes their types, and what a column may hold binds no result.

import { decimalKind } from '../value/decimal.ts';
import type { ValueKind } from '../value/kind.ts';
import { countKind, doubleKind, intKind, numberComparison, realKind, smallintKind } from '../value/number.ts';

/** From narrow to wide: a type is converted implicitly to those after it. Source: the manual, 10.5 UNION, CASE, and Related Constructs. */
const NUMBERS: readonly ValueKind<number>[] = [smallintKind, intKind, countKind, realKind, doubleKind];
const anyDecimal = decimalKind({});

/**
 * The kind of arithmetic, of a CASE, of COALESCE and the like over operands of these kinds: the widest, without the bounds of the columns it came from (a sum of
 * two `f.uint8()` may be 300, a product of two `f.decimal(10, 2)` has four digits after the point). `real` beside another number is double precision: that is what
 * arithmetic makes of it, and a real would lose the digits of an integer. The first kind where there is nothing to promote.
 */
export function resultKind(kinds: readonly ValueKind[]): ValueKind {
  const [first] = kinds;
  if (kinds.every((kind) => kind.comparison === numberComparison)) {
    const widest = NUMBERS[Math.max(...kinds.map(rankOf))]!;
    return widest === realKind && !kinds.every((kind) => kind.castType === realKind.castType) ? doubleKind : widest;
  }
  return kinds.every((kind) => kind.comparison === anyDecimal.comparison) ? anyDecimal : first!;
}

const rankOf = ({ castType }: ValueKind): number => NUMBERS.findIndex((kind) => kind.castType === castType);

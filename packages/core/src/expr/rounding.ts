// Rounding and its kin, for each numeric type what is exact for it: the functions that Postgres has for one of them are not those it has for another.

import { ValidationError } from '../error/value-error.ts';
import type { ValueKind } from '../value/kind.ts';
import { decimalKind } from '../value/decimal.ts';
import { doubleKind, intKind } from '../value/number.ts';
import { cast, operation, value, type Node } from './node.ts';
import { OPERATORS, type Operator } from './operators.ts';
import { resultKind } from './result-kind.ts';

const FLOATS: ReadonlySet<string> = new Set(['real', 'double precision']);
const anyDecimal = decimalKind({});
const isInteger = ({ castType }: ValueKind): boolean => !FLOATS.has(castType) && castType !== anyDecimal.castType;

/** The node as one of `kind`: cast where its type is another one. */
const as = (node: Node, kind: ValueKind): Node => (node.valueKind.castType === kind.castType ? node : cast(node, kind));

/** A function that gives double precision for every type but numeric, back in the type of its operand. */
function inOwnType(operator: Operator, node: Node): Node {
  const kind = resultKind([node.valueKind]),
    isExact = kind.castType === doubleKind.castType || kind.castType === anyDecimal.castType;
  return isExact ? operation(operator, [node], kind) : cast(operation(operator, [node], doubleKind), kind);
}

/** `ceil(x)` or `floor(x)`. An integer is its own; through double precision a bigint would lose digits. */
export const toWhole = (operator: Operator, node: Node): Node => (isInteger(node.valueKind) ? node : inOwnType(operator, node));

/** `sign(x)` */
export const signNode = (node: Node): Node => inOwnType(OPERATORS.sign, node);

/** `round(x)`, or `round(x, digits)`, which Postgres has for numeric only. `given` is empty or has the digits. */
export function roundNode(node: Node, given: readonly unknown[]): Node {
  const [digits] = given;
  if (given.length > 0 && digits === undefined) refuse('undefined', 'must not be undefined: leave it out to round to whole numbers');
  if (given.length > 0 && intKind.validate(digits) !== null) refuse('type', 'must be an integer');
  if (given.length === 0 || (isInteger(node.valueKind) && (digits as number) >= 0)) return toWhole(OPERATORS.round, node);
  return as(operation(OPERATORS.round, [as(node, anyDecimal), value(digits, intKind)], anyDecimal), resultKind([node.valueKind]));
}

function refuse(rule: string, message: string): never {
  throw new ValidationError([{ path: 'digits', rule, message }]);
}

/** Roots and powers of any number, in double precision. */
export const inDouble = (operator: Operator, ...operands: Node[]): Node =>
  operation(
    operator,
    operands.map((operand) => as(operand, doubleKind)),
    doubleKind,
  );

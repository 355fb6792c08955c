// The rows beyond one row of an ordering: what keyset pagination asks instead of counting the rows before a page.

import {
  booleanKind,
  checkAggregates,
  conjunctionOf,
  isSameNode,
  nodes,
  OPERATORS,
  PRECEDENCE,
  type ModelRuntime,
  type Node,
  type Operator,
  type OrderTerm,
  type Place,
  type StoredField,
} from '@djogi/core/extension';
import { mayBeNull } from '../set/nullability.ts';
import { refuse } from '../set/refine.ts';
import type { Selection } from '../set/selection.ts';
import { asWritten, type KeyValues } from './cursor.ts';

const { column, operation, value } = nodes;

const KEY: Place = { name: 'the ordering of a page', allowsAggregates: false, allowsWindows: false };

/**
 * The sort keys of pages: those of the selection, with the model's key behind them where they lack it. Its direction is that of the last one, so that an index over
 * both serves. What comes behind the model's key orders nothing.
 */
export function pageKeys(selection: Selection): readonly OrderTerm[] {
  const { runtime, source, orderBy, derived } = selection;
  for (const term of orderBy) checkAggregates(term.by, KEY);
  const wanted = derived === undefined || derived.hasKey ? keyFields(runtime) : [];
  if (wanted.length === 0) return refuse(selection, 'page', 'fetchPage needs a key to tell rows apart, and there is none');
  const terms = [...orderBy],
    direction = orderBy.at(-1)?.direction ?? 'asc';
  let last = -1;
  for (const field of wanted) {
    const node = column(source, field.column, field.property, field.valueKind, true);
    const at = orderBy.findIndex((term) => isSameNode(term.by, node));
    if (at < 0) terms.push({ by: node, direction });
    last = Math.max(last, at < 0 ? terms.length - 1 : at);
  }
  return terms.slice(0, last + 1);
}

function keyFields({ key, keySpec, byName, byProperty }: ModelRuntime): readonly StoredField[] {
  return key !== null ? [key] : keySpec.fields.map((name) => byProperty.get(byName.get(name)!.descriptor.property)!);
}

const test = (operator: Operator, ...operands: Node[]): Node => operation(operator, operands, booleanKind);
const both = (...all: Node[]): Node => test(OPERATORS.and, ...all);
const either = (...any: Node[]): Node => (any.length === 1 ? any[0]! : test(OPERATORS.or, ...any));

/** `(a, b)`. Compared, a row is less by the first of its values that differs, which is how an index over them is searched. */
const ROW: Operator = Object.freeze<Operator>({
  name: 'row',
  template: '($*)',
  precedence: PRECEDENCE.atom,
  nulls: 'own',
  infersParameters: false,
  evaluate: 'sql',
});

const beyondIn = (direction: OrderTerm['direction']): Operator => (direction === 'asc' ? OPERATORS.gt : OPERATORS.lt);

/** True for the rows that come after the one with these values. */
export function beyond(terms: readonly OrderTerm[], values: KeyValues): Node {
  const keys = terms.map((term, at): Key => {
    const text = values[at]!;
    return { term, value: text === null ? null : value(text, asWritten(term.by.valueKind)) };
  });
  const [first] = keys,
    { direction } = first!.term;
  if (keys.every(({ term }) => term.direction === direction && !mayBeNull(term.by))) {
    if (keys.length === 1) return test(beyondIn(direction), first!.term.by, first!.value!);
    const known = operation(
      ROW,
      keys.map((key) => key.value!),
      booleanKind,
    );
    return test(
      beyondIn(direction),
      operation(
        ROW,
        terms.map((term) => term.by),
        booleanKind,
      ),
      known,
    );
  }
  const chain = afterKeys(keys)!;
  if (mayBeNull(first!.term.by)) return chain;
  // It follows from the rest, but an index on the first key is searched by it.
  return conjunctionOf([test(direction === 'asc' ? OPERATORS.gte : OPERATORS.lte, first!.term.by, first!.value!), chain])!;
}

interface Key {
  readonly term: OrderTerm;
  readonly value: Node | null;
}

/** `a > $1 OR a = $1 AND (b < $2 OR b = $2 AND ...)`; null when no row can come after. */
function afterKeys([key, ...rest]: readonly Key[]): Node | null {
  const ahead = afterKey(key!),
    tail = rest.length === 0 ? null : afterKeys(rest);
  const { by } = key!.term;
  const tied = tail === null ? [] : [both(key!.value === null ? test(OPERATORS.isNull, by) : test(OPERATORS.eq, by, key!.value), tail)];
  return ahead.length + tied.length === 0 ? null : either(...ahead, ...tied);
}

/** The ways in which one key is after the value. NULL is last when ascending and first when descending, unless told otherwise. */
function afterKey({ term: { by, direction, nulls }, value: known }: Key): Node[] {
  const areNullsLast = (nulls ?? (direction === 'asc' ? 'last' : 'first')) === 'last';
  if (known === null) return areNullsLast ? [] : [test(OPERATORS.isNotNull, by)];
  const ahead = test(beyondIn(direction), by, known);
  return areNullsLast && mayBeNull(by) ? [ahead, test(OPERATORS.isNull, by)] : [ahead];
}

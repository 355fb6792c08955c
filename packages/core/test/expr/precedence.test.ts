// Rendered expressions mean to the server what their tree says: random trees, as literals and as parameters, against an evaluation in JavaScript
// that knows nothing of precedence.

import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../src/db/port.ts';
import { operation, value, type Node } from '../../src/expr/node.ts';
import { listKind } from '../../src/expr/operations.ts';
import { OPERATORS, type Operator } from '../../src/expr/operators.ts';
import { renderNode, SqlWriter } from '../../src/expr/render.ts';
import { bigintKind, booleanKind } from '../../src/value/number.ts';
import { textKind } from '../../src/value/text.ts';
import type { ValueKind } from '../../src/value/kind.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();
let connection: Connection;
beforeAll(async () => {
  connection = await server.open();
});

/** A node and what it must be worth; undefined where the server would raise an error. */
interface Tree<Value> {
  readonly node: Node;
  readonly worth: Value | null | undefined;
}
type IntTree = Tree<bigint>;
type BoolTree = Tree<boolean>;
type TextTree = Tree<string>;

type Worth = bigint | boolean | string | null;
const make = <Value>(
  operator: Operator,
  kind: ValueKind,
  operands: readonly Tree<any>[],
  compute: (...worths: never[]) => Value | null | undefined,
): Tree<Value> => {
  const worths = operands.map((operand) => operand.worth as never);
  return {
    node: operation(
      operator,
      operands.map((operand) => operand.node),
      kind,
    ),
    worth: worths.includes(undefined as never) ? undefined : compute(...worths),
  };
};
const strict =
  <Value>(compute: (...worths: never[]) => Value | undefined) =>
  (...worths: never[]): Value | null | undefined =>
    worths.includes(null as never) ? null : compute(...worths);

const LIMIT = 2n ** 62n;
const inRange = (result: bigint): bigint | undefined => (result > -LIMIT && result < LIMIT ? result : undefined);
const arithmetic: Record<'add' | 'sub' | 'mul' | 'div' | 'mod', (left: bigint, right: bigint) => bigint | undefined> = {
  add: (left, right) => inRange(left + right),
  sub: (left, right) => inRange(left - right),
  mul: (left, right) => inRange(left * right),
  div: (left, right) => (right === 0n ? undefined : left / right),
  mod: (left, right) => (right === 0n ? undefined : left % right),
};
/** Text is ordered by code point in the test's database, whose locale is C.UTF-8; the texts here are of the basic plane. */
const order = {
  eq: (l: Worth, r: Worth) => l === r,
  neq: (l: Worth, r: Worth) => l !== r,
  lt: (l: any, r: any) => l < r,
  lte: (l: any, r: any) => l <= r,
  gt: (l: any, r: any) => l > r,
  gte: (l: any, r: any) => l >= r,
};
const conjunction = (worths: (boolean | null)[]): boolean | null => (worths.includes(false) ? false : worths.includes(null) ? null : true);
const disjunction = (worths: (boolean | null)[]): boolean | null => (worths.includes(true) ? true : worths.includes(null) ? null : false);
const negated = (worth: boolean | null): boolean | null => (worth === null ? null : !worth);

const leafOf =
  (kind: ValueKind) =>
  (worth: Worth): Tree<any> => ({ node: value(worth, kind), worth });

function listOf(kind: ValueKind, items: readonly Worth[]): Node {
  return value(items, listKind(kind));
}

function membership(left: Tree<Worth>, kind: ValueKind, items: readonly Worth[], isIn: boolean): BoolTree {
  const { worth } = left;
  const found =
    worth === undefined
      ? undefined
      : items.length === 0
        ? false
        : worth === null
          ? null
          : items.includes(worth)
            ? true
            : items.includes(null)
              ? null
              : false;
  return {
    node: operation(isIn ? OPERATORS.in : OPERATORS.notIn, [left.node, listOf(kind, items)], booleanKind),
    worth: found === undefined || isIn ? found : negated(found),
  };
}

const constants = {
  int: fc.constantFrom<bigint | null>(-7n, -2n, -1n, 0n, 1n, 2n, 3n, 9n, null),
  bool: fc.constantFrom<boolean | null>(true, false, null),
  text: fc.constantFrom<string | null>('', 'a', 'B', 'ab', "it's", '\\', '%', '_', 'é', null),
};

const trees = fc.letrec<{ int: IntTree; bool: BoolTree; text: TextTree }>((tie) => {
  const int = tie('int'),
    bool = tie('bool'),
    text = tie('text');
  /** Two or three operands of one type, and its kind. */
  const pairs = fc.oneof(fc.tuple(int, int), fc.tuple(bool, bool), fc.tuple(text, text)) as fc.Arbitrary<[Tree<any>, Tree<any>]>;
  const triples = fc.oneof(fc.tuple(int, int, int), fc.tuple(bool, bool, bool), fc.tuple(text, text, text)) as fc.Arbitrary<
    [Tree<any>, Tree<any>, Tree<any>]
  >;
  return {
    int: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      constants.int.map(leafOf(bigintKind)),
      fc
        .tuple(fc.constantFrom('add', 'sub', 'mul', 'div', 'mod'), int, int)
        .map(([name, left, right]) => make<bigint>(OPERATORS[name], bigintKind, [left, right], strict(arithmetic[name]))),
      int.map((operand) =>
        make<bigint>(
          OPERATORS.neg,
          bigintKind,
          [operand],
          strict((worth: bigint) => -worth),
        ),
      ),
      text.map((operand) =>
        make<bigint>(
          OPERATORS.length,
          bigintKind,
          [operand],
          strict((worth: string) => BigInt(Array.from(worth).length)),
        ),
      ),
    ),
    text: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      constants.text.map(leafOf(textKind)),
      fc.array(text, { minLength: 2, maxLength: 3 }).map((operands) =>
        make<string>(
          OPERATORS.concat,
          textKind,
          operands,
          strict((...worths: string[]) => worths.join('')),
        ),
      ),
      text.map((operand) =>
        make<string>(
          OPERATORS.lower,
          textKind,
          [operand],
          strict((worth: string) => worth.toLowerCase()),
        ),
      ),
      text.map((operand) =>
        make<string>(
          OPERATORS.upper,
          textKind,
          [operand],
          strict((worth: string) => worth.toUpperCase()),
        ),
      ),
    ),
    bool: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      constants.bool.map(leafOf(booleanKind)),
      fc.constantFrom<BoolTree>(
        { node: operation(OPERATORS.true, [], booleanKind), worth: true },
        { node: operation(OPERATORS.false, [], booleanKind), worth: false },
      ),
      fc
        .array(bool, { minLength: 2, maxLength: 4 })
        .map((operands) => make<boolean>(OPERATORS.and, booleanKind, operands, (...worths: (boolean | null)[]) => conjunction(worths))),
      fc
        .array(bool, { minLength: 2, maxLength: 4 })
        .map((operands) => make<boolean>(OPERATORS.or, booleanKind, operands, (...worths: (boolean | null)[]) => disjunction(worths))),
      bool.map((operand) => make<boolean>(OPERATORS.not, booleanKind, [operand], negated)),
      fc.tuple(bool, bool).map(([left, right]) =>
        make<boolean>(
          OPERATORS.xor,
          booleanKind,
          [left, right],
          strict((a: boolean, b: boolean) => a !== b),
        ),
      ),
      fc
        .tuple(fc.constantFrom('eq', 'neq', 'lt', 'lte', 'gt', 'gte'), pairs)
        .map(([name, operands]) => make<boolean>(OPERATORS[name], booleanKind, operands, strict(order[name]))),
      triples.map((operands) =>
        make<boolean>(OPERATORS.between, booleanKind, operands, (x: any, low: any, high: any) =>
          conjunction([x === null || low === null ? null : x >= low, x === null || high === null ? null : x <= high]),
        ),
      ),
      fc.oneof(int, bool, text).map((operand) => make<boolean>(OPERATORS.isNull, booleanKind, [operand], (worth: Worth) => worth === null)),
      fc
        .oneof(int, bool, text)
        .map((operand) => make<boolean>(OPERATORS.isNotNull, booleanKind, [operand], (worth: Worth) => worth !== null)),
      pairs.map((operands) =>
        make<boolean>(OPERATORS.isDistinctFrom, booleanKind, operands, (left: Worth, right: Worth) => left !== right),
      ),
      pairs.map((operands) =>
        make<boolean>(OPERATORS.isNotDistinctFrom, booleanKind, operands, (left: Worth, right: Worth) => left === right),
      ),
      fc
        .tuple(int, fc.array(constants.int, { maxLength: 3 }), fc.boolean())
        .map(([left, items, isIn]) => membership(left, bigintKind, items, isIn)),
      fc
        .tuple(bool, fc.array(constants.bool, { maxLength: 3 }), fc.boolean())
        .map(([left, items, isIn]) => membership(left, booleanKind, items, isIn)),
      fc.tuple(text, fc.constantFrom('a', 'b', ''), fc.boolean()).map(([left, part, isLike]) =>
        make<boolean>(
          isLike ? OPERATORS.like : OPERATORS.notLike,
          booleanKind,
          [left, leafOf(textKind)(`%${part}%`)],
          strict((worth: string) => worth.includes(part) === isLike),
        ),
      ),
      fc.tuple(text, fc.constantFrom('a', 'b'), fc.boolean()).map(([left, part, isLike]) =>
        make<boolean>(
          isLike ? OPERATORS.ilike : OPERATORS.notIlike,
          booleanKind,
          [left, leafOf(textKind)(`%${part}%`)],
          strict((worth: string) => worth.toLowerCase().includes(part) === isLike),
        ),
      ),
      fc.tuple(text, fc.constantFrom('a', 'b')).map(([left, part]) =>
        make<boolean>(
          OPERATORS.regex,
          booleanKind,
          [left, leafOf(textKind)(part)],
          strict((worth: string) => worth.includes(part)),
        ),
      ),
      fc.tuple(text, text).map(([left, right]) =>
        make<boolean>(
          OPERATORS.iexact,
          booleanKind,
          [left, right],
          strict((a: string, b: string) => a.toLowerCase() === b.toLowerCase()),
        ),
      ),
    ),
  };
});

const textOf = (node: Node): string => {
  const writer = new SqlWriter({ asLiterals: true });
  renderNode(writer, node);
  return writer.text;
};
const withText = <Value>(from: fc.Arbitrary<Tree<Value>>): fc.Arbitrary<Tree<Value>> =>
  from
    .filter(({ worth }) => worth !== undefined)
    .map((tree) => Object.defineProperty({ ...tree }, fc.toStringMethod, { value: () => `${textOf(tree.node)} = ${String(tree.worth)}` }));

async function askAll(all: readonly Tree<Worth>[], asLiterals: boolean): Promise<readonly unknown[]> {
  const writer = new SqlWriter({ asLiterals });
  writer.text = 'SELECT ';
  for (const [at, { node }] of all.entries()) {
    if (at > 0) writer.text += ', ';
    renderNode(writer, node);
  }
  const statement = {
    text: writer.text,
    parameters: writer.placeholders.map(({ valueKind }) => valueKind.codec),
    rows: { columns: all.map(({ node }, at) => ({ name: `e${at}`, codec: node.valueKind.codec })), as: 'tuple' as const },
  };
  const values = writer.placeholders.map((placeholder) => (placeholder.kind === 'value' ? placeholder.value : null));
  // The first execution is in text; the second, where there are parameters, in binary.
  if (!asLiterals) await connection.execute({ statement: { ...statement, rows: null }, values });
  return (await connection.execute({ statement, values })).rows[0] as unknown[];
}

describe.each([
  ['as literals', true],
  ['as parameters', false],
])('random expressions, %s', (_, asLiterals) => {
  test.each([
    ['numbers', trees.int, 60],
    ['predicates', trees.bool, 160],
    ['texts', trees.text, 30],
  ] as [string, fc.Arbitrary<Tree<any>>, number][])('%s are worth what their tree says', async (__, from, numRuns) => {
    await fc.assert(
      fc.asyncProperty(fc.array(withText(from), { minLength: 12, maxLength: 12 }), async (all) => {
        const answers = await askAll(all, asLiterals),
          texts = all.map(({ node }) => textOf(node));
        expect(texts.map((text, at) => `${text} is ${String(answers[at])}`)).toEqual(
          texts.map((text, at) => `${text} is ${String(all[at]!.worth)}`),
        );
      }),
      { numRuns },
    );
  });
});

describe('parentheses', () => {
  const n = (worth: bigint): Node => value(worth, bigintKind);
  const op = (operator: Operator, ...operands: Node[]): Node => operation(operator, operands, bigintKind);
  const { add, sub, mul, div, neg, eq, lt, and, or, not, isNull, between, concat, isDistinctFrom } = OPERATORS;
  const [a, b, c] = [n(1n), n(2n), n(3n)];
  test.each<[Node, string]>([
    [op(mul, op(add, a, b), c), '($1 + $2) * $3'],
    [op(add, a, op(mul, b, c)), '$1 + $2 * $3'],
    [op(sub, a, op(sub, b, c)), '$1 - ($2 - $3)'],
    [op(sub, op(sub, a, b), c), '($1 - $2) - $3'],
    [op(div, a, op(mul, b, c)), '$1 / ($2 * $3)'],
    [op(neg, op(neg, a)), '- (- $1)'],
    [op(neg, op(add, a, b)), '- ($1 + $2)'],
    [op(mul, op(neg, a), b), '- $1 * $2'],
    [op(sub, a, op(neg, b)), '$1 - - $2'],
    [op(and, op(or, a, b), c), '($1 OR $2) AND $3'],
    [op(or, op(and, a, b), c), '$1 AND $2 OR $3'],
    [op(not, op(and, a, b)), 'NOT ($1 AND $2)'],
    [op(and, op(not, a), b), 'NOT $1 AND $2'],
    [op(not, op(not, a)), 'NOT NOT $1'],
    [op(not, op(eq, a, b)), 'NOT $1 = $2'],
    [op(eq, op(not, a), b), '(NOT $1) = $2'],
    [op(eq, op(eq, a, b), c), '($1 = $2) = $3'],
    [op(eq, a, op(lt, b, c)), '$1 = ($2 < $3)'],
    [op(isNull, op(eq, a, b)), '$1 = $2 IS NULL'],
    [op(eq, op(isNull, a), b), '($1 IS NULL) = $2'],
    [op(isNull, op(isNull, a)), '($1 IS NULL) IS NULL'],
    [op(isNull, op(and, a, b)), '($1 AND $2) IS NULL'],
    [op(between, op(add, a, b), a, op(or, b, c)), '$1 + $2 BETWEEN $1 AND ($2 OR $3)'],
    [op(between, a, op(between, a, b, c), c), '$1 BETWEEN ($1 BETWEEN $2 AND $3) AND $3'],
    [op(concat, a, op(concat, b, c)), '$1 || $2 || $3'],
    [op(isDistinctFrom, op(isDistinctFrom, a, b), c), '($1 IS DISTINCT FROM $2) IS DISTINCT FROM $3'],
    [op(not, op(isDistinctFrom, a, b)), 'NOT $1 IS DISTINCT FROM $2'],
  ])('%# are as few as the tree needs', (node, text) => {
    const writer = new SqlWriter();
    renderNode(writer, node);
    expect(writer.text.replaceAll('::bigint', '')).toBe(text);
  });
});

test('a deep tree is rendered and keeps its meaning', async () => {
  let tree: Tree<bigint> = leafOf(bigintKind)(0n) as Tree<bigint>;
  for (let depth = 0; depth < 300; depth++)
    tree = make<bigint>(
      depth % 2 === 0 ? OPERATORS.add : OPERATORS.sub,
      bigintKind,
      depth % 3 === 0 ? [leafOf(bigintKind)(BigInt(depth)), tree] : [tree, leafOf(bigintKind)(BigInt(depth))],
      depth % 2 === 0 ? (l: bigint, r: bigint) => l + r : (l: bigint, r: bigint) => l - r,
    );
  expect(await askAll([tree as Tree<Worth>], true)).toEqual([tree.worth]);
  expect(await askAll([tree as Tree<Worth>], false)).toEqual([tree.worth]);
});

// The in-memory evaluator: the same answers as Postgres for everything it accepts, and a refusal for everything else.

import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CompiledStatement, Connection } from '../../src/db/port.ts';
import { evaluate, matches, portabilityProblem } from '../../src/expr/evaluate.ts';
import { caseWhen } from '../../src/expr/case.ts';
import type { Predicate } from '../../src/expr/expression.ts';
import { coalesce, greatest, least, nullIf } from '../../src/expr/functions.ts';
import { column, operation, parameter, sqlText, value } from '../../src/expr/node.ts';
import { and, not, nodeOf, or } from '../../src/expr/operations.ts';
import { OPERATORS } from '../../src/expr/operators.ts';
import { renderNode, SqlWriter } from '../../src/expr/render.ts';
import { isDjogiError } from '../../src/error/error.ts';
import { booleanKind, intKind } from '../../src/value/number.ts';
import { citextKind } from '../../src/value/text.ts';
import {
  CREATE_SAMPLES,
  sample,
  SAMPLE_NAMES,
  samples,
  samplesSource,
  untyped,
  type SampleName,
  type Untyped,
} from '../support/sample-table.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();
let connection: Connection;

type SampleRow = Record<string, unknown>;
const ROWS = 50;
/** Printed with a failure by fast-check; fixed per run so that rows and predicates are reproduced together. */
const seed = Number(process.env['FC_SEED'] ?? Date.now() & 0x7fffffff);
const rowArbitrary = fc.record(
  Object.fromEntries(
    SAMPLE_NAMES.flatMap((name) =>
      ['A', 'B'].map((side) => [
        `${name}${side}`,
        fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 3, arbitrary: fc.constantFrom(...samples[name].values) }),
      ]),
    ),
  ),
);
const rows: SampleRow[] = fc.sample(rowArbitrary, { numRuns: ROWS, seed });

beforeAll(async () => {
  connection = await server.open();
  await connection.script(CREATE_SAMPLES);
  const columns = SAMPLE_NAMES.flatMap((name) =>
    (['A', 'B'] as const).map((side) => ({
      property: `${name}${side}`,
      codec: samples[name].kind.codec,
      name: `"${name}_${side.toLowerCase()}"`,
    })),
  );
  const statement = {
    text: `INSERT INTO samples (id, ${columns.map(({ name }) => name).join(', ')}) VALUES ($1, ${columns.map((_, at) => `$${at + 2}`).join(', ')})`,
    parameters: [intKind.codec, ...columns.map(({ codec }) => codec)],
    rows: null,
  };
  for (const [id, row] of rows.entries())
    await connection.execute({ statement, values: [id, ...columns.map(({ property }) => row[property])] });
});

const ORDERED = ['gt', 'gte', 'lt', 'lte'] as const,
  EQUAL = ['eq', 'neq', 'isDistinctFrom', 'isNotDistinctFrom'] as const;

/** Kinds whose columns may be compared with each other. */
const FAMILIES: readonly (readonly SampleName[])[] = [
  ['smallint', 'int', 'safeInt', 'double', 'real'],
  ['text', 'varchar'],
  ['decimal', 'price'],
  ['bigint'],
  ['heerId'],
  ['inet', 'cidr'],
];

function lookups(name: SampleName): fc.Arbitrary<Predicate> {
  const { kind, values } = samples[name],
    { comparison } = kind,
    isArray = kind.operations === 'array';
  const columns = fc.constantFrom(sample(name), sample(name, 'B'));
  const family = FAMILIES.find((members) => members.includes(name)) ?? [name];
  const constant = fc.constantFrom(...values),
    other = fc.constantFrom(...family).chain((member) => fc.constantFrom(sample(member), sample(member, 'B')));
  const operand = fc.oneof({ weight: 2, arbitrary: constant }, { weight: 1, arbitrary: other });
  const isOrdered = comparison!.isOrderPortable === true;
  // An address beside a network is an address: a literal network may be refused there.
  const peer = kind.operations === 'number' ? operand : fc.oneof(constant, columns);
  /** A column, or what functions and CASE make of some. */
  const left = isArray
    ? columns
    : fc.oneof(
        { weight: 5, arbitrary: columns },
        {
          weight: 2,
          arbitrary: fc
            .tuple(fc.constantFrom(coalesce, nullIf, ...(isOrdered ? [greatest, least] : [])), columns, peer)
            .map(([apply, first, second]) => (apply as unknown as (...of: unknown[]) => Untyped)(first, second)),
        },
        {
          weight: 1,
          arbitrary: fc
            .tuple(fc.constantFrom(sample('boolean'), sample('int').gt(0)), peer, columns, peer)
            .map(([condition, first, second, otherwise]) =>
              caseWhen(condition, first)
                .when(second.isNull(), second)
                .otherwise(otherwise as never),
            ),
        },
      );
  const methods = [...EQUAL, ...(comparison!.isOrderPortable === true ? ORDERED : [])];
  const all: fc.Arbitrary<Predicate>[] = [
    fc.tuple(left, fc.constantFrom(...methods), operand).map(([expression, method, to]) => expression[method](to)),
    fc.tuple(left, fc.constantFrom('isNull' as const, 'isNotNull' as const)).map(([expression, method]) => expression[method]()),
    fc.tuple(left, fc.constantFrom(...EQUAL)).map(([expression, method]) => expression[method](null)),
  ];
  if (!isArray)
    all.push(
      fc
        .tuple(left, fc.constantFrom('in' as const, 'notIn' as const), fc.array(constant, { maxLength: 4 }))
        .map(([expression, method, list]) => expression[method](list)),
    );
  if (isOrdered) all.push(fc.tuple(left, operand, operand).map(([expression, low, high]) => expression.between(low, high)));
  return fc.oneof(...all);
}

/** Counterexamples are shown as SQL. */
const shown = (from: fc.Arbitrary<Predicate>): fc.Arbitrary<Predicate> =>
  from.map((predicate) => Object.defineProperty(predicate, fc.toStringMethod, { value: () => textOf(predicate), configurable: true }));

const leaf = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom(...SAMPLE_NAMES).chain(lookups) },
  { weight: 2, arbitrary: fc.constantFrom<Predicate>(sample('boolean'), sample('boolean', 'B')) },
  { weight: 1, arbitrary: fc.constantFrom(and(), or()) },
);
const predicates = shown(
  fc.letrec<{ tree: Predicate }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => left.and(right)),
      fc.tuple(tie('tree'), tie('tree'), tie('tree')).map(([a, b, c]) => or(a, b, c)),
      fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => left.xor(right)),
      tie('tree').map((tree) => not(tree)),
      tie('tree').map((tree) => tree.not()),
      tie('tree').map((tree) => tree.isNull()),
      tie('tree').map((tree) => tree.isTrue()),
      tie('tree').map((tree) => tree.isFalse()),
      fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => (left as Untyped).eq(right)),
      fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => (left as Untyped).isDistinctFrom(right)),
    ),
  })).tree,
);

/** What the server answers for each row, per predicate: as a value, and as a filter. */
async function ask(all: readonly Predicate[]): Promise<(boolean | null)[][]> {
  const writer = new SqlWriter();
  writer.text = 'SELECT ';
  for (const [at, predicate] of all.entries()) {
    if (at > 0) writer.text += ', ';
    renderNode(writer, nodeOf(predicate));
  }
  writer.text += ' FROM samples ORDER BY id';
  const statement = {
    text: writer.text,
    parameters: writer.placeholders.map(({ valueKind }) => valueKind.codec),
    rows: { columns: all.map((_, at) => ({ name: `p${at}`, codec: booleanKind.codec })), as: 'tuple' as const },
  };
  const { rows: answers } = await connection.execute({
    statement,
    values: writer.placeholders.map((placeholder) => (placeholder.kind === 'value' ? placeholder.value : null)),
  });
  return all.map((_, at) => (answers as unknown as (boolean | null)[][]).map((answer) => answer[at]!));
}

const textOf = (predicate: Predicate): string => {
  const writer = new SqlWriter({ asLiterals: true });
  renderNode(writer, nodeOf(predicate));
  return writer.text;
};

/** Holds the evaluator against the server, row by row; empty when they agree. */
async function disagreement(all: readonly Predicate[]): Promise<string> {
  for (const [at, answers] of (await ask(all)).entries()) {
    const predicate = all[at]!,
      inMemory = rows.map((row) => evaluate(predicate, row)),
      differs = inMemory.findIndex((answer, id) => answer !== answers[id]);
    if (differs >= 0)
      return `${textOf(predicate)}: in memory ${inMemory[differs]}, in Postgres ${answers[differs]}, row ${differs} of seed ${seed}`;
  }
  return '';
}

describe('random predicates over random rows', () => {
  test('every portable lookup of every kind has the value that Postgres gives', async () => {
    for (const name of SAMPLE_NAMES) {
      await fc.assert(
        fc.asyncProperty(fc.array(shown(lookups(name)), { minLength: 20, maxLength: 20 }), async (all) => {
          for (const predicate of all) expect(portabilityProblem(predicate)).toBeNull();
          expect(await disagreement(all)).toBe('');
        }),
        { numRuns: 4, seed },
      );
    }
  });

  test('every combination with AND, OR, NOT, XOR and comparisons of predicates has it as well', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(predicates, { minLength: 20, maxLength: 20 }), async (all) => {
        expect(await disagreement(all)).toBe('');
      }),
      { numRuns: 80, seed },
    );
  });

  test('a WHERE clause keeps the rows that match, and p, not p and p is null share out all rows', async () => {
    await fc.assert(
      fc.asyncProperty(predicates, async (predicate) => {
        const count = async (condition: Predicate): Promise<number> => {
          const writer = new SqlWriter();
          writer.text = 'SELECT count(*)::integer AS n FROM samples WHERE ';
          renderNode(writer, nodeOf(condition));
          const statement: CompiledStatement<number> = {
            text: writer.text,
            parameters: writer.placeholders.map(({ valueKind }) => valueKind.codec),
            rows: { columns: [{ name: 'n', codec: intKind.codec }], as: 'value' },
          };
          return (
            await connection.execute({
              statement,
              values: writer.placeholders.map((placeholder) => (placeholder.kind === 'value' ? placeholder.value : null)),
            })
          ).rows[0]!;
        };
        const counts = [await count(predicate), await count(not(predicate)), await count(predicate.isNull())];
        expect(counts[0]).toBe(rows.filter((row) => matches(predicate, row)).length);
        expect(counts[0]! + counts[1]! + counts[2]!).toBe(ROWS);
      }),
      { numRuns: 150, seed },
    );
  });
});

describe('three values', () => {
  const age = sample('int');
  const at = (intA: number | null): SampleRow => ({ intA });
  test('a comparison with null is unknown, and so is its negation', () => {
    expect(evaluate(age.neq(5), at(null))).toBeNull();
    expect(evaluate(not(age.neq(5)), at(null))).toBeNull();
    expect(matches(age.neq(5), at(null))).toBe(false);
    expect(matches(not(age.neq(5)), at(null))).toBe(false);
    expect(evaluate(age.in([]), at(1))).toBe(false);
    expect(evaluate(age.notIn([]), at(1))).toBe(true);
    expect(evaluate(age.isDistinctFrom(5), at(null))).toBe(true);
  });

  const truth = [true, false, null] as const;
  const [p, q] = [sample('boolean'), sample('boolean', 'B')];
  test.each(truth.flatMap((left) => truth.map((right) => [left, right] as const)))(
    '%s and %s combine as in the manual, 9.1',
    (left, right) => {
      const row = { booleanA: left, booleanB: right };
      expect(evaluate(p.and(q), row)).toBe(left === false || right === false ? false : left === null || right === null ? null : true);
      expect(evaluate(p.or(q), row)).toBe(left === true || right === true ? true : left === null || right === null ? null : false);
      expect(evaluate(p.xor(q), row)).toBe(left === null || right === null ? null : left !== right);
      expect(evaluate(not(p), row)).toBe(left === null ? null : !left);
    },
  );

  test('no predicate at all is true for AND and false for OR', () => {
    expect([evaluate(and(), {}), evaluate(or(), {})]).toEqual([true, false]);
  });
});

describe('refusals', () => {
  const refusal = (run: () => unknown): { code: string; kind: string; message: string } => {
    try {
      run();
    } catch (error) {
      if (isDjogiError(error)) return error as never;
      throw error;
    }
    throw new Error('It was not refused.');
  };
  const text = sample('text'),
    ints = sample('ints');
  const citext = untyped(column(samplesSource, 'c', 'c', citextKind));
  const row = { textA: 'a', intA: 1, c: 'a', intsA: [1], booleanA: true, decimalA: '1' };

  test.each<[string, () => Predicate]>([
    ['contains', () => text.contains('a')],
    ['icontains', () => text.icontains('a')],
    ['startsWith', () => text.startsWith('a')],
    ['istartsWith', () => text.istartsWith('a')],
    ['endsWith', () => text.endsWith('a')],
    ['iendsWith', () => text.iendsWith('a')],
    ['like', () => text.like('a')],
    ['ilike', () => text.ilike('a')],
    ['iexact', () => text.iexact('a')],
    ['regex', () => text.regex('a')],
    ['iregex', () => text.iregex('a')],
    ['lower', () => text.lower().eq('a')],
    ['upper', () => text.upper().eq('a')],
    ['length', () => text.length().eq(1)],
    ['concat', () => text.concat('x').eq('a')],
    ['add', () => sample('int').add(1).eq(2)],
    ['neg', () => sample('int').neg().lt(2)],
    ['div', () => sample('decimal').div('2').isNull()],
    ['array contains', () => ints.contains([1])],
    ['containedBy', () => ints.containedBy([1])],
    ['overlaps', () => ints.overlaps([1])],
    ['any', () => ints.any(1)],
    ['len', () => ints.len().eq(1)],
    ['isEmpty', () => ints.isEmpty()],
  ])('%s exists in SQL only', (_, make) => {
    const predicate = make();
    expect(refusal(() => evaluate(predicate, row))).toMatchObject({ code: 'PREDICATE', kind: 'unsupportedLookup' });
    expect(portabilityProblem(predicate)).toMatchObject({ code: 'PREDICATE', kind: 'unsupportedLookup' });
    // Wholly: a part that could be evaluated does not make the rest disappear.
    expect(portabilityProblem(and(sample('int').eq(1), not(or(sample('int').eq(2), predicate))))).toMatchObject({
      kind: 'unsupportedLookup',
    });
  });

  test.each<[string, () => Predicate]>([
    ['gt', () => text.gt('a')],
    ['gte', () => text.gte('a')],
    ['lt', () => text.lt('a')],
    ['lte', () => text.lte('a')],
    ['between', () => text.between('a', 'b')],
    ['varchar', () => sample('varchar').lt('b')],
  ])('%s on text depends on the collation', (_, make) => {
    expect(refusal(() => evaluate(make(), { ...row, varcharA: 'a' }))).toMatchObject({ code: 'PREDICATE', kind: 'unsupportedFieldType' });
    expect(portabilityProblem(make())).toMatchObject({ kind: 'unsupportedFieldType' });
  });

  test.each<[string, () => Predicate]>([
    ['eq', () => citext.eq('a')],
    ['in', () => citext.in(['a'])],
    ['isDistinctFrom', () => citext.isDistinctFrom('a')],
    ['the right side', () => text.eq(citext)],
    ['both ends', () => text.isNotDistinctFrom(citext)],
  ])('%s of a type that only the database compares is refused', (_, make) => {
    expect(refusal(() => evaluate(make(), row))).toMatchObject({ code: 'PREDICATE', kind: 'unsupportedFieldType' });
    expect(portabilityProblem(make())).toMatchObject({ kind: 'unsupportedFieldType' });
  });

  test('null checks of such a type are portable', () => {
    expect(evaluate(citext.isNull(), row)).toBe(false);
    expect(evaluate(citext.isNotNull(), row)).toBe(true);
  });

  test('values of two types that are different classes in JavaScript are refused, not compared', () => {
    const mixed = untyped(operation(OPERATORS.eq, [nodeOf(sample('int')), nodeOf(sample('bigint'))], booleanKind));
    expect(refusal(() => evaluate(mixed, { intA: 1, bigintA: 1n }))).toMatchObject({ code: 'PREDICATE', kind: 'valueTypeMismatch' });
    expect(portabilityProblem(mixed)).toMatchObject({ kind: 'valueTypeMismatch' });
  });

  test('a row without the property is refused, with its name', () => {
    expect(refusal(() => evaluate(sample('int').eq(1), {}))).toMatchObject({ code: 'PREDICATE', kind: 'unsupportedField', field: 'intA' });
  });

  test('placeholders and declared SQL have no in-memory form', () => {
    for (const node of [parameter(0, booleanKind), sqlText('true', booleanKind)]) {
      const predicate = untyped(node);
      expect(refusal(() => evaluate(predicate, row))).toMatchObject({ kind: 'unsupportedPredicateKind' });
      expect(portabilityProblem(predicate)).toMatchObject({ kind: 'unsupportedPredicateKind' });
    }
  });

  test('what is no predicate is VALIDATION', () => {
    for (const wrong of [undefined, null, true, 'x', {}, Promise.resolve(), () => true])
      expect(refusal(() => evaluate(wrong as never, row))).toMatchObject({ code: 'VALIDATION' });
    expect(refusal(() => evaluate(sample('int'), row))).toMatchObject({ code: 'VALIDATION', issues: [{ rule: 'predicate' }] });
    expect(refusal(() => portabilityProblem(sample('int')))).toMatchObject({ code: 'VALIDATION' });
  });

  test('a refusal quotes no value', () => {
    expect(refusal(() => evaluate(text.contains('secret-value'), row)).message).not.toContain('secret-value');
  });
});

test('a value node is evaluated as it is', () => {
  const isNull = untyped(operation(OPERATORS.isNull, [value(null, intKind)], booleanKind));
  expect(evaluate(isNull, {})).toBe(true);
});

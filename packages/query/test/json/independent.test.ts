// Paths against a computation of their own: random documents, random questions, and a reading of them in JavaScript that knows nothing of SQL.

import { and, countAll, f, jsonAsNumber, jsonAsText, model, not, or, pk, type ExprsOf, type Predicate } from '@djogi/core';
import { djogiTest } from '@djogi/testing';
import fc from 'fast-check';
import { expect } from 'vitest';
import { z } from 'zod';
import { query } from '../../src/index.ts';

const leaf = z.object({ n: z.number().nullable().optional(), s: z.string().nullable().optional(), b: z.boolean().nullable().optional() });
const schema = leaf.extend({ inner: leaf.nullable().optional() });
type Document = z.input<typeof schema>;
class Doc extends model('docs', { doc: f.jsonb(schema) }, { pk: pk.serial(), timestamps: false }) {}
type Bag = ExprsOf<typeof Doc>;

const test = djogiTest({ models: [Doc] });

const numbers = fc.constantFrom(-10, -1.5, 0, 0.1, 1, 2, 9, 10, 100, 1e21, 2 ** 53);
const texts = fc.constantFrom('', 'a', 'A', '10', '9', 'null', 'é', '%', '\\', '"');
const leafDocument = fc.record(
  { n: fc.option(numbers), s: fc.option(texts), b: fc.option(fc.boolean()) },
  { requiredKeys: [] },
) as fc.Arbitrary<z.input<typeof leaf>>;
const document = fc
  .tuple(leafDocument, fc.constantFrom('missing', 'null', 'object'), leafDocument)
  .map(([outer, kind, inner]): Document => (kind === 'missing' ? outer : { ...outer, inner: kind === 'null' ? null : inner }));

/** A question, and its answer for one document: null is unknown. */
interface Question {
  readonly ask: (bag: Bag) => Predicate;
  readonly answer: (document: Document) => boolean | null;
}
type Key = 'n' | 's' | 'b';
type Place = (key: Key) => { readonly at: (bag: Bag) => any; readonly of: (document: Document) => any };
const outer: Place = (key) => ({ at: (bag) => bag.doc[key], of: (doc) => doc[key] ?? null });
const inner: Place = (key) => ({ at: (bag) => bag.doc.inner[key], of: (doc) => doc.inner?.[key] ?? null });
const place = fc.constantFrom(outer, inner);
const known =
  (of: (doc: Document) => any, test: (value: any) => boolean) =>
  (doc: Document): boolean | null => {
    const value: unknown = of(doc);
    return value === null ? null : test(value);
  };

const comparison = fc
  .record({ where: place, key: fc.constantFrom<Key>('n', 's', 'b'), n: numbers, m: numbers, s: texts, t: texts, b: fc.boolean() })
  .chain(({ where, key, n, m, s, t, b }): fc.Arbitrary<Question> => {
    const { at, of } = where(key),
      [one, other] = key === 'n' ? [n, m] : key === 's' ? [s, t] : [b, !b];
    const questions: Question[] = [
      { ask: (bag) => at(bag).isNull(), answer: (doc) => of(doc) === null },
      { ask: (bag) => at(bag).isNotNull(), answer: (doc) => of(doc) !== null },
      { ask: (bag) => at(bag).eq(one), answer: known(of, (value) => value === one) },
      { ask: (bag) => at(bag).neq(one), answer: known(of, (value) => value !== one) },
      { ask: (bag) => at(bag).in([one, other]), answer: known(of, (value) => value === one || value === other) },
      { ask: (bag) => at(bag).notIn([one]), answer: known(of, (value) => value !== one) },
      { ask: (bag) => at(bag).isDistinctFrom(one), answer: (doc) => of(doc) !== one },
    ];
    if (key === 'n')
      questions.push(
        { ask: (bag) => at(bag).gte(n), answer: known(of, (value) => value >= n) },
        { ask: (bag) => at(bag).lt(n), answer: known(of, (value) => value < n) },
        { ask: (bag) => at(bag).between(n, m), answer: known(of, (value) => value >= n && value <= m) },
        {
          ask: (bag) =>
            jsonAsNumber(at(bag) as Bag['doc']['n'])
              .mul(2)
              .gt(n),
          answer: known(of, (value) => value * 2 > n),
        },
      );
    if (key === 's')
      questions.push(
        { ask: (bag) => at(bag).contains(s), answer: known(of, (value) => value.includes(s)) },
        { ask: (bag) => at(bag).startsWith(s), answer: known(of, (value) => value.startsWith(s)) },
        {
          ask: (bag) =>
            jsonAsText(at(bag) as Bag['doc']['s'])
              .length()
              .gt(0),
          answer: known(of, (value) => value.length > 0),
        },
      );
    return fc.constantFrom(...questions);
  });

const { question } = fc.letrec<{ question: Question }>((tie) => ({
  question: fc.oneof(
    { maxDepth: 2 },
    { weight: 4, arbitrary: comparison },
    {
      weight: 1,
      arbitrary: tie('question').map(({ ask, answer }) => ({
        ask: (bag: Bag) => not(ask(bag)),
        answer: (doc: Document) => {
          const worth = answer(doc);
          return worth === null ? null : !worth;
        },
      })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(tie('question'), tie('question')).map(([left, right]) => ({
        ask: (bag: Bag) => and(left.ask(bag), right.ask(bag)),
        answer: (doc: Document) => {
          const worths = [left.answer(doc), right.answer(doc)];
          return worths.includes(false) ? false : worths.includes(null) ? null : true;
        },
      })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(tie('question'), tie('question')).map(([left, right]) => ({
        ask: (bag: Bag) => or(left.ask(bag), right.ask(bag)),
        answer: (doc: Document) => {
          const worths = [left.answer(doc), right.answer(doc)];
          return worths.includes(true) ? true : worths.includes(null) ? null : false;
        },
      })),
    },
  ),
}));

test('random questions about random documents have the answers that are computed here', { timeout: 60_000 }, async ({ ctx }) => {
  const documents = fc.sample(document, { numRuns: 60, seed: 7 });
  const rows = await query(Doc).bulkCreate(
    ctx,
    documents.map((doc) => ({ doc })),
  );
  await fc.assert(
    fc.asyncProperty(question, async ({ ask, answer }) => {
      const found = await query(Doc)
        .filter((bag) => ask(bag))
        .orderBy((bag) => bag.id.asc())
        .selectTuple((bag) => [bag.id])
        .fetchAll(ctx);
      expect(found.map(([id]) => id)).toEqual(rows.filter((_, at) => answer(documents[at]!) === true).map(({ id }) => id));
    }),
    { numRuns: 120 },
  );
});

test('groups and totals over random documents are those computed here', { timeout: 60_000 }, async ({ ctx }) => {
  const documents = fc.sample(document, { numRuns: 80, seed: 11 });
  await query(Doc).bulkCreate(
    ctx,
    documents.map((doc) => ({ doc })),
  );
  const groups = await query(Doc)
    .groupBy((d) => ({ s: jsonAsText(d.doc.inner.s) }))
    .annotate((d) => ({ n: countAll(), numbered: d.doc.n.count(), least: d.doc.n.min(), most: d.doc.n.max().filter(d.doc.b.eq(true)) }))
    .fetchAll(ctx);
  const wanted = Map.groupBy(documents, (doc) => doc.inner?.s ?? null);
  const numbersOf = (docs: readonly Document[]): number[] => docs.flatMap(({ n }) => (n === null || n === undefined ? [] : [n]));
  const extreme = (of: 'min' | 'max', values: readonly number[]): number | null => (values.length === 0 ? null : Math[of](...values));
  expect(new Map(groups.map(({ s, ...values }) => [s, values]))).toEqual(
    new Map(
      [...wanted].map(([s, docs]) => [
        s,
        {
          n: docs.length,
          numbered: numbersOf(docs).length,
          least: extreme('min', numbersOf(docs)),
          most: extreme('max', numbersOf(docs.filter(({ b }) => b === true))),
        },
      ]),
    ),
  );
});

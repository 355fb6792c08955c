// Similarity of texts by their trigrams, of the extension pg_trgm. Opt-in: these are functions, not lookups that every text has, and without the extension
// the server answers 42883.
//
// Source: the manual, appendix F, pg_trgm.

import { ValidationError } from '../error/value-error.ts';
import { refineKind, type ValueKind } from '../value/kind.ts';
import { booleanKind, realKind } from '../value/number.ts';
import { textKind } from '../value/text.ts';
import type { Expr, NumberExpr, Predicate, TextSearch } from './expression.ts';
import { operation, type Node } from './node.ts';
import { BooleanExpression, lift, nodeOf, NumberExpression } from './operations.ts';
import { OPERATORS, type Operator } from './operators.ts';

type Other = string | Expr<string | null>;
type Score<Result> = NumberExpr<number, number | Extract<Result, null>>;

/** From 0 to 1, 32 bits wide; what it is compared with is rounded to that by the server. */
const scoreKind: ValueKind<number> = refineKind(realKind, {
  validate: (given) =>
    typeof given === 'number' && given >= 0 && given <= 1 ? null : { rule: 'range', message: 'must be a number from 0 to 1' },
});

function textNode(node: Node): Node {
  if (node.valueKind.operations === 'text') return node;
  throw new ValidationError([{ path: node.kind === 'column' ? node.property : '', rule: 'type', message: 'a text is wanted here' }]);
}

const textOf = (expression: unknown): Node => textNode(nodeOf(expression as object));
const other = (given: unknown): Node => textNode(lift(given, textKind));

const test = (operator: Operator, operands: readonly Node[]): Predicate =>
  new BooleanExpression(operation(operator, operands, booleanKind)) as unknown as Predicate;
const score = <Result>(operator: Operator, operands: readonly Node[]): Score<Result> =>
  new NumberExpression(operation(operator, operands, scoreKind)) as unknown as Score<Result>;

/**
 * `x % other`: whether their similarity is above the threshold `pg_trgm.similarity_threshold`, 0.3 unless set.
 *
 * Cost: uses a GIN or GiST index with `gin_trgm_ops` or `gist_trgm_ops`: `index(Post, p => [opclass(p.title, 'gin_trgm_ops')], { using: 'gin' })`.
 * Errors: the server's 42883 where pg_trgm is not installed.
 */
export function trgmSimilarTo(text: Expr<any> & TextSearch, to: Other): Predicate {
  return test(OPERATORS.trgmSimilarTo, [textOf(text), other(to)]);
}

/** `other <% x`: whether `other` is similar to a part of x, above `pg_trgm.word_similarity_threshold`, 0.6 unless set. Uses the same indexes. */
export function trgmWordSimilarTo(text: Expr<any> & TextSearch, word: Other): Predicate {
  return test(OPERATORS.trgmWordSimilarTo, [other(word), textOf(text)]);
}

/**
 * `similarity(x, other)`: from 0 to 1. Compared with a threshold it uses no index: let `trgmSimilarTo` choose the candidates.
 *
 * Errors: VALIDATION with `range` when it is compared with a number outside 0 to 1.
 */
export function trgmSimilarity<Result>(text: Expr<Result> & TextSearch, to: Other): Score<Result> {
  return score(OPERATORS.trgmSimilarity, [textOf(text), other(to)]);
}

/** `word_similarity(other, x)`: how similar `other` is to the part of x that is nearest to it. */
export function trgmWordSimilarity<Result>(text: Expr<Result> & TextSearch, word: Other): Score<Result> {
  return score(OPERATORS.trgmWordSimilarity, [other(word), textOf(text)]);
}

/** `x <-> other`: one minus the similarity. Ordered ascending, a GiST index with `gist_trgm_ops` gives the nearest first. */
export function trgmDistance<Result>(text: Expr<Result> & TextSearch, to: Other): Score<Result> {
  return score(OPERATORS.trgmDistance, [textOf(text), other(to)]);
}

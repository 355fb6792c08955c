// The rows of the operator table for full-text search and trigrams, as `operators.test.ts` wants them. The server needs pg_trgm.

import { configKind as C, searchVectorKind, tsqueryKind as Q, weightKind as W } from '../../src/expr/search.ts';
import { intKind as I, realKind as R } from '../../src/value/number.ts';
import { textKind as T } from '../../src/value/text.ts';

const V = searchVectorKind('english');

export const SEARCH_FIXTURES = {
  toTsvector: {
    text: 'to_tsvector("a", $1::text)',
    kinds: [C, T],
    result: V,
    cases: [
      ['english', 'The planets turn', "'planet':2 'turn':3"],
      ['simple', 'The', "'the':1"],
      ['english', '', ''],
      [null, 'a', null],
      ['english', null, null],
    ],
  },
  setWeight: {
    text: 'setweight("a", $1::"char")',
    kinds: [V, W],
    result: V,
    cases: [
      ["'a':1", 'A', "'a':1A"],
      [null, 'A', null],
    ],
  },
  textOrEmpty: {
    text: `coalesce("a", '')`,
    kinds: [T],
    result: T,
    cases: [
      ['a', 'a'],
      [null, ''],
    ],
  },
  toTsquery: {
    text: 'to_tsquery("a", $1::text)',
    kinds: [C, T],
    result: Q,
    cases: [
      ['english', 'planets & !earth', "'planet' & !'earth'"],
      ['english', null, null],
    ],
  },
  plainToTsquery: {
    text: 'plainto_tsquery("a", $1::text)',
    kinds: [C, T],
    result: Q,
    cases: [
      ['english', 'the planets & earth', "'planet' & 'earth'"],
      ['english', null, null],
    ],
  },
  phraseToTsquery: {
    text: 'phraseto_tsquery("a", $1::text)',
    kinds: [C, T],
    result: Q,
    cases: [
      ['simple', 'planet earth', "'planet' <-> 'earth'"],
      [null, 'a', null],
    ],
  },
  websearchToTsquery: {
    text: 'websearch_to_tsquery("a", $1::text)',
    kinds: [C, T],
    result: Q,
    cases: [
      ['simple', '"planet earth" -sun (', "'planet' <-> 'earth' & !'sun'"],
      [null, 'a', null],
    ],
  },
  searchMatches: {
    text: '"a" @@ $1::tsquery',
    kinds: [V, Q],
    cases: [
      ["'a':1", "'a'", true],
      ["'a':1", "!'a'", false],
      ["'a':1", '', false],
      [null, "'a'", null],
    ],
  },
  tsRank: {
    text: 'ts_rank("a", $1::tsquery)',
    kinds: [V, Q],
    result: R,
    cases: [
      ["'a':1A", "'a'", Math.fround(0.6079271)],
      ["'b':1", "'a'", 0],
      [null, "'a'", null],
    ],
  },
  tsRankCd: {
    text: 'ts_rank_cd("a", $1::tsquery, $2::integer)',
    kinds: [V, Q, I],
    result: R,
    cases: [
      ["'a':1A", "'a'", 0, 1],
      ["'a':1A", "'a'", 32, 0.5],
      [null, "'a'", 0, null],
    ],
  },
  tsHeadline: {
    text: 'ts_headline("a", $1::text, $2::tsquery)',
    kinds: [C, T, Q],
    result: T,
    cases: [
      ['english', 'the planets', "'planet'", 'the <b>planets</b>'],
      ['english', null, "'a'", null],
    ],
  },
  trgmSimilarTo: {
    text: '"a" % $1::text',
    kinds: [T, T],
    cases: [
      ['planet', 'planets', true],
      ['planet', 'sun', false],
      [null, 'a', null],
    ],
  },
  trgmWordSimilarTo: {
    text: '"a" <% $1::text',
    kinds: [T, T],
    cases: [
      ['planet', 'of all planets', true],
      ['of all planets', 'sun', false],
      [null, 'a', null],
    ],
  },
  trgmSimilarity: {
    text: 'similarity("a", $1::text)',
    kinds: [T, T],
    result: R,
    cases: [
      ['abc', 'abc', 1],
      ['abc', 'xyz', 0],
      [null, 'a', null],
    ],
  },
  trgmWordSimilarity: {
    text: 'word_similarity("a", $1::text)',
    kinds: [T, T],
    result: R,
    cases: [
      ['abc', 'xyz abc', 1],
      ['abc', null, null],
    ],
  },
  trgmDistance: {
    text: '"a" <-> $1::text',
    kinds: [T, T],
    result: R,
    cases: [
      ['abc', 'abc', 0],
      ['abc', 'xyz', 1],
      [null, 'a', null],
    ],
  },
} as const;

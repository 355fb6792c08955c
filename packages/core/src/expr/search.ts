// Full-text search: vectors, queries, ranks and headlines. Names of configurations and weights belong to the text of a statement, so that an index or a
// generated column over the same vector is found; what users type is always a parameter.
//
// Source: the manual, chapter 12 Full Text Search.

import { ValidationError } from '../error/value-error.ts';
import { quoteIdentifier, quoteLiteral, strictIdentifierProblem } from '../ident/identifier.ts';
import type { Codec } from '../value/codec.ts';
import { refineKind, type ValueKind } from '../value/kind.ts';
import { booleanKind, intKind, realKind } from '../value/number.ts';
import { expectString, textKind, textProblem } from '../value/text.ts';
import type { Expr, NumberExpr, Predicate, TextExpr, TextSearch } from './expression.ts';
import { constant, operation, value, type Node } from './node.ts';
import { BooleanExpression, Expression, isExpression, lift, listKind, nodeOf, NumberExpression, TextExpression } from './operations.ts';
import { OPERATORS, type Operator } from './operators.ts';

/** What a vector can be asked. */
export interface SearchVectorOps {
  /** `x @@ query` */
  matches(query: SearchQuery): Predicate;
  /** `ts_rank(x, query)`: how often the words occur. Sorts the best first with `.desc()`. */
  rank(query: SearchQuery, options?: RankOptions): NumberExpr<number>;
  /** `ts_rank_cd(x, query)`: how often and how near to each other the words occur. */
  rankCd(query: SearchQuery, options?: RankOptions): NumberExpr<number>;
}
export interface SearchVectorExpr extends Expr<string>, SearchVectorOps {}

/** What is searched for: made by `tsQuery`, `plainSearch`, `phraseSearch` or `webSearch`. One query used twice in a statement is one parameter. */
export interface SearchQuery {
  readonly kind: 'searchQuery';
}

export type SearchWeight = 'A' | 'B' | 'C' | 'D';

export interface RankOptions {
  /** What a word of each weight counts, from 0 to 1. Default: A 1, B 0.4, C 0.2, D 0.1. */
  readonly weights?: Readonly<Partial<Record<SearchWeight, number>>>;
  /** The manual's bit mask of how the length of a document counts, from 0 to 63. Default 0: not at all. */
  readonly normalization?: number;
}

export interface HeadlineOptions {
  /** The configuration, where the query does not name one. */
  readonly config?: string;
  /** What stands before and after each word that was found. Default `<b>` and `</b>`. */
  readonly startSel?: string;
  readonly stopSel?: string;
  readonly maxWords?: number;
  readonly minWords?: number;
  readonly shortWord?: number;
  /** The whole text, marked. */
  readonly highlightAll?: boolean;
  /** 0: one excerpt. Above: up to so many fragments. */
  readonly maxFragments?: number;
  readonly fragmentDelimiter?: string;
}

/** Words of one text, of several, or of several that count differently. */
export type SearchSources<Source> = Source | readonly Source[] | { readonly [Weight in SearchWeight]?: Source | readonly Source[] };

type Text = Expr<any> & TextSearch;

function refuse(path: string, rule: string, message: string): never {
  throw new ValidationError([{ path, rule, message }]);
}

const literalOf =
  (type: string) =>
  (text: string): string =>
    `${quoteLiteral(text)}::${type}`;

/** The type of a name or of an opaque text, which always travels as text. */
function opaqueKind(name: string, type: string, operations: ValueKind['operations'] = 'scalar'): ValueKind<string> {
  const same = (text: string): string => text;
  const codec: Codec<string> = {
    text: { encode: same, decode: same },
    literal: literalOf(type),
    json: { encode: same, decode: expectString },
  };
  return Object.freeze<ValueKind<string>>({
    name,
    sqlType: type,
    castType: type,
    codec,
    comparison: null,
    operations,
    validate: textProblem,
    isArrayElement: false,
  });
}

/** `regconfig`, by name. */
export const configKind: ValueKind<string> = opaqueKind('regconfig', 'regconfig');
/** The one byte of a weight. */
export const weightKind: ValueKind<string> = opaqueKind('char', '"char"');
export const tsqueryKind: ValueKind<string> = opaqueKind('tsquery', 'tsquery');

/** A vector's kind knows its configuration, which is the default of the queries it is asked. */
export interface SearchVectorKind extends ValueKind<string> {
  readonly searchConfig: string;
}

export class SearchVectorExpression extends Expression {
  matches(query: unknown): Predicate {
    return new BooleanExpression(
      operation(OPERATORS.searchMatches, [nodeOf(this), this.#query(query)], booleanKind),
    ) as unknown as Predicate;
  }
  rank(query: unknown, options?: RankOptions): Expression {
    return this.#rank(OPERATORS.tsRank, query, options);
  }
  rankCd(query: unknown, options?: RankOptions): Expression {
    return this.#rank(OPERATORS.tsRankCd, query, options);
  }

  #query(query: unknown): Node {
    return queryOf(query).nodeIn((nodeOf(this).valueKind as SearchVectorKind).searchConfig);
  }
  #rank(operator: Operator, query: unknown, options: RankOptions = {}): Expression {
    return new NumberExpression(
      operation(operator, [...weightList(options), nodeOf(this), this.#query(query), ...normalization(options)], rankKind),
    );
  }
}

/** The kind of vectors of a configuration, whose name was checked. */
export const searchVectorKind = (searchConfig: string): SearchVectorKind =>
  Object.freeze<SearchVectorKind>({ ...opaqueKind('tsvector', 'tsvector', SearchVectorExpression), defaultIndex: 'gin', searchConfig });

const isFiniteNumber = (given: unknown): given is number => typeof given === 'number' && Number.isFinite(given);

/** Ranks are 32 bits wide. What they are compared with is rounded to that by the server, as in SQL. */
const rankKind = refineKind(realKind, {
  validate: (given) => (isFiniteNumber(given) ? null : { rule: 'type', message: 'must be a finite number' }),
});
const weightsKind = listKind(rankKind);

function weightList({ weights }: RankOptions): Node[] {
  if (weights === undefined) return [];
  const odd = Object.entries(weights).find(
    ([name, weight]) => !(name in DEFAULT_WEIGHTS) || !isFiniteNumber(weight) || weight < 0 || weight > 1,
  );
  if (odd !== undefined) refuse(`weights.${odd[0]}`, 'range', 'weights are A, B, C and D, each from 0 to 1');
  const all = { ...DEFAULT_WEIGHTS, ...weights };
  return [value([all.D, all.C, all.B, all.A], weightsKind)];
}

const DEFAULT_WEIGHTS: Readonly<Record<SearchWeight, number>> = { A: 1, B: 0.4, C: 0.2, D: 0.1 };

function normalization({ normalization: mask }: RankOptions): Node[] {
  if (mask === undefined) return [];
  if (!Number.isInteger(mask) || mask < 0 || mask > 63) refuse('normalization', 'range', 'is a bit mask from 0 to 63');
  return [value(mask, intKind)];
}

/** The rule that a name of a text search configuration breaks, or null. */
export const configProblem = (config: unknown): string | null => strictIdentifierProblem(config);

function configNode(config: unknown): Node {
  const problem = configProblem(config);
  if (problem !== null) refuse('config', problem, 'names a text search configuration: ASCII letters, digits and _');
  // The server folds what is not quoted.
  const name = config as string;
  return constant(name === name.toLowerCase() ? name : quoteIdentifier(name), configKind);
}

class QueryText implements SearchQuery {
  readonly kind = 'searchQuery' as const;
  readonly #operator: Operator;
  readonly #text: Node;
  readonly #config: Node | null;

  constructor(operator: Operator, text: unknown, options: { readonly config?: string } | undefined) {
    if (isExpression(text)) refuse('', 'type', 'a search is for a string, not for an expression');
    this.#operator = operator;
    this.#text = lift(text, textKind);
    this.#config = options?.config === undefined ? null : configNode(options.config);
  }

  /** The query under its own configuration, or else under the given one. */
  nodeIn(config: string | undefined): Node {
    return operation(this.#operator, [this.configIn(config), this.#text], tsqueryKind);
  }
  configIn(config: string | undefined): Node {
    return this.#config ?? configNode(config);
  }
}

function queryOf(query: unknown): QueryText {
  return query instanceof QueryText
    ? query
    : refuse('', 'search_query', 'a search query is wanted here: webSearch(text), plainSearch(text), phraseSearch(text) or tsQuery(text)');
}

/** `to_tsquery`: words with `&`, `|`, `!` and `<->` between them. A malformed one is the server's error 42601. */
export function tsQuery(text: string, options?: { readonly config?: string }): SearchQuery {
  return new QueryText(OPERATORS.toTsquery, text, options);
}

/** `plainto_tsquery`: all of the words. */
export function plainSearch(text: string, options?: { readonly config?: string }): SearchQuery {
  return new QueryText(OPERATORS.plainToTsquery, text, options);
}

/** `phraseto_tsquery`: the words one after the other. */
export function phraseSearch(text: string, options?: { readonly config?: string }): SearchQuery {
  return new QueryText(OPERATORS.phraseToTsquery, text, options);
}

/** `websearch_to_tsquery`: what people type, with `"phrases"`, `or` and `-`. Nothing in it is an error. */
export function webSearch(text: string, options?: { readonly config?: string }): SearchQuery {
  return new QueryText(OPERATORS.websearchToTsquery, text, options);
}

const WEIGHTS: readonly string[] = Object.keys(DEFAULT_WEIGHTS);

/**
 * A vector of the words of texts: `to_tsvector`, with `setweight` where the sources have weights.
 *
 * Shape: NULL texts count as empty. For search that is fast at size keep the vector in a column, `f.tsvector`, or index the expression.
 * Errors: VALIDATION with `identifier` for the name of a configuration that cannot be one, and with `search_sources` for sources that are none.
 *
 * @example
 * searchVector({ A: p.title, B: [p.summary, p.body] }, { config: 'english' }).matches(webSearch('"full text" -slow'))
 */
export function searchVector(sources: SearchSources<Text>, { config }: { readonly config: string }): SearchVectorExpr {
  return new SearchVectorExpression(searchVectorNode(sources, config)) as unknown as SearchVectorExpr;
}

/** The node of `searchVector`. */
export function searchVectorNode(sources: unknown, config: string): Node {
  const name = configNode(config),
    kind = searchVectorKind(config);
  const vectorOf = (texts: unknown): Node => operation(OPERATORS.toTsvector, [name, joinedTexts(texts)], kind);
  if (isExpression(sources) || Array.isArray(sources)) return vectorOf(sources);
  const weighted = Object.entries(typeof sources === 'object' && sources !== null ? sources : {});
  if (weighted.length === 0) refuse('', 'search_sources', 'a vector needs a text, a list of texts, or texts by weight: { A: p.title }');
  const parts = weighted.map(([weight, texts]) => {
    if (!WEIGHTS.includes(weight)) refuse('', 'search_sources', 'weights are A, B, C and D');
    return operation(OPERATORS.setWeight, [vectorOf(texts), constant(weight, weightKind)], kind);
  });
  return parts.length === 1 ? parts[0]! : operation(OPERATORS.concat, parts, kind);
}

function joinedTexts(texts: unknown): Node {
  const nodes = (Array.isArray(texts) ? texts : [texts]).map(textNode);
  if (nodes.length === 0) refuse('', 'search_sources', 'a list of texts is empty');
  const space = constant(' ', textKind);
  return nodes.length === 1
    ? nodes[0]!
    : operation(
        OPERATORS.concat,
        nodes.flatMap((node, at) => (at === 0 ? [node] : [space, node])),
        textKind,
      );
}

/** A text, or the empty one where it may be NULL: a NULL would empty the whole vector. */
function textNode(expression: unknown): Node {
  const node = nodeOf(expression as object);
  if (node.valueKind.operations !== 'text') refuse(node.kind === 'column' ? node.property : '', 'search_sources', 'is no text');
  return node.kind === 'column' && node.isRequired ? node : operation(OPERATORS.textOrEmpty, [node], textKind);
}

const HEADLINE_OPTIONS: Readonly<
  Record<Exclude<keyof HeadlineOptions, 'config'>, readonly [name: string, type: 'string' | 'count' | 'boolean']>
> = {
  startSel: ['StartSel', 'string'],
  stopSel: ['StopSel', 'string'],
  maxWords: ['MaxWords', 'count'],
  minWords: ['MinWords', 'count'],
  shortWord: ['ShortWord', 'count'],
  highlightAll: ['HighlightAll', 'boolean'],
  maxFragments: ['MaxFragments', 'count'],
  fragmentDelimiter: ['FragmentDelimiter', 'string'],
};

/**
 * `ts_headline`: an excerpt of a text with the words that were found marked. It reads the text itself, so ask for it for the rows of one page only.
 *
 * Nothing of the text is escaped, and without `highlightAll` what looks like a tag in it is left out: what goes into HTML is to be escaped there, with marks that survive it.
 * Errors: VALIDATION for an unknown or wrong option, and with `config` where neither the query nor the options name a configuration.
 *
 * @example
 * query(Post).select(p => ({ id: p.id, excerpt: headline(p.body, words, { config: 'english', startSel: '[', stopSel: ']' }) }))
 */
export function headline<Result>(text: Expr<Result> & TextSearch, query: SearchQuery, options: HeadlineOptions = {}): TextExpr<Result> {
  const node = nodeOf(text),
    search = queryOf(query),
    { config, ...settings } = options;
  if (node.valueKind.operations !== 'text') refuse('', 'type', 'headline wants a text');
  const given = Object.entries(settings).flatMap(([name, setting]) => (setting === undefined ? [] : [headlineSetting(name, setting)]));
  const operands = [
    search.configIn(config),
    node,
    search.nodeIn(config),
    ...(given.length === 0 ? [] : [value(given.join(', '), textKind)]),
  ];
  return new TextExpression(operation(OPERATORS.tsHeadline, operands, textKind)) as unknown as TextExpr<Result>;
}

function headlineSetting(name: string, setting: unknown): string {
  const known = Object.hasOwn(HEADLINE_OPTIONS, name)
    ? HEADLINE_OPTIONS[name as keyof typeof HEADLINE_OPTIONS]
    : refuse(name, 'unknown_option', `is no option of headline: they are config, ${Object.keys(HEADLINE_OPTIONS).join(', ')}`);
  const [spelled, type] = known;
  const isGood =
    type === 'count'
      ? Number.isInteger(setting) && (setting as number) >= 0 && (setting as number) < 2 ** 15
      : typeof setting === type && (type !== 'string' || textProblem(setting) === null);
  if (!isGood) refuse(name, 'type', type === 'count' ? 'is an integer that is not negative' : `is a ${type}`);
  return `${spelled}=${type === 'string' ? `"${(setting as string).replaceAll('"', '""')}"` : String(setting)}`;
}

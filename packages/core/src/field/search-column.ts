// The column behind `f.tsvector`: a vector that the database keeps from other fields of the model.

import { configProblem, searchVectorKind, searchVectorNode, type SearchSources } from '../expr/search.ts';
import { expressionOf } from '../expr/operations.ts';
import { unknownKeys } from './argument.ts';
import type { FieldSpec } from './field-spec.ts';

export interface TsvectorOptions {
  /** The text search configuration: `english`, `simple`, ... */
  readonly config: string;
  /** Declared names of text fields. */
  readonly sources: SearchSources<string>;
  /** False: no index. Default: GIN. */
  readonly index?: 'gin' | 'gist' | false;
}

const OPTIONS = ['config', 'sources', 'index'];

export function tsvectorSpec(options: TsvectorOptions): FieldSpec {
  const message = optionProblem(options);
  // oxlint-disable-next-line typescript/no-useless-default-assignment -- the value is untyped at this seam
  const { config = '', sources, index = 'gin' } = options ?? {};
  return {
    valueKind: searchVectorKind(config),
    stored: 'self',
    isHidden: true,
    ...(index === false ? {} : { index }),
    generatedFrom: (columnOf) => {
      const named = (names: unknown): unknown =>
        Array.isArray(names) ? names.map((name) => expressionOf(columnOf(name as string))) : expressionOf(columnOf(names as string));
      return searchVectorNode(
        isNames(sources) ? named(sources) : Object.fromEntries(Object.entries(sources).map(([weight, names]) => [weight, named(names)])),
        config,
      );
    },
    ...(message === null ? {} : { problem: { rule: 'search_spec', message } }),
  };
}

const isNames = (sources: unknown): boolean => typeof sources === 'string' || Array.isArray(sources);

function optionProblem(options: TsvectorOptions | undefined): string | null {
  const [unknown] = unknownKeys(options, OPTIONS);
  if (unknown !== undefined) return `f.tsvector has no option ${unknown}: its options are ${OPTIONS.join(', ')}`;
  if (configProblem(options?.config) !== null) return 'config names a text search configuration: ASCII letters, digits and _';
  const { sources, index } = options!;
  if (index !== undefined && index !== false && index !== 'gin' && index !== 'gist') return "index is 'gin', 'gist' or false";
  const lists = isNames(sources) ? [sources] : typeof sources === 'object' && sources !== null ? Object.values(sources) : [];
  const names = lists.flat();
  if (names.length === 0 || names.some((name) => typeof name !== 'string'))
    return "sources are names of text fields: ['title'], or { A: ['title'], B: ['body'] }";
  return null;
}

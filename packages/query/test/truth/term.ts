// A question as data. Expressions are terms, queries are what surrounds them; `build.ts` says them to the packages, `answer.ts` answers them by loops over the rows.

import type { Placing, TypeName, Value } from './value.ts';

/** Between what a number certainly is: arithmetic is only asked where it cannot overflow, since which error comes first is nobody's promise. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

export interface Term {
  readonly op: string;
  readonly type: TypeName;
  readonly args: readonly Term[];
  /** null for what is no number, and for numbers at the edge of their type. */
  readonly bounds: Bounds | null;
  /** Is never NULL. */
  readonly isRequired: boolean;
  /** For doubles: sums of them are exact in any order. */
  readonly isExact: boolean;
  /** A value: of a literal, or one beside the operands. */
  readonly value?: Value;
  readonly values?: readonly unknown[];
  /** A column: how many queries outwards, and its name. */
  readonly column?: { readonly at: number; readonly name: string };
  readonly rows?: Rows;
  readonly aggregate?: AggregateTerm;
  readonly window?: WindowTerm;
}

export interface Key extends Placing {
  readonly by: Term;
}

export interface AggregateTerm {
  readonly name: string;
  readonly filter: Term | null;
  readonly isDistinct: boolean;
  readonly orderBy: readonly Key[];
}

export type FrameEnd = number | 'unbounded' | 'current';
export interface FrameTerm {
  readonly unit: 'rows' | 'range' | 'groups';
  readonly from: FrameEnd;
  readonly to: FrameEnd;
  readonly exclude?: 'currentRow' | 'group' | 'ties';
}
export interface WindowTerm {
  readonly partitionBy: readonly Term[];
  readonly orderBy: readonly Key[];
  readonly frame: FrameTerm | null;
}

/** What every query has: a table and the rows of it that are wanted. */
export interface Rows {
  readonly table: number;
  /** The one set of the table that all questions share, also inside its own callbacks. */
  readonly isShared: boolean;
  readonly where: readonly { readonly isExcluded: boolean; readonly terms: readonly Term[] }[];
  readonly orderBy: readonly Key[];
  readonly distinct: 'none' | 'all' | readonly Term[];
  readonly limit: number | undefined;
  readonly offset: number | undefined;
}

export type Grouping = 'groupBy' | 'rollup' | 'cube' | 'groupingSets';

/** Sort keys and pages of what is computed: groups, or rows with annotations. */
export interface Tail {
  readonly orderBy: readonly Key[];
  readonly limit: number | undefined;
  readonly offset: number | undefined;
}

export const COMBINERS = ['union', 'unionAll', 'intersect', 'intersectAll', 'except', 'exceptAll'] as const;
/** Several queries as one: whole rows of a table, or the same columns. */
export interface Combination {
  readonly operator: (typeof COMBINERS)[number];
  readonly arms: readonly (Question & { readonly kind: 'rows' | 'select' })[];
  /** By the names of its columns. */
  readonly tail: { readonly orderBy: readonly ({ readonly name: string; readonly type: TypeName } & Placing)[] } & Pick<
    Tail,
    'limit' | 'offset'
  >;
}

/** An update of the rows, or a delete. */
export interface Write {
  readonly assignments: readonly { readonly name: string; readonly to: Term }[] | null;
  /** The patch as an object, where it has nothing but values. */
  readonly isPlain: boolean;
  readonly terminal: 'execute' | 'returning' | 'shape' | 'pairs';
  /** What is returned of the row as it is, and as it was. */
  readonly terms: readonly Term[];
  readonly oldTerms: readonly Term[];
}

export type Question = Rows &
  (
    | { readonly kind: 'rows' }
    | { readonly kind: 'select'; readonly terms: readonly Term[]; readonly isTuple: boolean }
    | { readonly kind: 'annotate'; readonly terms: readonly Term[]; readonly qualify: readonly Term[]; readonly tail: Tail }
    | {
        readonly kind: 'group';
        readonly grouping: Grouping;
        readonly sets: readonly (readonly number[])[];
        readonly keys: readonly Term[];
        readonly terms: readonly Term[];
        readonly having: Term | null;
        readonly tail: Tail;
      }
    | ({ readonly kind: 'combine' } & Combination)
    | ({ readonly kind: 'write' } & Write)
    | { readonly kind: 'aggregate'; readonly terms: readonly Term[]; readonly isSingle: boolean }
  );

/** The terms of a term, those of its nested queries not among them. */
export const partsOf = ({ args, aggregate, window }: Term): readonly Term[] => [
  ...args,
  ...(aggregate === undefined ? [] : [...(aggregate.filter === null ? [] : [aggregate.filter]), ...aggregate.orderBy.map(({ by }) => by)]),
  ...(window === undefined ? [] : [...window.partitionBy, ...window.orderBy.map(({ by }) => by)]),
];

const shown = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'bigint' ? `${part}n` : part === undefined ? null : Object.is(part, -0) ? '-0' : part,
  );

/** For messages. */
export function inWords(term: Term): string {
  const name =
    term.column !== undefined
      ? `${'^'.repeat(term.column.at)}${term.column.name}`
      : term.op === 'literal' || term.op === 'plain'
        ? `${term.op === 'plain' ? '' : `${term.type} `}${shown(term.value)}`
        : (term.aggregate?.name ?? term.op);
  const inner = [
    ...term.args.map(inWords),
    ...(term.values === undefined ? [] : [shown(term.values)]),
    ...(term.rows === undefined ? [] : [rowsInWords(term.rows)]),
  ];
  const { aggregate, window } = term;
  const aggregated =
    aggregate === undefined
      ? ''
      : `${aggregate.isDistinct ? ' distinct' : ''}${aggregate.filter === null ? '' : ` filter ${inWords(aggregate.filter)}`}${keysInWords(aggregate.orderBy)}`;
  const over =
    window === undefined
      ? ''
      : ` over (${window.partitionBy.map(inWords).join(', ')}${keysInWords(window.orderBy)}${window.frame === null ? '' : ` ${shown(window.frame)}`})`;
  return `${name}${inner.length === 0 ? '' : `(${inner.join(', ')})`}${aggregated}${over}`;
}

const keysInWords = (keys: readonly Key[]): string =>
  keys.length === 0
    ? ''
    : ` order by ${keys.map(({ by, direction, nulls }) => `${inWords(by)} ${direction}${nulls === undefined ? '' : ` nulls ${nulls}`}`).join(', ')}`;
const tailInWords = ({ orderBy, limit, offset }: Tail): string =>
  `${keysInWords(orderBy)}${limit === undefined ? '' : ` limit ${limit}`}${offset === undefined ? '' : ` offset ${offset}`}`;

export function rowsInWords(rows: Rows): string {
  const where = rows.where
    .map(({ isExcluded, terms }) => ` ${isExcluded ? 'exclude' : 'filter'} ${terms.map(inWords).join(' & ')}`)
    .join('');
  const distinct =
    rows.distinct === 'none' ? '' : rows.distinct === 'all' ? ' distinct' : ` distinct on ${rows.distinct.map(inWords).join(', ')}`;
  return `t${rows.table}${rows.isShared ? ' shared' : ''}${where}${distinct}${tailInWords(rows)}`;
}

export function questionInWords(question: Question): string {
  const rows = rowsInWords(question),
    list = (terms: readonly Term[]): string => `{ ${terms.map(inWords).join('; ')} }`;
  switch (question.kind) {
    case 'rows':
      return rows;
    case 'select':
      return `${rows} select ${list(question.terms)}`;
    case 'annotate':
      return `${rows} annotate ${list(question.terms)}${question.qualify.map((term) => ` qualify ${inWords(term)}`).join('')}${tailInWords(question.tail)}`;
    case 'group':
      return `${rows} ${question.grouping} ${list(question.keys)}${question.grouping === 'groupingSets' ? shown(question.sets) : ''} annotate ${list(question.terms)}${
        question.having === null ? '' : ` having ${inWords(question.having)}`
      }${tailInWords(question.tail)}`;
    case 'combine': {
      const { operator, arms, tail } = question;
      const by = tail.orderBy
        .map(({ name, direction, nulls }) => `${name} ${direction}${nulls === undefined ? '' : ` nulls ${nulls}`}`)
        .join(', ');
      return `(${arms.map(questionInWords).join(`) ${operator} (`)})${by === '' ? '' : ` order by ${by}`}${tailInWords({ ...tail, orderBy: [] })}`;
    }
    case 'write': {
      const { assignments, terminal, terms, oldTerms } = question;
      const act = assignments === null ? 'delete' : `update { ${assignments.map(({ name, to }) => `${name}: ${inWords(to)}`).join('; ')} }`;
      return `${rows} ${act} ${terminal}${terminal === 'shape' ? ` ${list(terms)} old ${list(oldTerms)}` : ''}`;
    }
    case 'aggregate':
      return `${rows} aggregate ${question.isSingle ? 'single ' : ''}${list(question.terms)}`;
  }
}

// Filters that arrive as JSON: from a browser, a stored search, a shell. They become what a callback would have built, value by value through the columns' codecs,
// or are refused with the number of the clause.

import { and, ValidationError, type ExprsOf, type Issue, type Predicate } from '@djogi/core';
import {
  bagOf,
  isExpression,
  isModel,
  isVisage,
  nodes,
  runtimeOf,
  type Bag,
  type ModelRuntime,
  type StoredField,
  type StoredProperty,
  type ValueKind,
} from '@djogi/core/extension';
import { fieldExpression } from '../set/names.ts';

/** One condition. `field` is a property of the row, `value` as `toJSON` of a row would write it; absent for `isNull` and the like. */
export interface FilterClause {
  readonly field: string;
  readonly op: string;
  readonly value?: unknown;
}

/** A filter as JSON: all clauses must hold. `model` is the table. */
export interface FilterJson {
  readonly model: string;
  readonly clauses: readonly FilterClause[];
}

/** A filter for `filter` and `exclude` of a set of the model. `JSON.stringify` gives what it was parsed from. */
export interface ParsedFilter<M> {
  (m: ExprsOf<M>): Predicate;
  toJSON(): FilterJson;
}

export interface ParseFilterOptions<M> {
  /** The fields that may be asked about. Default: every stored field. */
  readonly allow?: readonly StoredProperty<M>[];
}

/** What an operator takes. `one`: a value of the column's kind; `element`: one of what an array or a range is of; `text`: a string, whatever the column. */
type Operand = 'none' | 'one' | 'list' | 'pair' | 'element' | 'text';

const OPERANDS: ReadonlyMap<string, Operand> = new Map<string, Operand>([
  ...(['eq', 'neq', 'isDistinctFrom', 'isNotDistinctFrom', 'gt', 'gte', 'lt', 'lte', 'contains', 'containedBy', 'overlaps'] as const).map(
    (op): [string, Operand] => [op, 'one'],
  ),
  ...(['in', 'notIn'] as const).map((op): [string, Operand] => [op, 'list']),
  ['between', 'pair'],
  ...(['isNull', 'isNotNull', 'isEmpty'] as const).map((op): [string, Operand] => [op, 'none']),
  ['any', 'element'],
  ...(['startsWith', 'endsWith', 'icontains', 'istartsWith', 'iendsWith', 'iexact', 'like', 'ilike', 'regex', 'iregex'] as const).map(
    (op): [string, Operand] => [op, 'text'],
  ),
]);
/** Other spellings, for what is parsed. */
const ALIASES: ReadonlyMap<unknown, string> = new Map([['inList', 'in']]);
/** Every column can be asked these, also one whose expression takes all names for keys of its documents. */
const ALWAYS: ReadonlySet<string> = new Set(['isNull', 'isNotNull']);

function operandOf(op: string, kind: ValueKind): Operand {
  if (op !== 'contains') return OPERANDS.get(op)!;
  return kind.operations === 'text' ? 'text' : kind.bound !== undefined ? 'element' : 'one';
}

/** A clause that is right. `operands` are what the method of the expression takes, `json` what it was made of. */
interface Clause {
  readonly field: StoredField;
  readonly op: string;
  readonly operands: readonly unknown[];
  readonly json: FilterClause;
}

/**
 * A filter from JSON, for sets of the model: `query(Post).filter(parseFilter(Post, json))`. Its SQL is that of the same filter written as a callback.
 *
 * Shape: `{ model?, clauses: [{ field, op, value? }, ...] }`, joined with AND; no clauses keep every row. `op` is a lookup of the column: `eq`, `neq`, `gt`, `gte`, `lt`, `lte`,
 * `between` (two values), `in` and `notIn` (a list), `isNull`, `isNotNull`, `isDistinctFrom`, `isNotDistinctFrom`; of text `contains`, `startsWith`, `endsWith` and their forms
 * with `i`, `iexact`, `like`, `ilike`, `regex`, `iregex`; of arrays `contains`, `containedBy`, `overlaps`, `any`, `isEmpty`.
 * Errors: VALIDATION with every problem, at `clauses[n].field`, `.op` or `.value`. Sends nothing.
 *
 * @example
 * const filter = parseFilter(City, JSON.parse(body), { allow: ['country', 'population'] });
 */
export function parseFilter<M extends { readonly $fields: any }>(
  model: M,
  json: unknown,
  options: ParseFilterOptions<M> = {},
): ParsedFilter<M> {
  if (!isModel(model) && !isVisage(model))
    throw new ValidationError([
      { path: '', rule: 'model', message: 'parseFilter wants a model class made with model(), or a visage of one' },
    ]);
  const runtime = runtimeOf(model),
    refused = (issues: readonly Issue[]): ValidationError => new ValidationError(issues, { model: runtime.table });
  const allowed = allowedFields(runtime, options, refused);
  if (!isRecord(json) || !Array.isArray(json['clauses']))
    throw refused([{ path: 'clauses', rule: 'type', message: 'must be a list of clauses, each with field, op and value' }]);
  const issues = unknownKeys(json, ['model', 'clauses'], '');
  if (json['model'] !== undefined && json['model'] !== runtime.table)
    issues.push({ path: 'model', rule: 'model', message: `must be ${runtime.table}, the table that is asked` });
  const bag = bagOf(model, nodes.source(runtime.table));
  const clauses: Clause[] = [];
  (json['clauses'] as unknown[]).forEach((given, at) => {
    const read = readClause(runtime, bag, given, allowed);
    if ('clause' in read) clauses.push(read.clause);
    else for (const { path, rule, message } of read.issues) issues.push({ path: `clauses[${at}]${path}`, rule, message });
  });
  if (issues.length > 0) throw refused(issues);
  const filter = (m: Bag): Predicate => and(...clauses.map((clause) => predicateOf(runtime, m, clause)));
  const toJSON = (): FilterJson => ({ model: runtime.table, clauses: clauses.map((clause) => clause.json) });
  return Object.assign(filter, { toJSON });
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const unknownKeys = (record: object, known: readonly string[], path: string): Issue[] =>
  Object.keys(record)
    .filter((key) => !known.includes(key))
    .map((key) => ({ path: `${path}${key}`, rule: 'unknown_key', message: `is nothing that stands here: ${known.join(', ')} may` }));

function allowedFields(
  { byProperty }: ModelRuntime,
  options: { readonly allow?: readonly unknown[] },
  refused: (issues: readonly Issue[]) => ValidationError,
): ReadonlySet<unknown> | null {
  if (!isRecord(options)) throw refused([{ path: 'options', rule: 'type', message: 'must be an object with allow' }]);
  const { allow } = options;
  if (allow === undefined) return null;
  if (!Array.isArray(allow)) throw refused([{ path: 'allow', rule: 'type', message: 'must be a list of fields' }]);
  const at = allow.findIndex((name: unknown) => !byProperty.has(name as string));
  if (at >= 0) throw refused([{ path: `allow[${at}]`, rule: 'unknown_field', message: 'is no stored field of the model' }]);
  return new Set(allow);
}

/** The clause, or what is wrong with it, by paths within it. */
function readClause(
  runtime: ModelRuntime,
  bag: Bag,
  given: unknown,
  allowed: ReadonlySet<unknown> | null,
): { readonly clause: Clause } | { readonly issues: readonly Issue[] } {
  const wrong = (path: string, rule: string, message: string): { readonly issues: readonly Issue[] } => ({
    issues: [{ path, rule, message }],
  });
  if (!isRecord(given)) return wrong('', 'type', 'must be an object with field, op and value');
  const strange = unknownKeys(given, ['field', 'op', 'value'], '.');
  if (strange.length > 0) return { issues: strange };
  const field = runtime.byProperty.get(given['field'] as string);
  if (field === undefined) return wrong('.field', 'unknown_field', 'is no stored field of the model');
  if (allowed !== null && !allowed.has(field.property)) return wrong('.field', 'field_not_allowed', 'may not be asked about');
  const op = ALIASES.get(given['op']) ?? given['op'];
  if (typeof op !== 'string' || !OPERANDS.has(op)) return wrong('.op', 'unknown_operator', 'is no operator of filters');
  const expression = fieldExpression(runtime, bag, field.property);
  if (!isExpression(expression) || !(op in expression || ALWAYS.has(op)))
    return wrong('.op', 'operator', `is no lookup of a column of type ${field.valueKind.sqlType}`);
  const operands = readOperands(operandOf(op, field.valueKind), given['value'], field.valueKind);
  if (typeof operands === 'string') return wrong('.value', 'type', operands);
  const clause: Clause = { field, op, operands, json: clauseJson(field, op, operands) };
  try {
    predicateOf(runtime, bag, clause);
    return { clause };
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    const { property } = field;
    return {
      issues: error.issues.map((issue) => ({
        ...issue,
        path: `.value${issue.path.startsWith(property) ? issue.path.slice(property.length) : ''}`,
      })),
    };
  }
}

/** The operands of the lookup, or what is wanted instead of the value. Whether they fit the column the lookup says. */
function readOperands(operand: Operand, value: unknown, kind: ValueKind): readonly unknown[] | string {
  switch (operand) {
    case 'none':
      return value === undefined ? [] : 'must be left out: the operator takes none';
    case 'text':
      return typeof value === 'string' ? [value] : 'must be a string';
    case 'list':
    case 'pair': {
      if (!Array.isArray(value) || (operand === 'pair' && value.length !== 2))
        return operand === 'pair' ? 'must be a list of two values' : 'must be a list of values';
      const items = value.map((item: unknown) => ofJson(item, kind));
      const at = items.indexOf(UNREADABLE);
      if (at >= 0) return `must have values of type ${kind.sqlType}, as JSON has them, which the one at ${at} is not`;
      return operand === 'pair' ? items : [items];
    }
    default: {
      const of = operand === 'element' ? elementOf(kind) : kind,
        read = ofJson(value, of);
      return read === UNREADABLE ? `must be a value of type ${of.sqlType}, as JSON has it` : [read];
    }
  }
}

/** What arrays and ranges are of. No other kind has a lookup that asks for it. */
const elementOf = (kind: ValueKind): ValueKind => (kind.element ?? kind.bound)!;

const UNREADABLE: unique symbol = Symbol('unreadable');

/** The value of the kind; null stays null, which the lookups know about. */
function ofJson(json: unknown, { codec }: ValueKind): unknown {
  if (json === null) return null;
  if (json === undefined) return UNREADABLE;
  try {
    return codec.json.decode(json);
  } catch {
    return UNREADABLE;
  }
}

function clauseJson(field: StoredField, op: string, operands: readonly unknown[]): FilterClause {
  const { valueKind: kind, property } = field,
    operand = operandOf(op, kind);
  const toJson = (value: unknown, { codec }: ValueKind = kind): unknown => (value === null ? null : codec.json.encode(value));
  switch (operand) {
    case 'none':
      return { field: property, op };
    case 'text':
      return { field: property, op, value: operands[0] };
    case 'list':
      return { field: property, op, value: (operands[0] as unknown[]).map((item) => toJson(item)) };
    case 'pair':
      return { field: property, op, value: operands.map((item) => toJson(item)) };
    default:
      return { field: property, op, value: toJson(operands[0], operand === 'element' ? elementOf(kind) : kind) };
  }
}

function predicateOf(runtime: ModelRuntime, bag: Bag, { field, op, operands }: Clause): Predicate {
  const expression = fieldExpression(runtime, bag, field.property) as Readonly<
    Record<string, (...operands: readonly unknown[]) => Predicate>
  >;
  return expression[op]!(...operands);
}

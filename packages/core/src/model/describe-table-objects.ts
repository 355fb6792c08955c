// From indexes, checks and exclusions as declared to what the descriptor says. Callbacks run here, over a bag of the finished class.

import { derivedName, identifierProblem } from '../ident/identifier.ts';
import { operandsOf, type Node, type Source } from '../expr/node.ts';
import { isExpression, nodeOf, OrderExpression, predicateNode } from '../expr/operations.ts';
import { renderLiteral } from '../expr/render.ts';
import { unknownKeys } from '../field/argument.ts';
import { INDEX_METHODS } from '../field/field-spec.ts';
import { sourceOf, type Bag } from './bag.ts';
import type { CheckDescriptor, ExclusionDescriptor, IndexDescriptor, IndexElement } from './descriptor.ts';
import type { Problems } from './problems.ts';
import type { OpclassElement, TableObject } from './table-object.ts';

type IndexObject = TableObject & { kind: 'index' };
type ExclusionObject = TableObject & { kind: 'exclusion' };

export interface TableObjects {
  readonly indexes: IndexDescriptor[];
  readonly checks: CheckDescriptor[];
  readonly exclusions: ExclusionDescriptor[];
  /** The row properties that each of them is about, by its name. Not in the descriptor: errors carry them. */
  readonly fieldsOf: Map<string, readonly string[]>;
}

export function describeTableObjects(table: string, model: unknown, declared: unknown, bag: Bag, problems: Problems): TableObjects {
  const objects: TableObjects = { indexes: [], checks: [], exclusions: [], fieldsOf: new Map() };
  if (declared === undefined) return objects;
  if (!Array.isArray(declared)) {
    problems.report('table_object', `${table}.tableObjects must be a list of index(), unique(), check() and exclude().`);
    return objects;
  }
  for (const object of declared as readonly (TableObject | null | undefined)[]) {
    if (object === null || object === undefined || object.model !== model || !['index', 'check', 'exclusion'].includes(object.kind)) {
      problems.report(
        'table_object',
        `${table}.tableObjects has an entry that is not a table object of ${table} itself. Its first argument is the class it stands in.`,
      );
      continue;
    }
    // Collects the properties of one object while it is described.
    const about = new Set<string>(),
      write = (node: Node): string => declaredSql(node, sourceOf(bag), about);
    const keep = <Described extends { readonly name: string }>(list: Described[], described: Described): void => {
      list.push(described);
      objects.fieldsOf.set(described.name, [...about]);
    };
    if (object.kind === 'index')
      problems.attempt('index_spec', `An index of ${table}`, () =>
        keep(objects.indexes, describeIndex(table, object, bag, write, problems)),
      );
    else if (object.kind === 'check') {
      problems.attempt('check_spec', `The check ${object.name} of ${table}`, () => {
        if (identifierProblem(object.name) !== null) throw new TypeError('the name of a check has 1 to 63 bytes');
        keep(objects.checks, { name: derivedName(table, [object.name], 'check'), expression: write(predicateNode(object.holds(bag))) });
      });
    } else
      problems.attempt('exclusion_spec', `The exclusion ${object.name} of ${table}`, () =>
        keep(objects.exclusions, describeExclusion(table, object, bag, write)),
      );
  }
  return objects;
}

/** Writes an expression as SQL. */
type Write = (node: Node) => string;

/** The text of an expression over one row of the table, as DDL has it; `about` gathers the properties that it reads. */
function declaredSql(node: Node, from: Source, about: Set<string>): string {
  const visit = (inner: Node): void => {
    if (inner.kind === 'aggregate' || inner.kind === 'window' || inner.kind === 'subquery')
      throw new TypeError('it is about one row, and takes no aggregate, window or subquery');
    if (inner.kind === 'column') {
      if (inner.source !== from) throw new TypeError(`it names ${inner.property} of another model or query`);
      about.add(inner.property);
    }
    operandsOf(inner).forEach(visit);
  };
  visit(node);
  return renderLiteral(node);
}

const isOpclass = (element: unknown): element is OpclassElement =>
  typeof element === 'object' && element !== null && (element as { kind?: unknown }).kind === 'opclass';

function describeElement(element: unknown, write: Write): IndexElement {
  if (isOpclass(element)) return { ...describeElement(element.of, write), opclass: element.opclass };
  if (element instanceof OrderExpression) {
    const { direction, nulls } = element.term;
    return {
      ...elementOf(element.term.by, write),
      ...(direction === 'desc' ? { order: 'desc' as const } : {}),
      ...(nulls === undefined ? {} : { nulls }),
    };
  }
  // `p.owner` of a relation stands for its key column.
  if (!isExpression(element) && isExpression((element as { id?: unknown } | null)?.id))
    return elementOf(nodeOf((element as { id: object }).id), write);
  return elementOf(nodeOf(element as object), write);
}

function elementOf(node: Node, write: Write): IndexElement {
  const expression = write(node);
  return node.kind === 'column' ? { column: node.column } : { expression };
}

const INDEX_OPTIONS = ['unique', 'using', 'where', 'include', 'nullsNotDistinct', 'concurrently', 'name'];
const EXCLUSION_OPTIONS = ['where', 'deferrable', 'initiallyDeferred'];

function describeIndex(table: string, { on, options }: IndexObject, bag: Bag, write: Write, problems: Problems): IndexDescriptor {
  const elements = on(bag).map((element) => describeElement(element, write)),
    method = options.using ?? 'btree',
    isUnique = options.unique === true;
  const include = (options.include?.(bag) ?? []).map((expression) => {
    const node = nodeOf(expression);
    if (node.kind !== 'column') throw new TypeError('include takes columns');
    return node.column;
  });
  const where = options.where === undefined ? null : declaredSql(predicateNode(options.where(bag)), sourceOf(bag), new Set());
  const refuse = (message: string): void => problems.report('index_spec', `An index of ${table}: ${message}`);
  for (const key of unknownKeys(options, INDEX_OPTIONS)) refuse(`there is no option ${key}. The options are ${INDEX_OPTIONS.join(', ')}.`);
  if (!INDEX_METHODS.includes(method)) refuse(`using is one of ${INDEX_METHODS.join(', ')}.`);
  if (elements.some((element) => element.opclass !== undefined && identifierProblem(element.opclass) !== null))
    refuse('an operator class is named by 1 to 63 bytes.');
  if (elements.length === 0) refuse('it needs at least one column or expression.');
  if (isUnique && method !== 'btree') refuse('only btree can be unique.');
  if (options.nullsNotDistinct === true && !isUnique) refuse('nullsNotDistinct needs unique.');
  if (method === 'hash' && (elements.length !== 1 || include.length > 0 || where !== null || elements[0]!.expression !== undefined))
    refuse('hash takes one column and nothing else.');
  const isPlain =
    where === null &&
    include.length === 0 &&
    options.nullsNotDistinct !== true &&
    options.concurrently !== true &&
    elements.every(
      (element) =>
        element.column !== undefined && element.opclass === undefined && element.order === undefined && element.nulls === undefined,
    );
  const kind = !isUnique ? 'index' : isPlain ? 'uniqueConstraint' : 'uniqueIndex';
  if (options.name !== undefined && identifierProblem(options.name) !== null)
    refuse('its name has 1 to 63 bytes and does not begin with __djogi_.');
  return {
    name:
      options.name ??
      derivedName(
        table,
        elements.map((element) => element.column ?? 'expr'),
        kind === 'index' ? 'idx' : kind === 'uniqueConstraint' ? 'key' : 'uidx',
      ),
    kind,
    method,
    elements,
    include,
    where,
    nullsNotDistinct: options.nullsNotDistinct ?? false,
    isConcurrent: options.concurrently ?? false,
  };
}

const OPERATOR = /^[-+*/<>=~!@#%^&|`?]+$/;

function describeExclusion(
  table: string,
  { name, using, elements, options }: ExclusionObject,
  bag: Bag,
  write: Write,
): ExclusionDescriptor {
  const described = elements(bag).map((element) => {
    if (!OPERATOR.test(element.with)) throw new TypeError('an element needs an operator: { of: expression, with: "&&" }');
    return { expression: write(nodeOf(element.of)), operator: element.with };
  });
  const [unknown] = unknownKeys(options, EXCLUSION_OPTIONS);
  if (unknown !== undefined) throw new TypeError(`there is no option ${unknown}: the options are ${EXCLUSION_OPTIONS.join(', ')}`);
  if (!INDEX_METHODS.includes(using)) throw new TypeError(`an exclusion uses one of ${INDEX_METHODS.join(', ')}`);
  if (described.length === 0) throw new TypeError('it needs at least one element');
  if (identifierProblem(name) !== null) throw new TypeError('it needs a name of 1 to 63 bytes');
  if (options.initiallyDeferred === true && options.deferrable !== true) throw new TypeError('initiallyDeferred needs deferrable');
  return {
    name: derivedName(table, [name], 'excl'),
    method: using,
    elements: described,
    where: options.where === undefined ? null : declaredSql(predicateNode(options.where(bag)), sourceOf(bag), new Set()),
    isDeferrable: options.deferrable ?? false,
    isInitiallyDeferred: options.initiallyDeferred ?? false,
  };
}

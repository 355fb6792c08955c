// Renders expression nodes to SQL. One writer per statement collects the text and the order of its placeholders; the literal mode writes values in
// place, for DDL, where Postgres refuses parameters.

import { quoteIdentifier } from '../ident/identifier.ts';
import { InternalError, unreachable } from '../error/error.ts';
import { ValidationError } from '../error/value-error.ts';
import type {
  AggregateNode,
  Frame,
  FrameBound,
  NamedRows,
  Node,
  OperationNode,
  OrderTerm,
  ParameterNode,
  RowsStatement,
  Source,
  ValueNode,
  WindowNode,
} from './node.ts';
import { Numbering } from './numbering.ts';
import { OPERATORS, PRECEDENCE, type Operator } from './operators.ts';

export type Placeholder = ValueNode | ParameterNode;

/** Collects the text of one statement. */
export class SqlWriter {
  text = '';
  readonly #numbering = new Numbering<Placeholder>();
  /** Values are written as literals, for DDL. */
  readonly asLiterals: boolean;
  /** How a source is referred to, where columns must be qualified. Absent sources leave their columns bare. */
  readonly qualifiers = new Map<Source, string>();

  /** What the queries of the WITH are called. */
  readonly queryNames = new Map<NamedRows, string>();

  /** Appends a statement inside parentheses. Whoever renders statements brings it; without it, subqueries are refused. */
  readonly appendRows: ((writer: SqlWriter, rows: RowsStatement) => void) | null;

  constructor({ asLiterals = false, appendRows = null }: { asLiterals?: boolean; appendRows?: SqlWriter['appendRows'] } = {}) {
    this.asLiterals = asLiterals;
    this.appendRows = appendRows;
  }

  /** The node behind `$1`, `$2`, ... in order. */
  get placeholders(): readonly Placeholder[] {
    return this.#numbering.nodes;
  }

  /** `$n` for the node: the same `n` wherever the same node is repeated. */
  placeholder(node: Placeholder): string {
    const position = this.#numbering.positionOf(node);
    return `$${(position < 0 ? this.#numbering.add(node) : position) + 1}`;
  }
}

/** Renders one node on its own with literals: the text of a check, an index predicate, a generated column. */
export function renderLiteral(node: Node): string {
  const writer = new SqlWriter({ asLiterals: true });
  renderNode(writer, node);
  return writer.text;
}

/** Declared SQL in parentheses; a line comment at its end must not take the closing one with it. */
export function parenthesized(sql: string): string {
  return sql.includes('--') ? `(${sql}\n)` : `(${sql})`;
}

/** Appends `node`. `needed` is the binding strength that the surroundings ask for; `isTyped` says that they give a parameter its type. */
export function renderNode(writer: SqlWriter, node: Node, needed = 0, isTyped = false): void {
  switch (node.kind) {
    case 'column': {
      const qualifier = writer.qualifiers.get(node.source);
      writer.text += qualifier === undefined ? quoteIdentifier(node.column) : `${qualifier}.${quoteIdentifier(node.column)}`;
      return;
    }
    case 'value':
      if (writer.asLiterals)
        writer.text += node.value === null ? `NULL::${node.valueKind.castType}` : node.valueKind.codec.literal(node.value);
      else writer.text += isTyped ? writer.placeholder(node) : `${writer.placeholder(node)}::${node.valueKind.castType}`;
      return;
    case 'constant':
      writer.text += node.text;
      return;
    case 'parameter':
      if (writer.asLiterals) throw new InternalError('A placeholder stands where a literal is wanted.');
      writer.text += isTyped ? writer.placeholder(node) : `${writer.placeholder(node)}::${node.valueKind.castType}`;
      return;
    case 'sql':
      writer.text += needed === 0 ? node.text : parenthesized(node.text);
      return;
    case 'operation':
      if (node.operator.precedence < needed) {
        writer.text += '(';
        renderOperation(writer, node);
        writer.text += ')';
      } else renderOperation(writer, node);
      return;
    case 'subquery':
      if (writer.appendRows === null)
        throw new ValidationError([{ path: '', rule: 'subquery', message: 'a subquery cannot stand in the declaration of a table' }]);
      writer.text += '(';
      writer.appendRows(writer, node.rows);
      writer.text += ')';
      return;
    case 'quantified':
      writer.text += `${node.quantifier} `;
      renderNode(writer, node.of);
      return;
    case 'case':
      writer.text += 'CASE';
      for (const { when, then } of node.branches) {
        writer.text += ' WHEN ';
        renderNode(writer, when);
        writer.text += ' THEN ';
        renderNode(writer, then);
      }
      writer.text += ' ELSE ';
      renderNode(writer, node.otherwise);
      writer.text += ' END';
      return;
    case 'cast':
      // A value of another type is one of its own type first: `true::boolean::text` is 'true', and 't'::text would be 't'.
      renderNode(writer, node.operand, PRECEDENCE.cast, node.operand.valueKind.castType === node.valueKind.castType);
      writer.text += `::${node.valueKind.castType}`;
      return;
    case 'aggregate':
      renderAggregate(writer, node);
      return;
    case 'window':
      renderWindow(writer, node);
      return;
    default:
      unreachable(node);
  }
}

function renderOperation(writer: SqlWriter, { operator, operands }: OperationNode): void {
  const inner = operandPrecedence(operator);
  // A parameter takes its type from a neighbour that has one: two parameters side by side would leave the server guessing. Every operand has the first
  // for a neighbour, and the first has all others: `$1 BETWEEN $2 AND c` compares two parameters.
  const [first, ...others] = operands;
  const areTyped = operator.infersParameters && first !== undefined && (!isPlaceholder(first) || !others.some(isPlaceholder));
  for (const part of partsOf(operator)) {
    if (typeof part === 'string') writer.text += part;
    else if (part.operand < 0) {
      operands.forEach((operand, index) => {
        if (index > 0) writer.text += operator.joinedBy ?? ', ';
        renderNode(writer, operand, index > 0 ? innerOfChain(operator, operand, inner) : inner);
      });
    } else
      renderNode(
        writer,
        operands[part.operand]!,
        part.operand === 0 && operator.isLeftAssociative === true ? operator.precedence : inner,
        areTyped && !part.isCast && !isOtherNumber(operands[part.operand]!, part.operand === 0 ? others[0] : first),
      );
  }
}

/** The server would read a number beside one of another type as one of that type: `integer * $1` with 0.5 is refused. */
const isOtherNumber = ({ valueKind }: Node, neighbour: Node | undefined): boolean =>
  neighbour !== undefined &&
  valueKind.operations === 'number' &&
  neighbour.valueKind.operations === 'number' &&
  valueKind.castType !== neighbour.valueKind.castType;
const isPlaceholder = (node: Node): boolean => node.kind === 'value' || node.kind === 'parameter';

/** Operands of a chain may be of the same operator only when it is associative; a comparison's operands bind tighter than it. */
function operandPrecedence(operator: Operator): number {
  if (operator.precedence === PRECEDENCE.atom) return 0;
  return operator.template === '$*' || operator.template.startsWith('NOT ') ? operator.precedence : operator.precedence + 1;
}

/** `a || (b ->> 'c')`: another operator as strong as the chain's would take what stands before it, since both associate to the left. */
const innerOfChain = (operator: Operator, operand: Node, inner: number): number =>
  inner > 0 && operand.kind === 'operation' && operand.operator !== operator ? operator.precedence + 1 : inner;

/** `operand` is negative for all of them, joined. */
type Part = string | { readonly operand: number; readonly isCast: boolean };
const parsed = new WeakMap<Operator, readonly Part[]>();

function partsOf(operator: Operator): readonly Part[] {
  let parts = parsed.get(operator);
  if (parts === undefined) {
    parts = operator.template
      .split(/(\$[\d*](?::type)?)/)
      .filter((part) => part !== '')
      .map((part) => (part.startsWith('$') ? { operand: part[1] === '*' ? -1 : Number(part[1]), isCast: part.endsWith(':type') } : part));
    parsed.set(operator, parts);
  }
  return parts;
}

/** What rows are sorted or grouped by. A bare constant would be the place of an output there, or refused: it is one with its type. */
function renderKey(writer: SqlWriter, node: Node): void {
  renderNode(writer, node);
  const isBare =
    node.kind === 'constant'
      ? !node.text.includes('::')
      : node.kind === 'operation' && (node.operator === OPERATORS.true || node.operator === OPERATORS.false);
  if (isBare) writer.text += `::${node.valueKind.castType}`;
}

/** `a, b, c`, as keys. */
export function renderKeys(writer: SqlWriter, nodes: readonly Node[]): void {
  nodes.forEach((node, index) => {
    if (index > 0) writer.text += ', ';
    renderKey(writer, node);
  });
}

/** `a DESC NULLS LAST, b ASC` */
export function renderOrder(writer: SqlWriter, terms: readonly OrderTerm[]): void {
  terms.forEach((term, index) => {
    if (index > 0) writer.text += ', ';
    renderKey(writer, term.by);
    writer.text += term.direction === 'asc' ? ' ASC' : ' DESC';
    if (term.nulls !== undefined) writer.text += term.nulls === 'first' ? ' NULLS FIRST' : ' NULLS LAST';
  });
}

/** `name(DISTINCT a, b ORDER BY ...) WITHIN GROUP (ORDER BY ...) FILTER (WHERE ...)` */
function renderAggregate(writer: SqlWriter, { name, operands, isDistinct, orderBy, within, filter }: AggregateNode): void {
  writer.text += `${name}(${isDistinct ? 'DISTINCT ' : ''}`;
  if (operands === null) writer.text += '*';
  else renderList(writer, operands);
  if (orderBy.length > 0) {
    writer.text += ' ORDER BY ';
    renderOrder(writer, orderBy);
  }
  writer.text += ')';
  if (within.length > 0) {
    writer.text += ' WITHIN GROUP (ORDER BY ';
    renderOrder(writer, within);
    writer.text += ')';
  }
  if (filter !== null) {
    writer.text += ' FILTER (WHERE ';
    renderNode(writer, filter);
    writer.text += ')';
  }
}

function renderWindow(writer: SqlWriter, { of, partitionBy, orderBy, frame }: WindowNode): void {
  renderAggregate(writer, of);
  writer.text += ' OVER (';
  let separator = '';
  if (partitionBy.length > 0) {
    writer.text += 'PARTITION BY ';
    renderList(writer, partitionBy);
    separator = ' ';
  }
  if (orderBy.length > 0) {
    writer.text += `${separator}ORDER BY `;
    renderOrder(writer, orderBy);
    separator = ' ';
  }
  if (frame !== null) {
    writer.text += separator;
    renderFrame(writer, frame);
  }
  writer.text += ')';
}

function renderFrame(writer: SqlWriter, { unit, from, to, exclude }: Frame): void {
  writer.text += `${unit.toUpperCase()} BETWEEN `;
  renderBound(writer, from);
  writer.text += ' AND ';
  renderBound(writer, to);
  if (exclude !== undefined) writer.text += ` EXCLUDE ${exclude.toUpperCase()}`;
}

function renderBound(writer: SqlWriter, bound: FrameBound): void {
  if (typeof bound === 'string') {
    writer.text += bound.toUpperCase();
    return;
  }
  renderNode(writer, 'preceding' in bound ? bound.preceding : bound.following);
  writer.text += 'preceding' in bound ? ' PRECEDING' : ' FOLLOWING';
}

/** `a, b, c` */
export function renderList(writer: SqlWriter, nodes: readonly Node[]): void {
  nodes.forEach((node, index) => {
    if (index > 0) writer.text += ', ';
    renderNode(writer, node);
  });
}

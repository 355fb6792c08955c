// The names that the server gives to outputs without an alias. A bare name in ORDER BY and DISTINCT ON means an output before it means a column of the table, so that
// a column named like a function, or one that is projected in another type, must be qualified there.

import type { Node, OrderTerm } from '../expr/node.ts';
import type { SelectStatement } from './statement.ts';

/** Names of types as the catalog has them, where SQL spells them otherwise. */
const CATALOG_NAMES: Readonly<Record<string, string>> = {
  integer: 'int4',
  bigint: 'int8',
  smallint: 'int2',
  real: 'float4',
  'double precision': 'float8',
  boolean: 'bool',
  'character varying': 'varchar',
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
  'time without time zone': 'time',
};

/** `"s"."mood"[]` is `mood`, `numeric(10,2)` is `numeric`. */
function typeName(castType: string): string {
  const bare = castType.replace(/(?:\([^)]*\)|\[\])+$/, '');
  return CATALOG_NAMES[bare] ?? /(?:^|\.)"?([^".]+)"?$/.exec(bare)?.[1] ?? bare;
}

/** Source: `FigureColnameInternal` in the server's src/backend/parser/parse_target.c; where that is in doubt, every name that it may be. */
function mayBeNamed(node: Node, name: string): boolean {
  switch (node.kind) {
    case 'column':
      return node.column === name;
    case 'value':
    case 'parameter':
    case 'constant':
      return typeName(node.valueKind.castType) === name;
    case 'cast':
      return mayBeNamed(node.operand, name) || typeName(node.valueKind.castType) === name;
    case 'case':
      return name === 'case' || mayBeNamed(node.otherwise, name);
    case 'aggregate':
      return node.name === name;
    case 'window':
      return node.of.name === name;
    case 'subquery':
      return isFirstOutputNamed(node.rows, name);
    case 'operation':
      return isOperationNamed(node, name);
    default:
      return false;
  }
}

function isOperationNamed({ operator: { template }, operands, valueKind }: Node & { kind: 'operation' }, name: string): boolean {
  if (template.startsWith('($0)[')) return mayBeNamed(operands[0]!, name);
  const called = /^([a-z_]+)(?:[ (]|$)/i.exec(template)?.[1]?.toLowerCase();
  return called === name || (template.includes('::') && (typeName(valueKind.castType) === name || template.endsWith(`::${name}`)));
}

function isFirstOutputNamed(statement: { kind: string }, name: string): boolean {
  if (statement.kind !== 'select') return true;
  const { projection, outputs } = statement as SelectStatement;
  if (outputs !== undefined) return outputs[0] === name;
  const [first] = 'nodes' in projection ? projection.nodes() : projection;
  return first === undefined || mayBeNamed(first, name);
}

/** Whether one of the keys is a column whose bare name the server would take for an output that is something else. */
export function isHidden(keys: readonly (Node | OrderTerm)[], { projection, outputs }: SelectStatement): boolean {
  if ('nodes' in projection) return false;
  return keys.some((key) => {
    const node = 'by' in key ? key.by : key;
    if (node.kind !== 'column') return false;
    return projection.some((output, at) => {
      const isItself = output.kind === 'column' && output.column === node.column && output.source === node.source;
      return !isItself && (outputs === undefined ? mayBeNamed(output, node.column) : outputs[at] === node.column);
    });
  });
}

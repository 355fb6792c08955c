// An index or key that is replaced under the same name, or a primary key by another: the new one is built under a name for the time being while the old one
// still serves, so that the table is never without.

import { MAX_IDENTIFIER_BYTES } from '@djogi/core/extension';
import { orderOf, type Operation } from '../operation/operation.ts';
import { cutToBytes, relationKey } from '../snapshot/qualified-name.ts';
import { indexOf, isBuiltAsIndex } from './key-index.ts';

type Drop = Extract<Operation, { kind: 'dropIndex' | 'dropConstraint' }>;
type Make = Extract<Operation, { kind: 'createIndex' | 'addConstraint' }>;

const NEW_SUFFIX = '__djogi_new';

/** Builds replacements first where nothing that they need is made in between. */
export function withoutGaps(operations: readonly Operation[]): readonly Operation[] {
  let result = operations;
  for (const drop of operations) {
    if ((drop.kind !== 'dropIndex' && drop.kind !== 'dropConstraint') || drop.table.partitions !== null) continue;
    const make = operations.find((other): other is Make => isReplacement(drop, other));
    if (make === undefined) continue;
    const [from, to] = [result.indexOf(drop), result.indexOf(make)];
    const between = from < to ? result.slice(from + 1, to) : null;
    if (between === null || !isIndependent(drop, make, between)) continue;
    const [build, ...take] = replacing(drop, make);
    result = [...result.slice(0, from), build, ...between, ...take, ...result.slice(to + 1)];
  }
  return result;
}

function isReplacement(drop: Drop, other: Operation): boolean {
  if (other.kind !== 'createIndex' && other.kind !== 'addConstraint') return false;
  if (relationKey(other.table) !== relationKey(drop.table)) return false;
  if (drop.kind === 'dropIndex') return other.kind === 'createIndex' && other.index.name === drop.index.name;
  if (other.kind !== 'addConstraint' || !isBuiltAsIndex(drop.constraint) || !isBuiltAsIndex(other.constraint)) return false;
  const areKeys = drop.constraint.kind === 'primaryKey' && other.constraint.kind === 'primaryKey';
  return areKeys || drop.constraint.name === other.constraint.name;
}

/** Nothing between the two makes what the new one needs, nor waits for the old one to go. */
function isIndependent(drop: Drop, make: Make, between: readonly Operation[]): boolean {
  const [old, next] = [orderOf(drop), orderOf(make)];
  return between.every((operation) => {
    const { creates, removes } = orderOf(operation);
    return !creates.some((id) => next.needs.includes(id) || old.removes.includes(id)) && !removes.some((id) => old.frees.includes(id));
  });
}

function replacing(drop: Drop, make: Make): readonly [Operation, ...Operation[]] {
  const { table } = make;
  const index = make.kind === 'createIndex' ? make.index : indexOf(make.constraint as Parameters<typeof indexOf>[0]);
  const name = cutToBytes(index.name, MAX_IDENTIFIER_BYTES - NEW_SUFFIX.length) + NEW_SUFFIX;
  const build: Operation = { kind: 'createIndex', table, index: { ...index, name, comment: null }, isConcurrent: true };
  if (make.kind === 'addConstraint') return [build, drop, { ...make, usingIndex: name }];
  return [
    build,
    { ...drop, isConcurrent: true } as Operation,
    { kind: 'renameIndex', from: { schema: table.schema, name }, to: index.name },
    ...(index.comment === null
      ? []
      : [
          {
            kind: 'setComment' as const,
            target: { kind: 'index' as const, of: { schema: table.schema, name: index.name } },
            from: null,
            to: index.comment,
          },
        ]),
  ];
}

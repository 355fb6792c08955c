// What is neither table nor enum: schemas, extensions, sequences, and the objects that extensions of models contribute.

import type { Operation } from '../operation/operation.ts';
import { orderObjects } from '../snapshot/order-objects.ts';
import { relationKey } from '../snapshot/qualified-name.ts';
import { schemasOf } from '../snapshot/schemas-of.ts';
import type { OpaqueObjectSnapshot, SchemaSnapshot } from '../snapshot/snapshot.ts';
import { grantOperations } from './grant-diff.ts';
import { facts, isEqual } from './facts.ts';
import type { Rebuilt } from './rebuilt.ts';

export function foundationOperations(from: SchemaSnapshot, to: SchemaSnapshot): readonly Operation[] {
  const operations: Operation[] = [];
  const there = new Set(schemasOf(from));
  for (const schema of schemasOf(to)) if (!there.has(schema)) operations.push({ kind: 'createSchema', schema });
  for (const extension of to.extensions) {
    const other = from.extensions.find(({ name }) => name === extension.name);
    if (other === undefined) operations.push({ kind: 'createExtension', extension });
    else if (other.schema !== extension.schema)
      operations.push({ kind: 'setExtensionSchema', extension: extension.name, from: other.schema, to: extension.schema });
  }
  for (const extension of from.extensions)
    if (!to.extensions.some(({ name }) => name === extension.name)) operations.push({ kind: 'dropExtension', extension });
  return operations;
}

export function sequenceOperations(from: SchemaSnapshot, to: SchemaSnapshot, rebuilt: Rebuilt): readonly Operation[] {
  const operations: Operation[] = [];
  const same = (list: SchemaSnapshot['sequences'], name: string): SchemaSnapshot['sequences'][number] | undefined =>
    list.find((sequence) => relationKey(sequence) === name);
  for (const next of to.sequences) {
    const old = same(from.sequences, relationKey(next));
    const sequence = { schema: next.schema, name: next.name };
    if (old === undefined) {
      operations.push({ kind: 'createSequence', sequence: { ...next, ownedBy: null } });
      if (next.ownedBy !== null) operations.push({ kind: 'setSequenceOwner', sequence, from: null, to: next.ownedBy });
      continue;
    }
    const besides = ['comment', 'ownedBy', 'grants'];
    operations.push(...grantOperations({ kind: 'sequence', ...sequence }, old.grants, next.grants));
    if (facts(old, besides) !== facts(next, besides)) operations.push({ kind: 'alterSequence', from: old, to: next });
    const owner = old.ownedBy;
    const isReadded = owner !== null && rebuilt.isReadded(owner, owner.column);
    if (isReadded) operations.push({ kind: 'setSequenceOwner', sequence, from: owner, to: null });
    const current = isReadded ? null : owner;
    if (!isEqual(current, next.ownedBy)) operations.push({ kind: 'setSequenceOwner', sequence, from: current, to: next.ownedBy });
    if (old.comment !== next.comment)
      operations.push({ kind: 'setComment', target: { kind: 'sequence', of: sequence }, from: old.comment, to: next.comment });
  }
  for (const old of from.sequences) {
    if (same(to.sequences, relationKey(old)) !== undefined) continue;
    const sequence = { schema: old.schema, name: old.name };
    if (old.ownedBy !== null) operations.push({ kind: 'setSequenceOwner', sequence, from: old.ownedBy, to: null });
    operations.push({ kind: 'dropSequence', sequence: { ...old, ownedBy: null } });
  }
  return operations;
}

/** An object that changed is dropped and made, and so is what stands on it. */
export function objectOperations(from: SchemaSnapshot, to: SchemaSnapshot): readonly Operation[] {
  if (from.objects.length === 0 && to.objects.length === 0) return [];
  const named = (list: readonly OpaqueObjectSnapshot[], identity: string): OpaqueObjectSnapshot | undefined =>
    list.find((object) => object.identity === identity);
  const changed = new Set<string>();
  for (const object of from.objects) {
    const next = named(to.objects, object.identity);
    if (next === undefined || facts(next) !== facts(object)) changed.add(object.identity);
  }
  for (let size = -1; size < changed.size;) {
    size = changed.size;
    for (const object of from.objects) if (object.dependsOn.some((identity) => changed.has(identity))) changed.add(object.identity);
  }
  const [before, after] = [orderObjects(from), orderObjects(to)];
  const operations: Operation[] = [];
  for (const object of [...before.beforeTables, ...before.afterTables].reverse()) {
    if (!changed.has(object.identity)) continue;
    const isReplaced = named(to.objects, object.identity) !== undefined;
    operations.push({ kind: 'dropObject', object, needsTables: before.afterTables.includes(object), isReplaced });
  }
  for (const object of [...after.beforeTables, ...after.afterTables]) {
    if (named(from.objects, object.identity) !== undefined && !changed.has(object.identity)) continue;
    operations.push({ kind: 'createObject', object, needsTables: after.afterTables.includes(object) });
  }
  return operations;
}

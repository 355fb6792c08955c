// The factory of snapshots: sorts what has no order of its own and freezes the whole, so that equal schemas are equal bytes.

import { byName, byQualifiedName, byText } from './qualified-name.ts';
import {
  SNAPSHOT_FORMAT,
  type GrantSnapshot,
  type PartitioningSnapshot,
  type SchemaSnapshot,
  type SequenceOptions,
  type TableSnapshot,
} from './snapshot.ts';

/** Makes a snapshot of its parts, in any order. */
export function makeSnapshot(parts: Partial<Omit<SchemaSnapshot, 'format'>>): SchemaSnapshot {
  return deepFreeze({
    format: SNAPSHOT_FORMAT,
    extensions: (parts.extensions ?? []).toSorted(byName),
    enums: (parts.enums ?? []).toSorted(byQualifiedName),
    sequences: (parts.sequences ?? []).map((sequence) => ({ ...sequence, grants: sortedGrants(sequence.grants) })).sort(byQualifiedName),
    tables: (parts.tables ?? []).map(sortedTable).sort(byQualifiedName),
    objects: (parts.objects ?? [])
      .map((object) => ({ ...object, dependsOn: object.dependsOn.toSorted(byText) }))
      .sort((left, right) => byText(left.identity, right.identity)),
  });
}

function sortedTable(table: TableSnapshot): TableSnapshot {
  return {
    ...table,
    constraints: table.constraints.toSorted(byName),
    indexes: table.indexes.map((index) => ({ ...index, storageParams: sortedRecord(index.storageParams) })).sort(byName),
    policies: table.policies.map((policy) => ({ ...policy, roles: policy.roles.toSorted(byText) })).sort(byName),
    grants: sortedGrants(table.grants),
    partitioning: table.partitioning === null ? null : sortedPartitions(table.partitioning),
    storageParams: sortedRecord(table.storageParams),
  };
}

const sortedGrants = (grants: readonly GrantSnapshot[]): GrantSnapshot[] =>
  grants
    .map((grant) => ({ ...grant, privileges: grant.privileges.toSorted(byText) }))
    .sort((left, right) => byText(left.role, right.role) || Number(left.isGrantable) - Number(right.isGrantable));

function sortedPartitions(partitioning: PartitioningSnapshot): PartitioningSnapshot {
  return {
    ...partitioning,
    partitions: partitioning.partitions
      .map((partition) => ({ ...partition, storageParams: sortedRecord(partition.storageParams) }))
      .sort(byQualifiedName),
  };
}

const sortedRecord = (record: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).sort(([left], [right]) => byText(left, right)));

/** Freezes `value` and everything in it that is not frozen yet. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

const SEQUENCE_MAX: Readonly<Record<string, string>> = { smallint: '32767', integer: '2147483647', bigint: '9223372036854775807' };

/** What a sequence of `type` gets when nothing is said: from 1 upwards by 1. */
export function defaultSequenceOptions(type: string): SequenceOptions {
  return { start: '1', increment: '1', min: '1', max: SEQUENCE_MAX[type] ?? SEQUENCE_MAX['bigint']!, cache: '1', isCyclic: false };
}

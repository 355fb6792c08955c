// HeerIds and RanjIds out of each other. Pure; bit for bit what the functions of the database do (conversion-sql.ts). To a RanjId nothing is lost; to a HeerId the
// time is cut to milliseconds, and with it the sequence has to be made anew.

import { IdError } from '../error/instance-error.ts';
import { HeerId, HeerIdDesc } from './heer-id.ts';
import { compareRanjIds, RanjId, RanjIdDesc, type RanjIdParts, type RanjIdPrecision } from './ranj-id.ts';

export interface RanjPrecisionOption {
  /** The unit in which the time of the RanjId counts. Default `us`, which is what the generators make. */
  readonly precision?: RanjIdPrecision;
}

/** Ids that have no HeerId, and why. For ID_CONV_SEQUENCE_OVERFLOW: those of one node and millisecond, of which there are more than 8,192. */
export interface IdConversionConflict<Value> {
  readonly code: 'ID_CONV_NODE_OVERFLOW' | 'ID_CONV_TIMESTAMP_OVERFLOW' | 'ID_CONV_SEQUENCE_OVERFLOW';
  readonly ids: readonly Value[];
}

const UNITS_PER_MILLISECOND = { us: 1_000n, ns: 1_000_000n, ps: 1_000_000_000n, fs: 1_000_000_000_000n } as const;
const MICROS_PER_MILLISECOND = 1000n;
const MOST_IN_A_MILLISECOND = HeerId.MAX_SEQUENCE + 1;

/** The RanjId of the same moment, node and sequence: there always is one. Errors: ID_PRECISION_UNKNOWN. */
export function heerIdToRanjId<Table extends string>(id: HeerId<Table, 'heerId'>, options: RanjPrecisionOption = {}): RanjId<Table> {
  const { timestampMs, nodeId, sequence } = HeerId.parts(id),
    { precision = 'us' } = options;
  // Of an unknown precision fromParts says what is wrong.
  const timestamp = timestampMs * (Object.hasOwn(UNITS_PER_MILLISECOND, precision) ? UNITS_PER_MILLISECOND[precision] : 1n);
  return RanjId.fromParts<Table>({ timestamp, precision, nodeId, sequence });
}

/** The newest-first RanjId of the same moment, node and sequence. Errors: ID_PRECISION_UNKNOWN. */
export function heerIdDescToRanjIdDesc<Table extends string>(id: HeerIdDesc<Table>, options: RanjPrecisionOption = {}): RanjIdDesc<Table> {
  return RanjId.toDesc(heerIdToRanjId(HeerIdDesc.toAscending(id), options));
}

/**
 * The HeerId of the same millisecond and node, with the sequence 0. Two RanjIds of one millisecond give the same: convert them with `ranjIdsToHeerIds`.
 *
 * Errors: ID_CONV_NODE_OVERFLOW for a node above 511, ID_CONV_TIMESTAMP_OVERFLOW for a moment 2^41 milliseconds or more after the epoch; each with `value` and `bits`.
 */
export function ranjIdToHeerId<Table extends string>(id: RanjId<Table>): HeerId<Table, 'heerId'> {
  return heerIdOf(RanjId.parts(id), 0);
}

/** As `ranjIdToHeerId`, for the newest-first forms. */
export function ranjIdDescToHeerIdDesc<Table extends string>(id: RanjIdDesc<Table>): HeerIdDesc<Table> {
  return HeerId.toDesc(heerIdOf<Table>(RanjIdDesc.parts(id), 0));
}

/**
 * Pairs of each distinct id and its HeerId, sorted by the former. The ids of one node and millisecond are numbered from 0 in their stored order: their
 * own sequences are not kept. Convert all ids that belong together in one call.
 *
 * Errors: those of `ranjIdToHeerId`; ID_CONV_SEQUENCE_OVERFLOW when one node has more than 8,192 in a millisecond. `checkConvertible` finds all of them beforehand.
 */
export function ranjIdsToHeerIds<Table extends string>(
  ids: readonly RanjId<Table>[],
): [source: RanjId<Table>, target: HeerId<Table, 'heerId'>][] {
  const numbers = new Map<bigint, number>();
  return distinct(ids).map((id) => {
    const parts = RanjId.parts(id),
      key = groupOf(parts),
      number = numbers.get(key) ?? 0;
    const target = heerIdOf<Table>(parts, number);
    numbers.set(key, number + 1);
    return [id, target];
  });
}

/** As `ranjIdsToHeerIds`, for the newest-first forms. */
export function ranjIdDescsToHeerIdDescs<Table extends string>(
  ids: readonly RanjIdDesc<Table>[],
): [source: RanjIdDesc<Table>, target: HeerIdDesc<Table>][] {
  return ranjIdsToHeerIds(RanjIdDesc.toAscending(ids))
    .map(([source, target]): [RanjIdDesc<Table>, HeerIdDesc<Table>] => [RanjId.toDesc(source), HeerId.toDesc(target)])
    .sort(([left], [right]) => compareRanjIds(left, right));
}

/**
 * Everything that keeps ascending RanjIds from being converted together; empty when nothing does. Never throws.
 *
 * Shape: first the ids whose node is too large, then those of another node whose time is, then one entry for each overfull group. Ids are distinct and sorted.
 */
export function checkConvertible<Table extends string>(ids: readonly RanjId<Table>[]): IdConversionConflict<RanjId<Table>>[] {
  const nodes: RanjId<Table>[] = [],
    times: RanjId<Table>[] = [],
    groups = new Map<bigint, RanjId<Table>[]>();
  for (const id of distinct(ids)) {
    const parts = RanjId.parts(id);
    if (parts.nodeId > HeerId.MAX_NODE) nodes.push(id);
    else if (millisecondOf(parts) > HeerId.MAX_TIMESTAMP) times.push(id);
    else {
      const key = groupOf(parts),
        group = groups.get(key);
      if (group === undefined) groups.set(key, [id]);
      else group.push(id);
    }
  }
  const conflicts: IdConversionConflict<RanjId<Table>>[] = [];
  if (nodes.length > 0) conflicts.push({ code: 'ID_CONV_NODE_OVERFLOW', ids: nodes });
  if (times.length > 0) conflicts.push({ code: 'ID_CONV_TIMESTAMP_OVERFLOW', ids: times });
  for (const group of groups.values()) {
    if (group.length > MOST_IN_A_MILLISECOND) conflicts.push({ code: 'ID_CONV_SEQUENCE_OVERFLOW', ids: group });
  }
  return conflicts;
}

const distinct = <Value extends string>(ids: readonly Value[]): Value[] => [...new Set(ids)].sort(compareRanjIds);

const millisecondOf = (parts: RanjIdParts): bigint => parts.timestampMicros / MICROS_PER_MILLISECOND;

const groupOf = (parts: RanjIdParts): bigint => (millisecondOf(parts) << 15n) | BigInt(parts.nodeId);

function heerIdOf<Table extends string>(parts: RanjIdParts, sequence: number): HeerId<Table, 'heerId'> {
  const { nodeId } = parts,
    timestampMs = millisecondOf(parts);
  if (nodeId > HeerId.MAX_NODE) {
    throw new IdError(
      'ID_CONV_NODE_OVERFLOW',
      'The node of the RanjId is above 511, which a HeerId cannot hold. Only ids of the nodes 0 to 511 have a HeerId.',
      { value: nodeId, bits: 9 },
    );
  }
  if (timestampMs > HeerId.MAX_TIMESTAMP) {
    throw new IdError(
      'ID_CONV_TIMESTAMP_OVERFLOW',
      'The time of the RanjId is beyond what a HeerId can hold. A HeerId counts 2^41 milliseconds from the epoch.',
      { value: String(timestampMs), bits: 41 },
    );
  }
  if (sequence > HeerId.MAX_SEQUENCE) {
    throw new IdError(
      'ID_CONV_SEQUENCE_OVERFLOW',
      'One node has more than 8192 RanjIds in one millisecond, which HeerIds cannot hold. Keep them as RanjIds.',
      { value: sequence, bits: 13 },
    );
  }
  return HeerId.fromParts<Table>({ timestampMs, nodeId, sequence });
}

// Indexes of tables that exist. Those that a constraint owns come and go with it.

import { quoteIdentifier } from '@djogi/core/extension';
import { commentOn } from '../render/comment-on.ts';
import { createIndex } from '../render/create-index.ts';
import { qualified } from '../render/fragment.ts';
import { shownName, type QualifiedName } from '../snapshot/qualified-name.ts';
import type { IndexSnapshot } from '../snapshot/snapshot.ts';
import {
  back,
  cost,
  inTransaction,
  locksOn,
  order,
  RANK,
  relationsOf,
  SAFE,
  storesOf,
  type OperationDefinition,
  type TableRef,
} from './definition.ts';
import { indexIdentities, relationId } from './identity.ts';
import { storageChanges } from './table-operations.ts';

export interface CreateIndex {
  readonly kind: 'createIndex';
  readonly table: TableRef;
  readonly index: IndexSnapshot;
  readonly isConcurrent?: boolean;
}
export interface DropIndex {
  readonly kind: 'dropIndex';
  readonly table: TableRef;
  readonly index: IndexSnapshot;
  readonly isConcurrent?: boolean;
}
export interface RenameIndex {
  readonly kind: 'renameIndex';
  readonly from: QualifiedName;
  readonly to: string;
}
export interface SetIndexParams {
  readonly kind: 'setIndexParams';
  readonly index: QualifiedName;
  readonly method: string;
  readonly from: Readonly<Record<string, string>>;
  readonly to: Readonly<Record<string, string>>;
}

const nameOf = (table: TableRef, index: IndexSnapshot): QualifiedName => ({ schema: table.schema, name: index.name });

export const createIndexDefinition: OperationDefinition<CreateIndex> = {
  label: ({ table, index }) => `createIndex ${shownName(nameOf(table, index))}`,
  forward: ({ table, index, isConcurrent = false }) => [
    createIndex(table, index, { concurrently: isConcurrent }),
    ...(index.comment === null ? [] : [commentOn({ kind: 'index', of: nameOf(table, index) }, index.comment)]),
  ],
  reverse: ({ table, index }) => back({ kind: 'dropIndex', table, index }),
  cost: ({ table, isConcurrent = false }) =>
    cost(locksOn(relationsOf(table), isConcurrent ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE'), { scans: storesOf(table) }),
  effect: () => SAFE,
  order({ table, index }) {
    const { own, needs } = indexIdentities(table, index);
    return order(RANK.key, { creates: own, needs });
  },
  standsAlone: ({ isConcurrent = false }) => isConcurrent,
};

export const dropIndexDefinition: OperationDefinition<DropIndex> = {
  label: ({ table, index }) => `dropIndex ${shownName(nameOf(table, index))}`,
  forward: ({ table, index, isConcurrent = false }) => [
    `DROP INDEX ${isConcurrent ? 'CONCURRENTLY ' : ''}${qualified(nameOf(table, index))}`,
  ],
  reverse: ({ table, index }) => back({ kind: 'createIndex', table, index }),
  cost({ table, index, isConcurrent = false }) {
    const mode = isConcurrent ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE';
    return cost(locksOn([...relationsOf(table), nameOf(table, index)], mode));
  },
  effect: () => SAFE,
  order({ table, index }) {
    const { own, needs } = indexIdentities(table, index);
    return order(RANK.dropKey, { removes: own, frees: needs });
  },
  standsAlone: ({ isConcurrent = false }) => isConcurrent,
};

export const renameIndexDefinition: OperationDefinition<RenameIndex> = {
  label: ({ from, to }) => `renameIndex ${shownName(from)} to ${to}`,
  forward: ({ from, to }) => [`ALTER INDEX ${qualified(from)} RENAME TO ${quoteIdentifier(to)}`],
  reverse: ({ from, to }) => back({ kind: 'renameIndex', from: { schema: from.schema, name: to }, to: from.name }),
  cost: ({ from }) => cost(locksOn([{ schema: from.schema, name: from.name }], 'SHARE UPDATE EXCLUSIVE')),
  effect: () => SAFE,
  order: () => order(RANK.rename),
  standsAlone: inTransaction,
};

/** Parameters that change how entries are written, for which nobody else may write. Source: the lock modes in PostgreSQL's reloptions.c. */
const EXCLUSIVE_PARAMS: ReadonlySet<string> = new Set([
  'fastupdate',
  'gin_pending_list_limit',
  'buffering',
  'pages_per_range',
  'autosummarize',
]);

export const setIndexParamsDefinition: OperationDefinition<SetIndexParams> = {
  label: ({ index }) => `setIndexParams ${shownName(index)}`,
  forward: ({ index, from, to }) => storageChanges(from, to).map((change) => `ALTER INDEX ${qualified(index)} ${change}`),
  reverse: ({ from, to, ...rest }) => back({ ...rest, from: to, to: from }),
  cost({ index, from, to }) {
    const changed = [...new Set([...Object.keys(from), ...Object.keys(to)])].filter((name) => from[name] !== to[name]);
    const isExclusive = changed.some((name) => EXCLUSIVE_PARAMS.has(name));
    return cost(locksOn([{ schema: index.schema, name: index.name }], isExclusive ? 'ACCESS EXCLUSIVE' : 'SHARE UPDATE EXCLUSIVE'));
  },
  effect: () => SAFE,
  order: ({ index }) => order(RANK.property, { needs: [relationId(index)] }),
  standsAlone: inTransaction,
};

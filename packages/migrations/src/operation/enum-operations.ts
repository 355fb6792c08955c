// Enums: made, removed, renamed, and their labels.

import { MAX_IDENTIFIER_BYTES, quoteIdentifier, quoteLiteral } from '@djogi/core/extension';
import { commentOn } from '../render/comment-on.ts';
import { createEnum } from '../render/create-enum.ts';
import { qualified } from '../render/fragment.ts';
import { cutToBytes, shownName, type QualifiedName } from '../snapshot/qualified-name.ts';
import type { EnumSnapshot } from '../snapshot/snapshot.ts';
import {
  back,
  cost,
  destructive,
  inTransaction,
  locksOn,
  lossy,
  NO_COST,
  order,
  RANK,
  relationsOf,
  SAFE,
  storesOf,
  type OperationDefinition,
  type TableRef,
} from './definition.ts';
import { columnId, keyId, nameId, typeId } from './identity.ts';

export interface CreateEnum {
  readonly kind: 'createEnum';
  readonly enum: EnumSnapshot;
}
export interface DropEnum {
  readonly kind: 'dropEnum';
  readonly enum: EnumSnapshot;
}
export interface RenameEnum {
  readonly kind: 'renameEnum';
  readonly from: QualifiedName;
  readonly to: string;
}
export interface AddEnumLabel {
  readonly kind: 'addEnumLabel';
  readonly enum: QualifiedName;
  readonly label: string;
  readonly anchor: { readonly position: 'before' | 'after'; readonly label: string } | null;
}
export interface RenameEnumLabel {
  readonly kind: 'renameEnumLabel';
  readonly enum: QualifiedName;
  readonly from: string;
  readonly to: string;
}
/** Removes or reorders labels: a new type takes the place of the old one, and every column of it is written anew. */
export interface ReplaceEnum {
  readonly kind: 'replaceEnum';
  readonly from: EnumSnapshot;
  readonly to: EnumSnapshot;
  readonly columns: readonly {
    readonly table: TableRef;
    readonly column: string;
    readonly isArray: boolean;
    readonly keys: readonly (readonly string[])[];
  }[];
}

/** What the old type is called while the new one takes its place. */
const OLD_SUFFIX = '__djogi_old';

const create = (type: EnumSnapshot): readonly string[] => [
  createEnum(type),
  ...(type.comment === null ? [] : [commentOn({ kind: 'type', of: type }, type.comment)]),
];

export const createEnumDefinition: OperationDefinition<CreateEnum> = {
  label: (operation) => `createEnum ${shownName(operation.enum)}`,
  forward: (operation) => create(operation.enum),
  reverse: (operation) => back({ kind: 'dropEnum', enum: operation.enum }),
  cost: () => NO_COST,
  effect: () => SAFE,
  order: (operation) => order(RANK.type, { creates: [typeId(operation.enum.name)] }),
  standsAlone: inTransaction,
};

export const dropEnumDefinition: OperationDefinition<DropEnum> = {
  label: (operation) => `dropEnum ${shownName(operation.enum)}`,
  forward: (operation) => [`DROP TYPE ${qualified(operation.enum)}`],
  reverse: (operation) => back({ kind: 'createEnum', enum: operation.enum }),
  cost: () => NO_COST,
  effect: (operation) => destructive(`the type ${shownName(operation.enum)}`),
  order: (operation) => order(RANK.dropType, { removes: [typeId(operation.enum.name)] }),
  standsAlone: inTransaction,
};

export const renameEnumDefinition: OperationDefinition<RenameEnum> = {
  label: ({ from, to }) => `renameEnum ${shownName(from)} to ${to}`,
  forward: ({ from, to }) => [`ALTER TYPE ${qualified(from)} RENAME TO ${quoteIdentifier(to)}`],
  reverse: ({ from, to }) => back({ kind: 'renameEnum', from: { schema: from.schema, name: to }, to: from.name }),
  cost: () => NO_COST,
  effect: () => SAFE,
  order: () => order(RANK.rename),
  standsAlone: inTransaction,
};

export const addEnumLabelDefinition: OperationDefinition<AddEnumLabel> = {
  label: (operation) => `addEnumLabel ${shownName(operation.enum)} ${operation.label}`,
  forward: ({ enum: type, label, anchor }) => [
    `ALTER TYPE ${qualified(type)} ADD VALUE ${quoteLiteral(label)}` +
      (anchor === null ? '' : ` ${anchor.position.toUpperCase()} ${quoteLiteral(anchor.label)}`),
  ],
  reverse: () => ({ irreversible: 'Postgres cannot remove a label from an enum, and rows may have it by then' }),
  cost: () => NO_COST,
  effect: () => SAFE,
  order: (operation) => order(RANK.type, { needs: [typeId(operation.enum.name)] }),
  standsAlone: inTransaction,
};

export const renameEnumLabelDefinition: OperationDefinition<RenameEnumLabel> = {
  label: (operation) => `renameEnumLabel ${shownName(operation.enum)} ${operation.from} to ${operation.to}`,
  forward: ({ enum: type, from, to }) => [`ALTER TYPE ${qualified(type)} RENAME VALUE ${quoteLiteral(from)} TO ${quoteLiteral(to)}`],
  reverse: (operation) => back({ ...operation, from: operation.to, to: operation.from }),
  cost: () => NO_COST,
  effect: () => SAFE,
  order: () => order(RANK.rename),
  standsAlone: inTransaction,
};

export const replaceEnumDefinition: OperationDefinition<ReplaceEnum> = {
  label: ({ to }) => `replaceEnum ${shownName(to)}`,
  forward({ from, to, columns }) {
    const old = { schema: from.schema, name: cutToBytes(from.name, MAX_IDENTIFIER_BYTES - OLD_SUFFIX.length) + OLD_SUFFIX };
    return [
      `ALTER TYPE ${qualified(from)} RENAME TO ${quoteIdentifier(old.name)}`,
      ...create(to),
      ...columns.map(({ table, column, isArray }) => {
        const [name, array] = [quoteIdentifier(column), isArray ? '[]' : ''];
        return `ALTER TABLE ${qualified(table)} ALTER COLUMN ${name} TYPE ${qualified(to)}${array} USING ${name}::text${array}::${qualified(to)}${array}`;
      }),
      `DROP TYPE ${qualified(old)}`,
    ];
  },
  reverse: ({ from, to, columns }) => back({ kind: 'replaceEnum', from: to, to: from, columns }),
  cost: ({ columns }) =>
    cost(
      columns.flatMap(({ table }) => locksOn(relationsOf(table), 'ACCESS EXCLUSIVE')),
      { rewrites: columns.flatMap(({ table }) => storesOf(table)) },
    ),
  effect({ from, to }) {
    const gone = from.labels.filter((label) => !to.labels.includes(label));
    return gone.length === 0
      ? lossy(`the order of the labels of ${shownName(to)}, by which rows are sorted`)
      : lossy(`the labels ${gone.join(', ')} of ${shownName(to)}: it fails while a row has one`);
  },
  order({ to, columns }) {
    const changed = [
      typeId(to.name),
      ...columns.flatMap(({ table, column, keys }) => [columnId(table, column), nameId(column), ...keys.map((key) => keyId(table, key))]),
    ];
    return order(RANK.column, { creates: changed, removes: changed });
  },
  standsAlone: inTransaction,
};

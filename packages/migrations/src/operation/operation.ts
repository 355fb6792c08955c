// The vocabulary of migrations: every act on a schema, as data, and the one place that knows what each kind declares.

import {
  type CreateExtension,
  createExtensionDefinition,
  type CreateObject,
  createObjectDefinition,
  type CreateSchema,
  createSchemaDefinition,
  type DropExtension,
  dropExtensionDefinition,
  type DropObject,
  dropObjectDefinition,
  type SetExtensionSchema,
  setExtensionSchemaDefinition,
} from './foundation-operations.ts';
import {
  type AddEnumLabel,
  addEnumLabelDefinition,
  type CreateEnum,
  createEnumDefinition,
  type DropEnum,
  dropEnumDefinition,
  type RenameEnum,
  renameEnumDefinition,
  type RenameEnumLabel,
  renameEnumLabelDefinition,
  type ReplaceEnum,
  replaceEnumDefinition,
} from './enum-operations.ts';
import {
  type AlterSequence,
  alterSequenceDefinition,
  type CreateSequence,
  createSequenceDefinition,
  type DropSequence,
  dropSequenceDefinition,
  type RenameSequence,
  renameSequenceDefinition,
  type SetSequenceOwner,
  setSequenceOwnerDefinition,
} from './sequence-operations.ts';
import {
  type CreatePartition,
  createPartitionDefinition,
  type CreateTable,
  createTableDefinition,
  type DropPartition,
  dropPartitionDefinition,
  type DropTable,
  dropTableDefinition,
  type RenameTable,
  renameTableDefinition,
  type SetRowSecurity,
  setRowSecurityDefinition,
  type SetStorageParams,
  setStorageParamsDefinition,
  type SetTablespace,
  setTablespaceDefinition,
  type SetUnlogged,
  setUnloggedDefinition,
} from './table-operations.ts';
import {
  type AddColumn,
  addColumnDefinition,
  type DropColumn,
  dropColumnDefinition,
  type DropGenerated,
  dropGeneratedDefinition,
  type DropNotNull,
  dropNotNullDefinition,
  type RenameColumn,
  renameColumnDefinition,
  type SetColumnType,
  setColumnTypeDefinition,
  type SetDefault,
  setDefaultDefinition,
  type SetGenerated,
  setGeneratedDefinition,
  type SetIdentity,
  setIdentityDefinition,
  type SetNotNull,
  setNotNullDefinition,
} from './column-operations.ts';
import {
  type AddConstraint,
  addConstraintDefinition,
  type AlterConstraint,
  alterConstraintDefinition,
  type DropConstraint,
  dropConstraintDefinition,
  type RenameConstraint,
  renameConstraintDefinition,
  type ValidateConstraint,
  validateConstraintDefinition,
} from './constraint-operations.ts';
import {
  type CreateIndex,
  createIndexDefinition,
  type DropIndex,
  dropIndexDefinition,
  type RenameIndex,
  renameIndexDefinition,
  type SetIndexParams,
  setIndexParamsDefinition,
} from './index-operations.ts';
import {
  type AlterPolicy,
  alterPolicyDefinition,
  type CreatePolicy,
  createPolicyDefinition,
  type DropPolicy,
  dropPolicyDefinition,
} from './policy-operations.ts';
import { grantDefinition, revokeDefinition, type Grant, type Revoke } from './grant-operations.ts';
import { type SetComment, setCommentDefinition } from './comment-operations.ts';
import type { OperationCost, OperationDefinition, OperationEffect, OperationOrder, Reversal } from './definition.ts';

/** One act. Frozen JSON; `kind` tells which. */
export type Operation =
  | CreateSchema
  | CreateExtension
  | DropExtension
  | SetExtensionSchema
  | CreateObject
  | DropObject
  | CreateEnum
  | DropEnum
  | RenameEnum
  | AddEnumLabel
  | RenameEnumLabel
  | ReplaceEnum
  | CreateSequence
  | DropSequence
  | RenameSequence
  | AlterSequence
  | SetSequenceOwner
  | CreateTable
  | DropTable
  | RenameTable
  | SetStorageParams
  | SetTablespace
  | SetUnlogged
  | SetRowSecurity
  | CreatePartition
  | DropPartition
  | AddColumn
  | DropColumn
  | RenameColumn
  | SetColumnType
  | SetDefault
  | SetNotNull
  | DropNotNull
  | SetIdentity
  | SetGenerated
  | DropGenerated
  | AddConstraint
  | DropConstraint
  | RenameConstraint
  | ValidateConstraint
  | AlterConstraint
  | CreateIndex
  | DropIndex
  | RenameIndex
  | SetIndexParams
  | CreatePolicy
  | DropPolicy
  | AlterPolicy
  | Grant
  | Revoke
  | SetComment;

export type OperationKind = Operation['kind'];

const DEFINITIONS: { readonly [Kind in OperationKind]: OperationDefinition<Extract<Operation, { readonly kind: Kind }>> } = {
  createSchema: createSchemaDefinition,
  createExtension: createExtensionDefinition,
  dropExtension: dropExtensionDefinition,
  setExtensionSchema: setExtensionSchemaDefinition,
  createObject: createObjectDefinition,
  dropObject: dropObjectDefinition,
  createEnum: createEnumDefinition,
  dropEnum: dropEnumDefinition,
  renameEnum: renameEnumDefinition,
  addEnumLabel: addEnumLabelDefinition,
  renameEnumLabel: renameEnumLabelDefinition,
  replaceEnum: replaceEnumDefinition,
  createSequence: createSequenceDefinition,
  dropSequence: dropSequenceDefinition,
  renameSequence: renameSequenceDefinition,
  alterSequence: alterSequenceDefinition,
  setSequenceOwner: setSequenceOwnerDefinition,
  createTable: createTableDefinition,
  dropTable: dropTableDefinition,
  renameTable: renameTableDefinition,
  setStorageParams: setStorageParamsDefinition,
  setTablespace: setTablespaceDefinition,
  setUnlogged: setUnloggedDefinition,
  setRowSecurity: setRowSecurityDefinition,
  createPartition: createPartitionDefinition,
  dropPartition: dropPartitionDefinition,
  addColumn: addColumnDefinition,
  dropColumn: dropColumnDefinition,
  renameColumn: renameColumnDefinition,
  setColumnType: setColumnTypeDefinition,
  setDefault: setDefaultDefinition,
  setNotNull: setNotNullDefinition,
  dropNotNull: dropNotNullDefinition,
  setIdentity: setIdentityDefinition,
  setGenerated: setGeneratedDefinition,
  dropGenerated: dropGeneratedDefinition,
  addConstraint: addConstraintDefinition,
  dropConstraint: dropConstraintDefinition,
  renameConstraint: renameConstraintDefinition,
  validateConstraint: validateConstraintDefinition,
  alterConstraint: alterConstraintDefinition,
  createIndex: createIndexDefinition,
  dropIndex: dropIndexDefinition,
  renameIndex: renameIndexDefinition,
  setIndexParams: setIndexParamsDefinition,
  createPolicy: createPolicyDefinition,
  dropPolicy: dropPolicyDefinition,
  alterPolicy: alterPolicyDefinition,
  grant: grantDefinition,
  revoke: revokeDefinition,
  setComment: setCommentDefinition,
};

/** Every kind there is. */
export const OPERATION_KINDS: readonly OperationKind[] = Object.freeze(Object.keys(DEFINITIONS) as OperationKind[]);

const definitionOf = (operation: Operation): OperationDefinition<Operation> => DEFINITIONS[operation.kind];

/** `addColumn posts.title`: what `allow` names. */
export const labelOf = (operation: Operation): string => definitionOf(operation).label(operation);
/** The statements of an operation, without closing semicolons. */
export const statementsOf = (operation: Operation): readonly string[] => definitionOf(operation).forward(operation);
/** The way back, or why there is none. */
export const reversalOf = (operation: Operation): Reversal => definitionOf(operation).reverse(operation);
/** Locks, rewrites and scans, as declared and as tests have observed them on PostgreSQL 18. */
export const costOf = (operation: Operation): OperationCost => definitionOf(operation).cost(operation);
/** Whether data is kept. */
export const effectOf = (operation: Operation): OperationEffect => definitionOf(operation).effect(operation);
export const orderOf = (operation: Operation): OperationOrder => definitionOf(operation).order(operation);
/** True for an operation that refuses a transaction block. */
export const standsAlone = (operation: Operation): boolean => definitionOf(operation).standsAlone(operation);

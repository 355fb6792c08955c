// What everything else stands on: schemas, Postgres extensions, and the objects that extensions of models contribute.

import { quoteIdentifier } from '@djogi/core/extension';
import { createExtension, createSchema } from '../render/create-extension.ts';
import type { ExtensionSnapshot, OpaqueObjectSnapshot } from '../snapshot/snapshot.ts';
import { back, destructive, inTransaction, NO_COST, order, RANK, SAFE, type OperationDefinition } from './definition.ts';
import { columnId, constraintId, relationId, typeId } from './identity.ts';

export interface CreateSchema {
  readonly kind: 'createSchema';
  readonly schema: string;
}
export interface CreateExtension {
  readonly kind: 'createExtension';
  readonly extension: ExtensionSnapshot;
}
export interface DropExtension {
  readonly kind: 'dropExtension';
  readonly extension: ExtensionSnapshot;
}
export interface SetExtensionSchema {
  readonly kind: 'setExtensionSchema';
  readonly extension: string;
  readonly from: string | null;
  readonly to: string | null;
}
export interface CreateObject {
  readonly kind: 'createObject';
  readonly object: OpaqueObjectSnapshot;
  readonly needsTables: boolean;
}
export interface DropObject {
  readonly kind: 'dropObject';
  readonly object: OpaqueObjectSnapshot;
  readonly needsTables: boolean;
  /** It is made again in the same diff. */
  readonly isReplaced: boolean;
}

const schemaId = (schema: string): string => `schema ${schema}`;
const extensionId = (name: string): string => `extension ${name}`;
const objectId = (identity: string): string => `object ${identity}`;

export const createSchemaDefinition: OperationDefinition<CreateSchema> = {
  label: ({ schema }) => `createSchema ${schema}`,
  forward: ({ schema }) => [createSchema(schema)],
  // A snapshot has no schemas of its own: one that stays behind empty is no difference.
  reverse: () => back(),
  cost: () => NO_COST,
  effect: () => SAFE,
  order: ({ schema }) => order(RANK.foundation, { creates: [schemaId(schema)] }),
  standsAlone: inTransaction,
};

const schemaNeeded = ({ schema }: ExtensionSnapshot): readonly string[] => (schema === null ? [] : [schemaId(schema)]);

export const createExtensionDefinition: OperationDefinition<CreateExtension> = {
  label: ({ extension }) => `createExtension ${extension.name}`,
  forward: ({ extension }) => [createExtension(extension)],
  reverse: ({ extension }) => back({ kind: 'dropExtension', extension }),
  cost: () => NO_COST,
  effect: () => SAFE,
  order: ({ extension }) => order(RANK.foundation, { creates: [extensionId(extension.name)], needs: schemaNeeded(extension) }),
  standsAlone: inTransaction,
};

export const dropExtensionDefinition: OperationDefinition<DropExtension> = {
  label: ({ extension }) => `dropExtension ${extension.name}`,
  forward: ({ extension }) => [`DROP EXTENSION ${quoteIdentifier(extension.name)}`],
  reverse: ({ extension }) => back({ kind: 'createExtension', extension }),
  cost: () => NO_COST,
  effect: ({ extension }) => destructive(`the extension ${extension.name} and what it keeps`),
  order: ({ extension }) => order(RANK.dropFoundation, { removes: [extensionId(extension.name)] }),
  standsAlone: inTransaction,
};

export const setExtensionSchemaDefinition: OperationDefinition<SetExtensionSchema> = {
  label: ({ extension }) => `setExtensionSchema ${extension}`,
  forward: ({ extension, to }) => [`ALTER EXTENSION ${quoteIdentifier(extension)} SET SCHEMA ${quoteIdentifier(to ?? 'public')}`],
  reverse: ({ extension, from, to }) => back({ kind: 'setExtensionSchema', extension, from: to, to: from }),
  cost: () => NO_COST,
  effect: () => SAFE,
  order: ({ extension, to }) => order(RANK.foundation, { creates: [extensionId(extension)], needs: to === null ? [] : [schemaId(to)] }),
  standsAlone: inTransaction,
};

/** Dependencies are written as `table:posts`, `column:posts.title`, or as the identity of another object. */
function dependencyIds({ dependsOn }: OpaqueObjectSnapshot): readonly string[] {
  return dependsOn.flatMap((identity) => {
    const [kind = '', path = ''] = /^(\w+):(.*)$/s.exec(identity)?.slice(1) ?? [];
    const parts = path.split('.');
    const inSchema = (count: number): { readonly schema: string; readonly rest: readonly string[] } =>
      parts.length > count ? { schema: parts[0]!, rest: parts.slice(1) } : { schema: 'public', rest: parts };
    const one = inSchema(1);
    const two = inSchema(2);
    switch (kind) {
      case 'extension':
        return [extensionId(path)];
      case 'enum':
        return [typeId(one.rest.join('.'))];
      case 'table':
      case 'index':
      case 'sequence':
        return [relationId({ schema: one.schema, name: one.rest.join('.') })];
      case 'column':
        return [columnId({ schema: two.schema, name: two.rest[0] ?? '' }, two.rest.slice(1).join('.'))];
      case 'constraint':
        return [constraintId({ schema: two.schema, name: two.rest[0] ?? '' }, two.rest.slice(1).join('.'))];
      default:
        return [objectId(identity)];
    }
  });
}

export const createObjectDefinition: OperationDefinition<CreateObject> = {
  label: ({ object }) => `createObject ${object.identity}`,
  forward: ({ object }) => [object.ddl],
  reverse: ({ object, needsTables }) => back({ kind: 'dropObject', object, needsTables, isReplaced: false }),
  cost: () => NO_COST,
  effect: () => SAFE,
  order: ({ object, needsTables }) =>
    order(needsTables ? RANK.lateObject : RANK.object, { creates: [objectId(object.identity)], needs: dependencyIds(object) }),
  standsAlone: inTransaction,
};

export const dropObjectDefinition: OperationDefinition<DropObject> = {
  label: ({ object }) => `dropObject ${object.identity}`,
  forward: ({ object }) => [object.dropDdl],
  reverse: ({ object, needsTables }) => back({ kind: 'createObject', object, needsTables }),
  cost: () => NO_COST,
  effect: ({ object, isReplaced }) => (isReplaced ? SAFE : destructive(object.identity)),
  order: ({ object, needsTables }) =>
    order(needsTables ? RANK.dropSecurity : RANK.dropType, { removes: [objectId(object.identity)], frees: dependencyIds(object) }),
  standsAlone: inTransaction,
};

// @djogi/relations: how models lead to each other, and the rows around one row.

export {
  foreignKey,
  oneToOne,
  type ForeignKeyColumn,
  type ForeignKeyToColumn,
  type KeyReferenceOptions,
  type ReferenceOptions,
  type RowEquality,
} from './field/foreign-key.ts';
export { hasMany, hasOne, manyToMany, type HasManyState, type HasOneState, type ManyToManyState } from './field/related-field.ts';
export { related, type Around, type AroundRow } from './around/related.ts';
export { tree, type NodeOf, type ParentName, type Tree } from './tree/tree.ts';
export type { AddManyOptions, JunctionFields, JunctionSet, TargetOf } from './around/junction-set.ts';

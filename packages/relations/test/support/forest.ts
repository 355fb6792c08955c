// Categories in a tree, people with two trees, and places each inside of another or of itself, by a code.

import { f, model, pk } from '@djogi/core';
import { query } from '@djogi/query';
import type { Context } from '@djogi/core';
import { foreignKey, hasMany } from '../../src/index.ts';

export class Category extends model(
  'categories',
  {
    name: f.text(),
    isOpen: f.boolean().default(true),
    get parent() {
      return foreignKey(Category).nullable();
    },
    get children() {
      return hasMany(Category, 'parent');
    },
  },
  { pk: pk.serial(), timestamps: false },
) {}

/** Each row is in one that is there; the outermost is in itself. */
export class Place extends model(
  'places',
  {
    code: f.text().unique(),
    get within() {
      return foreignKey(Place, { to: 'code', deferrable: true, initiallyDeferred: true });
    },
  },
  { pk: pk.serial(), timestamps: false },
) {}

export class Elephant extends model(
  'elephants',
  {
    name: f.text(),
    get mother() {
      return foreignKey(Elephant).nullable();
    },
    get father() {
      return foreignKey(Elephant).nullable();
    },
    keeper: foreignKey(Category).nullable(),
  },
  { pk: pk.serial(), timestamps: false },
) {}

export const models = [Category, Place, Elephant];

/**
 * root ─ tools ─ saws ─ jigsaws
 *      │       └ drills (closed)
 *      └ books ─ novels
 * other, alone; egg ⇄ hen, and feather hangs off hen.
 */
export async function forest(ctx: Context) {
  const rows: Record<string, Category> = {};
  const grow = async (name: string, parent: string | null, isOpen = true): Promise<void> => {
    rows[name] = await Category.create(ctx, { name, isOpen, parentId: parent === null ? null : rows[parent]!.id });
  };
  await grow('root', null);
  await grow('tools', 'root');
  await grow('books', 'root');
  await grow('saws', 'tools');
  await grow('drills', 'tools', false);
  await grow('jigsaws', 'saws');
  await grow('novels', 'books');
  await grow('other', null);
  await grow('egg', null);
  await grow('hen', 'egg');
  await grow('feather', 'hen');
  rows['egg'] = await Category.update(ctx, rows['egg']!.id, { parentId: rows['hen']!.id });
  return (name: string): Category => rows[name]!;
}

export const places = async (ctx: Context): Promise<Place[]> =>
  query(Place).bulkCreate(ctx, [
    { code: 'earth', withinId: 'earth' },
    { code: 'europe', withinId: 'earth' },
    { code: 'norway', withinId: 'europe' },
    { code: 'peru', withinId: 'earth' },
  ]);

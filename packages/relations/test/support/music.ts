// Bands and their players: a model between two with a required field, hooks, a unique pair and no key of its own; friends of friends, and targets by another key.

import { f, hooks, model, pk, unique } from '@djogi/core';
import { foreignKey, manyToMany } from '../../src/index.ts';

export class Player extends model(
  'players',
  {
    name: f.text(),
    get bands() {
      return manyToMany(Band, { through: Seat, from: 'player', to: 'band' });
    },
    get friends() {
      return manyToMany(Player, { through: Friendship, from: 'one', to: 'other' });
    },
    get languages() {
      return manyToMany(Language, { through: Speaks, from: 'player', to: 'language' });
    },
  },
  { pk: pk.serial() },
) {}

export class Band extends model(
  'bands',
  {
    title: f.text(),
    get players() {
      return manyToMany(Player, { through: Seat, from: 'band', to: 'player' });
    },
  },
  { pk: pk.serial() },
) {}

/** Who plays what where, by the pair. */
export class Seat extends model(
  'seats',
  {
    player: foreignKey(Player, { onDelete: 'cascade' }),
    band: foreignKey(Band, { onDelete: 'cascade' }),
    instrument: f.text({ maxLength: 20 }),
    note: f.text().nullable(),
  },
  { pk: pk.composite('player', 'band') },
) {
  static readonly hooks = hooks(Seat, {
    beforeCreate(draft) {
      draft.note = `${draft.note ?? ''}!`;
    },
  });
}

export class Friendship extends model('friendships', { one: foreignKey(Player), other: foreignKey(Player) }, { pk: pk.serial() }) {
  static readonly tableObjects = [unique(Friendship, (f) => [f.one.id, f.other.id])];
}

export class Language extends model('languages', { code: f.text().unique(), title: f.text() }, { pk: pk.serial() }) {}

/** The language by its code. */
export class Speaks extends model(
  'speaks',
  { player: foreignKey(Player), language: foreignKey(Language, { to: 'code' }) },
  { pk: pk.serial() },
) {}

export const models = [Player, Band, Seat, Friendship, Language, Speaks];

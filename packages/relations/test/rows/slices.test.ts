// Relations whose model between is a slice: what is outside of it leads nowhere, however the relation is asked for.

import { f, model, pk, proxy } from '@djogi/core';
import { query } from '@djogi/query';
import { djogiTest } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { foreignKey, manyToMany } from '../../src/index.ts';

class Band extends model(
  'bands',
  {
    name: f.text(),
    get players() {
      return manyToMany(Player, { through: ActivePart, from: 'band', to: 'player' });
    },
  },
  { pk: pk.serial() },
) {}
class Player extends model('players', { name: f.text() }, { pk: pk.serial() }) {}
class Part extends model(
  'parts',
  { band: foreignKey(Band), player: foreignKey(Player), isActive: f.boolean().default(true) },
  { pk: pk.serial() },
) {}
class ActivePart extends proxy(Part, { filter: (p) => p.isActive }) {}

const test = djogiTest({ models: [Band, Player, Part] });

describe('a relation over a slice', () => {
  test('is loaded, counted and asked for over the rows of the slice alone', async ({ ctx }) => {
    const band = await Band.create(ctx, { name: 'x' }),
      [one, two] = await query(Player).bulkCreate(ctx, [{ name: 'one' }, { name: 'two' }]);
    await query(Part).bulkCreate(ctx, [
      { bandId: band.id, playerId: one!.id },
      { bandId: band.id, playerId: two!.id, isActive: false },
    ]);
    const [loaded] = await query(Band).prefetch('players').fetchAll(ctx);
    expect(loaded!.players.map((player) => player.name)).toEqual(['one']);
    expect(
      await query(Band)
        .select((b) => ({ n: b.players.count(), names: b.players.aggregate((p) => p.name.max()) }))
        .fetchAll(ctx),
    ).toEqual([{ n: 1, names: 'one' }]);
    expect(
      await query(Band)
        .filter((b) => b.players.some((p) => p.name.eq('two')))
        .count(ctx),
    ).toBe(0);
    expect(
      await query(Band)
        .filter((b) => b.players.every((p) => p.name.eq('one')))
        .count(ctx),
    ).toBe(1);
  });
});

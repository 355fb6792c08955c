// The writes of a many-to-many relation, by rows of the model between the two.

import { query } from '@djogi/query';
import { djogiTest, expectStatements } from '@djogi/testing';
import type { Context } from '@djogi/core';
import { describe, expect } from 'vitest';
import { related } from '../../src/index.ts';
import { Club, Membership, models as garage, Person } from '../support/garage.ts';
import { Band, Friendship, Language, models, Player, Speaks } from '../support/music.ts';

const test = djogiTest({ models: [...garage, ...models] });
const issue = (rule: string, path: string) =>
  expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule, path })] }) as Error;

async function clubs(ctx: Context) {
  const ada = await Person.create(ctx, { name: 'Ada' }),
    ben = await Person.create(ctx, { name: 'Ben' });
  const [chess, rowing, sleep] = await query(Club).bulkCreate(ctx, [{ title: 'chess' }, { title: 'rowing' }, { title: 'sleep' }]);
  return { ada, ben, chess: chess!, rowing: rowing!, sleep: sleep! };
}
async function music(ctx: Context) {
  const ada = await Player.create(ctx, { name: 'Ada' }),
    ben = await Player.create(ctx, { name: 'Ben' }),
    cyd = await Player.create(ctx, { name: 'Cyd' });
  const trio = await Band.create(ctx, { title: 'Trio' }),
    duo = await Band.create(ctx, { title: 'Duo' });
  return { ada, ben, cyd, trio, duo };
}
const titles = async (ctx: Context, person: Person): Promise<string[]> =>
  (
    await related(person)
      .clubs.rows()
      .orderBy((c) => c.title.asc())
      .fetchAll(ctx)
  ).map((c) => c.title);

describe('rows of a many-to-many relation', () => {
  test('are those that the model between leads to, by EXISTS, refined as any set', async ({ ctx }) => {
    const { ada, chess, rowing } = await clubs(ctx);
    await related(ada).clubs.addMany(ctx, [chess, rowing]);
    const set = related(ada).clubs.rows();
    expect(set.toSql()).toEqual({
      text:
        'SELECT "clubs"."id", "clubs"."created_at", "clubs"."updated_at", "clubs"."title", "clubs"."founded" FROM "clubs" WHERE EXISTS ' +
        '(SELECT 1 FROM "memberships" WHERE "memberships"."person_id" = $1 AND "memberships"."club_id" = "clubs"."id")',
      values: [ada.id],
    });
    expect(await expectStatements(1, async () => set.filter((c) => c.title.eq('chess')).fetchAll(ctx))).toEqual([chess]);
    expect(await set.prefetch('members').count(ctx)).toBe(2);
  });
  test('are each there once, however often the model between leads to them', async ({ ctx }) => {
    const { ada, chess } = await clubs(ctx);
    await related(ada).clubs.addMany(ctx, [chess, chess]);
    expect(await related(ada).clubs.rows().count(ctx)).toBe(1);
    expect(await query(Membership).count(ctx)).toBe(2);
  });
  test('lead in both directions', async ({ ctx }) => {
    const { ada, ben, chess } = await clubs(ctx);
    await related(ada).clubs.add(ctx, chess, { role: 'chair' });
    await related(chess).members.add(ctx, ben);
    expect((await related(chess).members.rows().fetchAll(ctx)).map((p) => p.name).sort()).toEqual(['Ada', 'Ben']);
    expect(await titles(ctx, ben)).toEqual(['chess']);
  });
  test('may be of the same model', async ({ ctx }) => {
    const { ada, ben, cyd } = await music(ctx);
    await related(ada).friends.addMany(ctx, [ben.id, cyd]);
    expect((await related(ada).friends.rows().fetchAll(ctx)).map((p) => p.name).sort()).toEqual(['Ben', 'Cyd']);
    expect(await related(ben).friends.rows().fetchAll(ctx)).toEqual([]);
    const friendsOfBen = query(Player).filter((p) => p.friends.some((o) => o.name.eq('Ben')));
    expect(await friendsOfBen.fetchAll(ctx)).toEqual([ada]);
  });
  test('may be led to by another field than their key', async ({ ctx }) => {
    const { ada } = await music(ctx);
    const no = await Language.create(ctx, { code: 'no', title: 'Norsk' });
    await Language.create(ctx, { code: 'pe', title: 'Farsi' });
    await related(ada).languages.add(ctx, no);
    await related(ada).languages.add(ctx, 'pe');
    expect((await query(Speaks).fetchAll(ctx)).map((s) => s.languageId)).toEqual(['no', 'pe']);
    expect(await related(ada).languages.has(ctx, no)).toBe(true);
    expect(await related(ada).languages.set(ctx, [no])).toEqual({ added: [], removed: 1 });
  });
});

describe('add', () => {
  test('inserts a row of the model between with its fields, and gives it back', async ({ ctx }) => {
    const { ada, chess } = await clubs(ctx);
    const membership = await expectStatements(1, async () => related(ada).clubs.add(ctx, chess, { role: 'chair' }));
    expect(membership).toBeInstanceOf(Membership);
    expect(membership).toMatchObject({ personId: ada.id, clubId: chess.id, role: 'chair' });
    expect(await query(Membership).fetchOne(ctx)).toEqual(membership);
  });
  test('takes an id as well', async ({ ctx }) => {
    const { ada, chess } = await clubs(ctx);
    expect(await related(ada).clubs.add(ctx, chess.id)).toMatchObject({ clubId: chess.id, role: 'member' });
  });
  test('runs the hooks and the checks of the model between', async ({ ctx }) => {
    const { ada, trio } = await music(ctx);
    expect(await related(ada).bands.add(ctx, trio, { instrument: 'drums', note: 'loud' })).toMatchObject({ note: 'loud!' });
    await expect(related(ada).bands.add(ctx, trio, { instrument: 'x'.repeat(21) })).rejects.toMatchObject({
      code: 'VALIDATION',
      issues: [{ path: 'instrument' }],
    });
    await expect(related(ada).bands.add(ctx, trio, {} as { instrument: string })).rejects.toThrow(issue('required', 'instrument'));
  });
  test('is CONSTRAINT where the pair must be there once and is, and for a target that is not there', async ({ ctx }) => {
    const { ada, trio } = await music(ctx);
    await related(ada).bands.add(ctx, trio, { instrument: 'drums' });
    await expect(related(ada).bands.add(ctx, trio, { instrument: 'bass' })).rejects.toMatchObject({ code: 'CONSTRAINT', table: 'seats' });
    await trio.delete(ctx);
    await expect(related(ada).bands.add(ctx, trio.id, { instrument: 'bass' })).rejects.toMatchObject({ code: 'CONSTRAINT' });
  });
});

describe('addMany', () => {
  test('inserts all in one statement, in order, and nothing for no targets', async ({ ctx }) => {
    const { ada, trio, duo } = await music(ctx);
    const seats = await expectStatements(1, async () => related(ada).bands.addMany(ctx, [duo, trio.id], { instrument: 'bass' }));
    expect(seats.map((s) => [s.bandId, s.instrument, s.note])).toEqual([
      [duo.id, 'bass', null],
      [trio.id, 'bass', null],
    ]);
    expect(await expectStatements(0, async () => related(ada).bands.addMany(ctx, [], { instrument: 'bass' }))).toEqual([]);
  });
  test('leaves out what is there when told so, and is all or nothing otherwise', async ({ ctx }) => {
    const { ada, ben, cyd } = await music(ctx);
    await related(ada).friends.add(ctx, ben);
    await expect(related(ada).friends.addMany(ctx, [cyd, ben])).rejects.toMatchObject({ code: 'CONSTRAINT' });
    expect(await query(Friendship).count(ctx)).toBe(1);
    expect(await related(ada).friends.addMany(ctx, [cyd, ben], {}, { ignoreConflicts: true })).toMatchObject([{ otherId: cyd.id }]);
  });
});

describe('remove, clear and has', () => {
  test('remove says whether there was something, and leaves all else', async ({ ctx }) => {
    const { ada, ben, chess, rowing } = await clubs(ctx);
    await related(ada).clubs.addMany(ctx, [chess, rowing]);
    await related(ben).clubs.add(ctx, chess);
    expect(await expectStatements(1, async () => related(ada).clubs.remove(ctx, chess))).toBe(true);
    expect(await related(ada).clubs.remove(ctx, chess.id)).toBe(false);
    expect([await titles(ctx, ada), await titles(ctx, ben)]).toEqual([['rowing'], ['chess']]);
  });
  test('clear takes all of the row, and of no other', async ({ ctx }) => {
    const { ada, ben, chess, rowing } = await clubs(ctx);
    await related(ada).clubs.addMany(ctx, [chess, rowing]);
    await related(ben).clubs.add(ctx, chess);
    expect(await expectStatements(1, async () => related(ada).clubs.clear(ctx))).toBe(2);
    expect(await related(ada).clubs.clear(ctx)).toBe(0);
    expect(await titles(ctx, ben)).toEqual(['chess']);
  });
  test('has asks for one target', async ({ ctx }) => {
    const { ada, chess, rowing } = await clubs(ctx);
    await related(ada).clubs.add(ctx, chess);
    expect(await expectStatements(1, async () => related(ada).clubs.has(ctx, chess))).toBe(true);
    expect(await related(ada).clubs.has(ctx, rowing.id)).toBe(false);
  });
});

describe('set', () => {
  test('makes the targets exactly these, and leaves alone what stays', async ({ ctx }) => {
    const { ada, ben, chess, rowing, sleep } = await clubs(ctx);
    const [first] = await related(ada).clubs.addMany(ctx, [chess, rowing], { role: 'chair' });
    await related(ben).clubs.add(ctx, rowing);
    const { added, removed } = await related(ada).clubs.set(ctx, [sleep, chess.id, sleep], { role: 'guest' });
    expect([added.map((m) => [m.clubId, m.role]), removed]).toEqual([[[sleep.id, 'guest']], 1]);
    expect(await titles(ctx, ada)).toEqual(['chess', 'sleep']);
    expect(await titles(ctx, ben)).toEqual(['rowing']);
    expect(await Membership.get(ctx, first!.id)).toEqual(first);
  });
  test('sends what is needed: one statement, two, or three in a transaction', async ({ ctx }) => {
    const { ada, chess, rowing, sleep } = await clubs(ctx);
    const of = related(ada).clubs;
    await expectStatements(2, async () => of.set(ctx, [chess, rowing]));
    await expectStatements(1, async () => of.set(ctx, [rowing, chess]));
    await expectStatements(2, async () => of.set(ctx, [chess]));
    // BEGIN and COMMIT among them.
    await expectStatements(5, async () => of.set(ctx, [sleep]));
    await expectStatements(2, async () => of.set(ctx, []));
    await expectStatements(1, async () => of.set(ctx, []));
  });
  test('is all or nothing', async ({ ctx }) => {
    const { ada, chess, rowing, sleep } = await clubs(ctx);
    await related(ada).clubs.addMany(ctx, [chess, rowing]);
    await sleep.delete(ctx);
    await expect(related(ada).clubs.set(ctx, [chess, sleep])).rejects.toMatchObject({ code: 'CONSTRAINT' });
    expect(await titles(ctx, ada)).toEqual(['chess', 'rowing']);
  });
  test('is part of the transaction around it', async ({ ctx }) => {
    const { ada, chess, rowing } = await clubs(ctx);
    await related(ada).clubs.add(ctx, chess);
    await ctx
      .atomic(async (tx) => {
        await related(ada).clubs.set(tx, [rowing]);
        throw new Error('stop');
      })
      .catch(() => undefined);
    expect(await titles(ctx, ada)).toEqual(['chess']);
  });
});

describe('what is refused', () => {
  test('a row of another model', async ({ ctx }) => {
    const { ada, ben, chess } = await clubs(ctx);
    const of = related(ada).clubs;
    await expect(of.add(ctx, ben as unknown as Club)).rejects.toThrow(issue('related_row', 'target'));
    await expect(of.remove(ctx, ben as unknown as Club)).rejects.toThrow(issue('related_row', 'target'));
    await expect(of.has(ctx, ben as unknown as Club)).rejects.toThrow(issue('related_row', 'target'));
    await expect(of.set(ctx, [chess, ben as unknown as Club])).rejects.toThrow(issue('related_row', 'targets[1]'));
    await expect(of.addMany(ctx, [ben as unknown as Club])).rejects.toThrow(issue('related_row', 'targets[0]'));
  });
  test('what is no id, and a row without one', async ({ ctx }) => {
    const { ada } = await clubs(ctx);
    const of = related(ada).clubs;
    await expect(of.add(ctx, 'x' as unknown as Club)).rejects.toThrow(issue('type', 'target'));
    await expect(of.remove(ctx, null as unknown as Club)).rejects.toThrow(issue('required', 'target'));
    await expect(of.add(ctx, Club.build({ title: 'new' }))).rejects.toThrow(issue('required', 'target'));
    await expect(of.addMany(ctx, 'x' as unknown as Club[])).rejects.toThrow(issue('type', 'targets'));
  });
  test('the two references among the fields, and fields that there are none of', async ({ ctx }) => {
    const { ada, ben, chess } = await clubs(ctx);
    const of = related(ada).clubs;
    const fields = (given: object) => given as { role: string };
    await expect(of.add(ctx, chess, fields({ personId: ben.id }))).rejects.toThrow(issue('junction_key', 'personId'));
    await expect(of.addMany(ctx, [chess], fields({ clubId: chess.id }))).rejects.toThrow(issue('junction_key', 'clubId'));
    await expect(of.set(ctx, [], fields({ clubId: chess.id }))).rejects.toThrow(issue('junction_key', 'clubId'));
    await expect(of.add(ctx, chess, fields({ colour: 1 }))).rejects.toThrow(issue('unknown_field', 'colour'));
    await expect(of.add(ctx, chess, null as unknown as { role: string })).rejects.toThrow(issue('type', ''));
  });
  test('a first argument that is no context', async ({ ctx }) => {
    const { ada, chess } = await clubs(ctx);
    await expect(related(ada).clubs.add(chess as never, chess)).rejects.toThrow(issue('context', 'ctx'));
  });
});

describe('the story of a group', () => {
  test('a person joins with a role, is listed from both sides, and leaves once', async ({ ctx }) => {
    const { ada, chess } = await clubs(ctx);
    await related(ada).clubs.add(ctx, chess, { role: 'admin' });
    expect(await titles(ctx, ada)).toEqual(['chess']);
    expect((await related(chess).members.rows().fetchAll(ctx)).map((p) => p.name)).toEqual(['Ada']);
    expect(
      await query(Membership)
        .filter((m) => m.person.id.eq(ada.id))
        .select((m) => ({ role: m.role, club: m.club.to.title }))
        .fetchAll(ctx),
    ).toEqual([{ role: 'admin', club: 'chess' }]);
    expect([await related(ada).clubs.remove(ctx, chess), await related(ada).clubs.remove(ctx, chess)]).toEqual([true, false]);
  });
});

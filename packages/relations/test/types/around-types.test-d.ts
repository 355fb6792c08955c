// What the compiler knows of the rows around a row.

import type { Context } from '@djogi/core';
import type { QuerySet, ReadSet } from '@djogi/query';
import { query } from '@djogi/query';
import { related, tree } from '../../src/index.ts';
import type { Author, AuthorName, AuthorPlain, PostAdmin, PostCard, TagPublic } from '../support/blog.ts';
import { type Club, type Membership, type Passport, Person, Vehicle } from '../support/garage.ts';
import type { Band, Language, Player, Seat } from '../support/music.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <Same extends true>(_same?: Same): void => undefined;

export async function types(ctx: Context, person: Person, vehicle: Vehicle, club: Club): Promise<void> {
  const around = related(vehicle);
  is<Equal<typeof around.owner, QuerySet<typeof Person, Person>>>();
  is<Equal<keyof typeof around, 'owner' | 'driver' | 'country'>>();
  const people = related(person);
  is<Equal<typeof people.vehicles, QuerySet<typeof Vehicle, Vehicle>>>();
  is<Equal<typeof people.passport, QuerySet<typeof Passport, Passport>>>();
  is<Equal<keyof typeof people, 'mentor' | 'pupils' | 'vehicles' | 'passport' | 'clubs'>>();
  const clubs = people.clubs.rows();
  is<Equal<typeof clubs, QuerySet<typeof Club, Club>>>();
  const membership = await people.clubs.add(ctx, club, { role: 'chair' });
  is<Equal<typeof membership, Membership>>();
  const changed = await people.clubs.set(ctx, [club, club.id]);
  is<Equal<typeof changed, { added: Membership[]; removed: number }>>();
  (await people.clubs.remove(ctx, club.id)) satisfies boolean;

  // A row with something loaded is a row all the same.
  const loaded = await query(Vehicle).selectRelated('owner').fetchOne(ctx);
  (await related(loaded).owner.fetchOne(ctx)).name satisfies string;
  (await related(loaded.owner).vehicles.first(ctx))?.vin satisfies string | undefined;

  // @ts-expect-error no relation of this model
  related(vehicle).passport;
  // @ts-expect-error a field is no relation
  related(vehicle).vin;
  // @ts-expect-error no row
  related({ id: 1 }).owner.first;
  // @ts-expect-error a class is no row
  related(Person).vehicles;
  // @ts-expect-error not a field of the other model
  related(person).vehicles.filter((v) => v.colour.eq('red'));
  // @ts-expect-error a many-to-many relation is read by rows()
  people.clubs.filter((c) => c.title.eq('x'));
  // @ts-expect-error only a model between is written
  people.vehicles.add(ctx, vehicle);
  // @ts-expect-error an id of another model
  await people.clubs.add(ctx, person.id);
  // @ts-expect-error a row of another model
  await people.clubs.add(ctx, person);
  // @ts-expect-error among several, too
  await people.clubs.set(ctx, [club, vehicle.id]);
  // @ts-expect-error an id of another model
  await people.clubs.remove(ctx, vehicle.id);
  // @ts-expect-error null leads nowhere
  await people.clubs.add(ctx, null);
  // @ts-expect-error the references are set by the relation
  await people.clubs.add(ctx, club, { personId: person.id });
  // @ts-expect-error the other one as well
  await people.clubs.addMany(ctx, [club], { clubId: club.id });
  // @ts-expect-error no field of the model between
  await people.clubs.add(ctx, club, { colour: 'red' });
  // @ts-expect-error a field of another type
  await people.clubs.add(ctx, club, { role: 1 });
}

export async function required(ctx: Context, player: Player, band: Band, language: Language): Promise<void> {
  const { bands, languages } = related(player);
  const seat = await bands.add(ctx, band, { instrument: 'drums' });
  is<Equal<typeof seat, Seat>>();
  await bands.set(ctx, [band.id], { instrument: 'drums', note: null });
  await languages.add(ctx, language);
  await languages.add(ctx, 'no');

  // @ts-expect-error a required field of the model between
  await bands.add(ctx, band);
  // @ts-expect-error in many as well
  await bands.addMany(ctx, [band], {});
  // @ts-expect-error and for what set adds
  await bands.set(ctx, [band]);
  // @ts-expect-error led to by its code, not by its id
  await languages.add(ctx, language.id);
}

export async function visages(ctx: Context, card: PostCard, plain: AuthorPlain, admin: PostAdmin): Promise<void> {
  const around = related(card);
  is<Equal<typeof around.author, ReadSet<typeof AuthorName, AuthorName>>>();
  is<Equal<typeof around.tags, ReadSet<typeof TagPublic, TagPublic>>>();
  is<Equal<keyof typeof around, 'author' | 'editor' | 'tags'>>();
  const author = related(admin).author;
  is<Equal<typeof author, QuerySet<typeof Author, Author>>>();
  (await around.tags.filter((t) => t.label.eq('x')).fetchAll(ctx))[0]?.label satisfies string | undefined;

  // @ts-expect-error hidden from this audience
  related(card).reviewer;
  // @ts-expect-error without a peer it leads nowhere
  related(plain).boss;
  // @ts-expect-error without a peer it is not there
  related(plain).posts;
  // @ts-expect-error not shown by the peer
  around.author.filter((a) => a.email.eq('x'));
  // @ts-expect-error an audience writes nothing
  around.tags.add(ctx, card.tags[0]!);
  // @ts-expect-error an audience reads, and locks nothing
  around.author.forUpdate();
}

export async function trees(ctx: Context, person: Person, vehicle: Vehicle): Promise<void> {
  const mentors = tree(Person, 'mentor');
  const roots = mentors.roots();
  is<Equal<typeof roots, QuerySet<typeof Person, Person>>>();
  const rows = await mentors
    .descendants(person, { maxDepth: 3, depthFirstBy: (p) => p.name })
    .filter(
      (p) => p.walk.depth.gt(0),
      (p) => p.vehicles.some(),
    )
    .fetchAll(ctx);
  is<Equal<typeof rows, Person[]>>();
  mentors.ancestors(person.id).orderBy((p) => p.walk.depth.desc());
  mentors.siblings(person).filter((p) => p.age.gt(1));

  // @ts-expect-error leads to another model
  tree(Vehicle, 'owner');
  // @ts-expect-error the other side is no parent
  tree(Person, 'pupils');
  // @ts-expect-error a field is no relation
  tree(Person, 'name');
  // @ts-expect-error an id of another model
  mentors.descendants(vehicle.id);
  // @ts-expect-error a row of another model
  mentors.ancestors(vehicle);
  // @ts-expect-error siblings go by the parent of a loaded row
  mentors.siblings(person.id);
  // @ts-expect-error only a walk has a depth
  roots.filter((p) => p.walk.depth.gt(0));
}

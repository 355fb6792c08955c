// What compiles and what must not: ids of two tables, of two kinds and of two orders are different types.

import { HeerId, HeerIdDesc } from '../../src/id/heer-id.ts';
import { RanjId, RanjIdDesc } from '../../src/id/ranj-id.ts';

declare const person: HeerId<'people'>;
declare const vehicle: HeerId<'vehicles'>;
declare const ascending: HeerId<'people', 'heerId'>;
declare const event: RanjId<'events'>;

person satisfies HeerIdDesc<'people'>;
person satisfies HeerId;
person satisfies string;
HeerIdDesc.parse<'people'>('1') satisfies HeerId<'people'>;
HeerId.toDesc(ascending) satisfies HeerId<'people'>;
HeerIdDesc.toAscending([person]) satisfies HeerId<'people', 'heerId'>[];
HeerIdDesc.ZERO satisfies HeerId<'people'>;
RanjId.toDesc(event) satisfies RanjIdDesc<'events'>;
RanjIdDesc.toAscending(RanjId.toDesc(event)) satisfies RanjId<'events'>;

// @ts-expect-error another table
vehicle satisfies HeerId<'people'>;
// @ts-expect-error the same bits in the other order mean another moment
ascending satisfies HeerId<'people'>;
// @ts-expect-error another family
event satisfies HeerId<'events'>;
// @ts-expect-error a plain string is no id
'1' satisfies HeerId<'people'>;
// @ts-expect-error an id of any table is not an id of this one
person as HeerId satisfies HeerId<'people'>;
// @ts-expect-error the ascending codec does not read newest-first ids
HeerId.parts(person);
// @ts-expect-error nor does it compare them
HeerId.compare(ascending, person);
// @ts-expect-error already newest first
HeerId.toDesc(person);
// @ts-expect-error the offset of the epoch is a matter of RanjIds
HeerIdDesc.toDate(person, { epochOffsetMicros: 1n });

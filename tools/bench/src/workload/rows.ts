// The rows of the workloads, made from an index: the same for every library and every run.

import { OWNERS, OWNER_ROWS, STREAM_ROWS } from './workload.ts';

export const STATUSES = ['draft', 'active', 'paused', 'closed'] as const;
export type Status = (typeof STATUSES)[number];

/** Values of the writable columns of an entry. */
export interface EntryInput {
  readonly ownerId: string;
  readonly name: string;
  readonly note: string | null;
  readonly quantity: number;
  readonly isActive: boolean;
  readonly price: string;
  readonly token: string;
  readonly status: Status;
  readonly tags: string[];
  readonly seenAt: Date | null;
}

/** Columns of both tables in order, by the property they have in a model. */
export const COLUMNS: Readonly<Record<string, string>> = {
  id: 'id',
  ownerId: 'owner_id',
  name: 'name',
  note: 'note',
  quantity: 'quantity',
  isActive: 'is_active',
  price: 'price',
  token: 'token',
  status: 'status',
  tags: 'tags',
  seenAt: 'seen_at',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
};

/** Ids of stored items are these plus their number, of owners these minus theirs: 19 digits, as generated ids have. */
const FIRST_ITEM = 4_104_353_104_089_907_198n;
const FIRST_OWNER = 2_104_353_104_089_907_198n;

export const itemId = (number: number): string => String(FIRST_ITEM + BigInt(number));
export const ownerId = (number: number): string => String(FIRST_OWNER - BigInt(number));
export const itemIdAt = (index: number): string => itemId(scatteredOver(index, STREAM_ROWS));
export const ownerIdAt = (index: number): string => ownerId(scatteredOver(index, OWNERS));
/** The id below which a list of `length` rows begins. */
export const listStartAt = (index: number, length: number): string => itemId(scatteredOver(index, STREAM_ROWS - length));

/** The first of five quantities that 1,000 items have, five of each owner. */
export const quantityAt = (index: number): number => scatteredOver(index, OWNER_ROWS - 5);
/** The id above which a list of `length` owners begins. */
export const ownerStartAt = (index: number, length: number): string => ownerId(OWNERS - 1 - scatteredOver(index, OWNERS - length));

/** Spreads indexes over the numbers below `count`, without a pattern that a cache could like. */
function scatteredOver(index: number, count: number): number {
  return (Math.imul(index + 1, 2_654_435_761) >>> 0) % count;
}

export function entryAt(index: number): EntryInput {
  return {
    ownerId: ownerIdAt(index),
    name: `entry ${index}`,
    note: index % 2 === 0 ? null : `a note about entry ${index} that is some seventy characters long, or a little more`,
    quantity: index % 1000,
    isActive: index % 3 !== 0,
    price: `${index % 10_000}.${String(index % 100).padStart(2, '0')}`,
    token: `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`,
    status: STATUSES[index % 4]!,
    tags: ['red', `tag ${index % 50}`],
    seenAt: index % 4 === 0 ? null : new Date(Date.UTC(2026, 0, 1) + index * 61_001),
  };
}

const columnDefinitions = `
  owner_id bigint not null, name text not null, note text, quantity integer not null, is_active boolean not null, price numeric(12,2) not null, token uuid not null,
  status bench_status not null, tags text[] not null, seen_at timestamp(3) with time zone,
  created_at timestamp(3) with time zone not null default date_trunc('milliseconds', now()), updated_at timestamp(3) with time zone not null default date_trunc('milliseconds', now())`;

/** Tables and rows. `items` and their `owners` are read, `entries` inserted into, `slots` upserted by their unique token; all have the default key of a model. */
export const SCHEMA_SQL = `
create type bench_status as enum ('draft', 'active', 'paused', 'closed');
create table owners (id bigint primary key, name text not null, note text,
  created_at timestamp(3) with time zone not null, updated_at timestamp(3) with time zone not null);
create table items (id bigint primary key default heerid_next_desc(), ${columnDefinitions});
create table entries (id bigint primary key default heerid_next_desc(), ${columnDefinitions});
create table slots (id bigint primary key default heerid_next_desc(), ${columnDefinitions}, unique (token));
insert into items
  select ${FIRST_ITEM} + i, ${FIRST_OWNER} - i / ${OWNER_ROWS}, 'item ' || i, case when i % 2 = 0 then 'a note about item ' || i || ' that is some seventy characters long, or a little more' end,
    i % 1000, i % 3 <> 0, (i % 10000) + (i % 100) / 100.0, md5(i::text)::uuid, ('{draft,active,paused,closed}'::bench_status[])[i % 4 + 1], array['red', 'tag ' || i % 50],
    case when i % 4 > 0 then timestamptz '2026-01-01Z' + i * interval '61.001 seconds' end, timestamptz '2026-01-01Z' + i * interval '1 minute', timestamptz '2026-01-01Z' + i * interval '90 seconds'
  from generate_series(0, ${STREAM_ROWS - 1}) i;
create index on items (owner_id, created_at desc);
create index on items (quantity);
insert into owners select ${FIRST_OWNER} - i, 'owner ' || i, case when i % 2 = 0 then 'a note about owner ' || i end, timestamptz '2026-01-01Z', timestamptz '2026-01-01Z'
  from generate_series(0, ${OWNERS - 1}) i;`;

/** Empties what is written. */
export const RESET_SQL = 'truncate entries, slots';
/** What the written tables hold, whatever the generated columns are. */
export const DIGEST_SQL = `
select count(*)::int as count, md5(coalesce(string_agg(concat_ws('|', owner_id, name, coalesce(note, '-'), quantity, is_active, price, token, status, tags, coalesce(seen_at::text, '-')), ';' order by token), '')) as digest
from (select * from entries union all select * from slots)`;

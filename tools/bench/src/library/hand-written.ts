// `pg` as a careful person writes it: named prepared statements with every column listed, rows as the driver gives them, arrays for bulk inserts. Over
// one client, which is cheaper than asking a pool for each statement; `viaPool` shows the difference.

import pg from 'pg';
import { entryAt, COLUMNS, itemIdAt, listStartAt, ownerIdAt, ownerStartAt, quantityAt, type EntryInput } from '../workload/rows.ts';
import { CONCURRENT_GETS, POOL_SIZE } from '../workload/workload.ts';
import type { Session } from './library.ts';
import { rowsFrom, upserted, upsertedRows } from './row-lists.ts';

const columns = Object.values(COLUMNS).join(', ');
const written = [
  'ownerId',
  'name',
  'note',
  'quantity',
  'isActive',
  'price',
  'token',
  'status',
  'tags',
  'seenAt',
] as const satisfies readonly (keyof EntryInput)[];
const writtenColumns = written.map((property) => COLUMNS[property]!).join(', ');
const placeholders = written.map((_, at) => `$${at + 1}`).join(', ');

const GET = { name: 'get', text: `select ${columns} from items where id = $1` };
const GET_MANY = { name: 'getMany', text: `select ${columns} from items where id = any($1::bigint[])` };
const PAGE = {
  name: 'page',
  text: `select ${columns} from items where owner_id = $1 and is_active = $2 order by created_at desc limit 50`,
};
const LIST_1000 = { name: 'list1000', text: `select ${columns} from items where id >= $1 order by id limit 1000` };
const LIST_10000 = { name: 'list10000', text: `select ${columns} from items where id >= $1 order by id limit 10000` };
const GROUP_BY = {
  name: 'groupBy',
  text: `select status, is_active, count(*)::int as n, count(note)::int as noted, sum(quantity)::int as total, sum(price) as value, max(created_at) as last
from items where owner_id = $1 group by status, is_active having count(*) > $2 order by sum(quantity) desc, status, is_active`,
};
const itemColumns = Object.values(COLUMNS)
  .map((column) => `items.${column}`)
  .join(', ');
const NESTED_JOIN = {
  name: 'nestedJoin',
  text: `select ${itemColumns}, owners.id as o_id, owners.name as o_name, owners.note as o_note, owners.created_at as o_created_at, owners.updated_at as o_updated_at
from items join owners on owners.id = items.owner_id where items.quantity between $1 and $2 order by items.id`,
};
const NESTED_ITEMS = { name: 'nestedItems', text: `select ${columns} from items where quantity between $1 and $2 order by id` };
const OWNERS_OF = { name: 'ownersOf', text: 'select id, name, note, created_at, updated_at from owners where id = any($1::bigint[])' };
const OWNERS_FROM = {
  name: 'ownersFrom',
  text: 'select id, name, note, created_at, updated_at from owners where id >= $1 order by id limit 100',
};
const ITEMS_OF = {
  name: 'itemsOf',
  text: `select ${columns} from items where owner_id = any($1::bigint[]) and quantity < $2 order by id`,
};
const INSERT = { name: 'insert', text: `insert into entries (${writtenColumns}) values (${placeholders}) returning ${columns}` };
const fromLists = `select owner_id, name, note, quantity, is_active, price, token, status, tags::text[], seen_at
from unnest($1::bigint[], $2::text[], $3::text[], $4::integer[], $5::boolean[], $6::numeric[], $7::uuid[], $8::bench_status[], $9::text[], $10::timestamptz[])
  as rows(${writtenColumns})`;
const BULK = { name: 'bulk', text: `insert into entries (${writtenColumns})\n${fromLists}\nreturning ${columns}` };
const onConflict = `on conflict (token) do update set ${written
  .filter((property) => property !== 'token')
  .map((property) => `${COLUMNS[property]!} = excluded.${COLUMNS[property]!}`)
  .join(', ')}, updated_at = date_trunc('milliseconds', now())
returning ${columns}, (old.id is null) as created`;
const UPSERT = { name: 'upsert', text: `insert into slots (${writtenColumns}) values (${placeholders})\n${onConflict}` };
const BULK_UPSERT = { name: 'bulkUpsert', text: `insert into slots (${writtenColumns})\n${fromLists}\n${onConflict}` };
const UPDATE = {
  name: 'update',
  text: `update entries set quantity = $1, updated_at = date_trunc('milliseconds', now()) where id = $2 returning ${columns}`,
};
const COUNT = { name: 'count', text: 'select count(*)::int as count from entries where id = $1' };

type Row = Record<string, unknown>;
type Querying = Pick<pg.Client | pg.Pool, 'query'>;

const valuesOf = (row: EntryInput): unknown[] => written.map((property) => row[property]);

/** An array literal, for a column of arrays: unnest would flatten arrays of arrays. */
const arrayLiteral = (items: readonly string[]): string => `{${items.map((item) => `"${item.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;

async function rowsOf(client: Querying, statement: { name: string; text: string }, values: unknown[]): Promise<Row[]> {
  return (await client.query<Row>({ ...statement, values })).rows;
}

export async function openHandWritten(url: string, { viaPool = false } = {}): Promise<Session> {
  const pool = new pg.Pool({ connectionString: url, max: POOL_SIZE });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const one: Querying = viaPool ? pool : client;

  const listsOf = (rows: readonly EntryInput[]): unknown[] =>
    written.map((property) => rows.map((row) => (property === 'tags' ? arrayLiteral(row.tags) : row[property])));
  const bulk = (count: number) => (index: number) => rowsOf(one, BULK, listsOf(rowsFrom(index, count)));

  const transaction = async (index: number, tx: Querying): Promise<Row[]> => {
    await tx.query('begin');
    try {
      const item = (await rowsOf(tx, GET, [itemIdAt(index)]))[0]!;
      const entry = (await rowsOf(tx, INSERT, valuesOf(entryAt(index))))[0]!;
      const changed = (await rowsOf(tx, UPDATE, [item['quantity'], entry['id']]))[0]!;
      const other = (await rowsOf(tx, GET, [itemIdAt(index + 1)]))[0]!;
      const counted = (await rowsOf(tx, COUNT, [entry['id']]))[0]!;
      await tx.query('commit');
      return [item, changed, other, counted];
    } catch (error) {
      await tx.query('rollback');
      throw error;
    }
  };

  return {
    operations: {
      get: (index) => rowsOf(one, GET, [itemIdAt(index)]),
      page: (index) => rowsOf(one, PAGE, [ownerIdAt(index), true]),
      'list-1000': (index) => rowsOf(one, LIST_1000, [listStartAt(index, 1000)]),
      'list-10000': (index) => rowsOf(one, LIST_10000, [listStartAt(index, 10_000)]),
      'group-by': (index) => rowsOf(one, GROUP_BY, [ownerIdAt(index), 10]),
      'nested-join': async (index) => {
        const rows = await rowsOf(one, NESTED_JOIN, [quantityAt(index), quantityAt(index) + 4]);
        return rows.map(({ o_id, o_name, o_note, o_created_at, o_updated_at, ...item }) => ({
          ...item,
          owner: { id: o_id, name: o_name, note: o_note, created_at: o_created_at, updated_at: o_updated_at },
        }));
      },
      'nested-prefetch': async (index) => {
        const rows = await rowsOf(one, NESTED_ITEMS, [quantityAt(index), quantityAt(index) + 4]),
          owners = await rowsOf(one, OWNERS_OF, [[...new Set(rows.map((row) => row['owner_id']))]]),
          byId = new Map(owners.map((owner) => [owner['id'], owner]));
        for (const row of rows) row['owner'] = byId.get(row['owner_id']);
        return rows;
      },
      'nested-many': async (index) => {
        const owners = await rowsOf(one, OWNERS_FROM, [ownerStartAt(index, 100)]),
          byId = new Map<unknown, Row[]>(owners.map((owner) => [owner['id'], []]));
        for (const item of await rowsOf(one, ITEMS_OF, [[...byId.keys()], 20])) byId.get(item['owner_id'])!.push(item);
        for (const owner of owners) owner['items'] = byId.get(owner['id']);
        return owners;
      },
      insert: (index) => rowsOf(one, INSERT, valuesOf(entryAt(index))),
      'bulk-1000': bulk(1000),
      'bulk-10000': bulk(10_000),
      upsert: async (index) => {
        const { created, ...row } = (await rowsOf(one, UPSERT, valuesOf(upserted(index))))[0]!;
        return [row, { created }];
      },
      'upsert-1000': (index) => rowsOf(one, BULK_UPSERT, listsOf(upsertedRows(index, 1000))),
      transaction: async (index) => {
        if (!viaPool) return transaction(index, client);
        const leased = await pool.connect();
        try {
          return await transaction(index, leased);
        } finally {
          leased.release();
        }
      },
      'concurrent-gets': async (index) =>
        (
          await Promise.all(Array.from({ length: CONCURRENT_GETS }, (_, at) => rowsOf(pool, GET, [itemIdAt(index * CONCURRENT_GETS + at)])))
        ).map((rows) => rows[0]!),
      'batched-gets': async (index) => {
        const ids = Array.from({ length: CONCURRENT_GETS }, (_, at) => itemIdAt(index * CONCURRENT_GETS + at));
        const byId = new Map((await rowsOf(one, GET_MANY, [ids])).map((row) => [row['id'], row]));
        return ids.map((id) => byId.get(id)!);
      },
      stream: async (_index, visit) => {
        await client.query('begin');
        await client.query(`declare items_cursor no scroll cursor for select ${columns} from items order by id`);
        for (;;) {
          const { rows } = await client.query<Row>({ name: 'fetch', text: 'fetch 1000 from items_cursor' });
          if (visit !== undefined) for (const row of rows) visit(row);
          if (rows.length < 1000) break;
        }
        await client.query('commit');
        return null;
      },
    },
    async close() {
      await client.end();
      await pool.end();
    },
  };
}

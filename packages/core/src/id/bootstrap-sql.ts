// The SQL that installs the lock-free id generators. One constant per generator version, never edited once released: a database is bootstrapped by a
// migration whose text must not change, and a newer generator is a further migration. No node identity in it.
//
// Why ids are unique without a row lock, a written row, or a wait:
//
//   An id is (millisecond, node, ticket). The ticket is the next value of one Postgres sequence of 8,192 values that starts again at its end, shared by
//   all backends of the database. A backend reads the clock, takes a ticket, reads the clock again, and uses the ticket only when both readings fall
//   in the same millisecond T. The ticket was then taken within T, and T is what the id says. A backend that is stalled, at any point, either finds
//   another millisecond afterwards and takes a new ticket, or had its pair fixed before the stall: a late use of an old ticket is harmless.
//   So two equal ids are two tickets of the same value, both *taken* within one millisecond. Tickets are handed out one after the other under an
//   exclusive lock on the page of the sequence, and equal ones are at least 8,192 apart: it would need 8,192 calls of nextval within one
//   millisecond, one every 122 ns, server-wide. That is the one assumption about speed. Backends that call nothing but nextval reach 1,900 calls a
//   millisecond alone and 4,200 together on two cores (bench/id-generation.ts); making an id takes a backend at least 1 us, so its calls come at
//   most once in that time, and to pass 8,192 many cores would have to hand the locked page on every 122 ns. For RanjId it is 65,536 calls, one every
//   15 ns, although its time counts microseconds: two equal ids have the same microsecond, hence the same millisecond.
//   Decision 12 asks only that the readings be at most 1 ms apart; that allows the two calls to be 2 ms apart, and is half as safe.
//
//   - CACHE must stay 1. With a larger one a backend keeps tickets and uses them when the others have long gone round.
//   - Tickets survive a crash: the sequence is written ahead of its use, so it continues with unused values, and a restart takes longer than 1 ms.
//   - A rolled back transaction gives no ticket back. Sequences are not transactional.
//   - All processors read one clock. What they differ by (nanoseconds) widens the millisecond by as much.
//   - A clock that is set back while a backend is between its readings changes the millisecond, and the ticket is dropped. After it was set back, by
//     an administrator or on a promoted standby, milliseconds come again that had ids; a new id equals an old one when the ticket comes out equal
//     too, and the primary key then refuses the row. The strict allocator refuses to work at such times instead.
//   - The order within one millisecond is that of the tickets, except where the sequence started again in it.
//   - Other databases, and a second installation in another schema, have a sequence of their own: give them other nodes.
//
// The node is a setting of the connection. That it is registered and active is checked by set_heer_node_id, and again by the first id of every second
// on a connection: then two settings remember what was checked. A node that was deactivated stops within a second. Checking at every
// id costs 3.2 us more, twice the generator itself; a lock or a notification is what this generator is there to avoid.
//
// The epoch is a constant in the functions: reading heer_config at every id costs as much as checking the node. heer_config keeps it for readers, and
// an installation over another epoch, precision or offset is refused.
//
// search_path: PL/pgSQL functions pin it (0.25 us); SQL functions have a parsed body, whose names are resolved once, when it is created. The latter are
// inlined into column defaults. Tried and dropped: the whole id as one SQL expression is 0.3 us faster, but rests on the order in
// which arguments are evaluated.

import { ValidationError } from '../error/value-error.ts';
import { quoteIdentifier, strictIdentifierProblem } from '../ident/identifier.ts';
import { DEFAULT_EPOCH_MS } from './epoch.ts';

/**
 * Installs the generators into the schema `public`, with the epoch 2026-01-01T00:00:00Z.
 *
 * Shape: a script for the simple protocol, which runs it as one transaction. Idempotent: tables and sequences are created when absent, functions
 * replaced, nothing dropped. PostgreSQL 18. Locks: ACCESS EXCLUSIVE on what it creates only.
 */
export const HEER_BOOTSTRAP_SQL_V1 = `
CREATE TABLE IF NOT EXISTS "public".heer_nodes (
  node_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT,
  is_active BOOLEAN NOT NULL DEFAULT true,
  created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  last_accessed TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS "public".heer_config (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch TIMESTAMP NOT NULL,
  precision VARCHAR(2) NOT NULL CHECK (precision IN ('us', 'ns', 'ps', 'fs')),
  ranj_epoch_offset NUMERIC(30, 0) NOT NULL DEFAULT 0,
  updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS "public".heer_node_state (
  node_id INTEGER PRIMARY KEY REFERENCES "public".heer_nodes (node_id) ON DELETE CASCADE,
  last_id_time BIGINT NOT NULL DEFAULT 0,
  last_sequence SMALLINT NOT NULL DEFAULT 0,
  updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS "public".heer_ranj_node_state (
  node_id INTEGER PRIMARY KEY REFERENCES "public".heer_nodes (node_id) ON DELETE CASCADE,
  last_id_time NUMERIC(30, 0) NOT NULL DEFAULT 0,
  last_sequence INTEGER NOT NULL DEFAULT 0,
  updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- CACHE 1 and CYCLE are what uniqueness rests on.
CREATE SEQUENCE IF NOT EXISTS "public".heer_sequence AS integer INCREMENT BY 1 MINVALUE 0 MAXVALUE 8191 START WITH 0 CACHE 1 CYCLE;
CREATE SEQUENCE IF NOT EXISTS "public".heer_ranj_sequence AS integer INCREMENT BY 1 MINVALUE 0 MAXVALUE 65535 START WITH 0 CACHE 1 CYCLE;

INSERT INTO "public".heer_config (id, epoch, precision) VALUES (1, to_timestamp(1767225600) AT TIME ZONE 'UTC', 'us') ON CONFLICT (id) DO NOTHING;

DO $djogi$
DECLARE
  stored "public".heer_config;
BEGIN
  SELECT * INTO STRICT stored FROM "public".heer_config WHERE id = 1;
  IF stored.epoch <> to_timestamp(1767225600) AT TIME ZONE 'UTC' THEN
    RAISE EXCEPTION 'heer_config has the epoch % (UTC), and these generators have another.', stored.epoch
      USING ERRCODE = '55000', HINT = 'Install with the stored epoch: ids with two epochs in one database would collide.';
  END IF;
  IF stored.precision <> 'us' OR stored.ranj_epoch_offset <> 0 THEN
    RAISE EXCEPTION 'heer_config has the precision % and the offset %; these generators have us and 0.', stored.precision, stored.ranj_epoch_offset
      USING ERRCODE = '55000', HINT = 'RanjIds of two precisions have no common order. Keep the generators that the database has.';
  END IF;
  IF stored.epoch > clock_timestamp() AT TIME ZONE 'UTC' THEN
    RAISE EXCEPTION 'The epoch % (UTC) is in the future.', stored.epoch USING ERRCODE = '50030', HINT = 'Correct the clock of the server, or choose an earlier epoch.';
  END IF;
END
$djogi$;

CREATE OR REPLACE FUNCTION "public".heerid_flip_mask() RETURNS BIGINT
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 9223372036850589695::bigint;

CREATE OR REPLACE FUNCTION "public".heerid_to_desc(bits BIGINT) RETURNS BIGINT
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN bits # 9223372036850589695::bigint;

CREATE OR REPLACE FUNCTION "public".heerid_to_asc(bits BIGINT) RETURNS BIGINT
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN bits # 9223372036850589695::bigint;

CREATE OR REPLACE FUNCTION "public".heer_ranjid_uuid(high BIGINT, low BIGINT) RETURNS UUID
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN encode(high::bytea || low::bytea, 'hex')::uuid;

-- -61441 is 0xFFFFFFFFFFFF0FFF and 1152921502459428863 is 0x0FFFFFFF8000FFFF, the two halves of the mask.
CREATE OR REPLACE FUNCTION "public".ranjid_to_desc(id UUID) RETURNS UUID
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN encode(((substr(uuid_send(id), 1, 8)::bigint # (-61441)::bigint)::bytea || (substr(uuid_send(id), 9, 8)::bigint # 1152921502459428863::bigint)::bytea), 'hex')::uuid;

CREATE OR REPLACE FUNCTION "public".ranjid_to_asc(id UUID) RETURNS UUID
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN encode(((substr(uuid_send(id), 1, 8)::bigint # (-61441)::bigint)::bytea || (substr(uuid_send(id), 9, 8)::bigint # 1152921502459428863::bigint)::bytea), 'hex')::uuid;

-- A node as text, as a setting holds it: bound, in range, registered and active, or an error. VOLATILE, so that it sees what was committed since the statement began.
CREATE OR REPLACE FUNCTION "public".heer_check_node(family TEXT, node TEXT, max_node INTEGER) RETURNS INTEGER
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
BEGIN
  IF node IS NULL OR node = '' THEN
    RAISE EXCEPTION '% generation: no node is bound on this connection.', family
      USING ERRCODE = '50010', HINT = 'Give the pool a node, or call set_heer_node_id or set_heer_ranj_node_id.';
  END IF;
  IF node !~ '^[0-9]{1,9}$' OR node::integer > max_node THEN
    RAISE EXCEPTION '% generation: the node is not an integer from 0 to %.', family, max_node USING ERRCODE = '50012';
  END IF;
  PERFORM FROM heer_nodes n WHERE n.node_id = node::integer AND n.is_active;
  IF NOT FOUND THEN
    RAISE EXCEPTION '% generation: node % is not registered in heer_nodes, or inactive.', family, node::integer
      USING ERRCODE = '50011', HINT = 'Register it with registerNode, or bind an active node.';
  END IF;
  RETURN node::integer;
END
$djogi$;

-- The second of a clock reading, in seconds since 1970, has ticks that the timestamp of an id can hold.
CREATE OR REPLACE FUNCTION "public".heer_check_clock(family TEXT, clock_second BIGINT) RETURNS VOID
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
BEGIN
  IF clock_second < 1767225600 OR (family = 'HeerId' AND clock_second - 1767225600 > 2199023254) THEN
    RAISE EXCEPTION '% generation: the clock of the server is % seconds from the epoch, which the timestamp of an id cannot hold.', family, clock_second - 1767225600
      USING ERRCODE = '50030';
  END IF;
END
$djogi$;

-- Checks what the generators rely on, and remembers it on the connection for the rest of that second. Without a local flag: a rollback undoes it, which costs another check.
CREATE OR REPLACE FUNCTION "public".heer_renew_check(family TEXT, node TEXT, clock_second BIGINT) RETURNS VOID
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
BEGIN
  PERFORM heer_check_clock(family, clock_second);
  IF family = 'HeerId' THEN
    PERFORM heer_check_node(family, node, 511);
    PERFORM set_config('heer.node_checked', node, false), set_config('heer.node_checked_second', clock_second::text, false);
  ELSE
    PERFORM heer_check_node(family, node, 32767);
    PERFORM set_config('heer.ranj_node_checked', node, false), set_config('heer.ranj_node_checked_second', clock_second::text, false);
  END IF;
END
$djogi$;

CREATE OR REPLACE FUNCTION "public".set_heer_node_id(node_id INTEGER) RETURNS VOID
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
BEGIN
  PERFORM heer_check_node('HeerId', coalesce(set_heer_node_id.node_id::text, 'null'), 511);
  PERFORM set_config('heer.node_id', set_heer_node_id.node_id::text, false);
END
$djogi$;

CREATE OR REPLACE FUNCTION "public".current_heer_node_id() RETURNS INTEGER
LANGUAGE sql VOLATILE
RETURN "public".heer_check_node('HeerId', current_setting('heer.node_id', true), 511);

CREATE OR REPLACE FUNCTION "public".set_heer_ranj_node_id(node_id INTEGER) RETURNS VOID
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
BEGIN
  PERFORM heer_check_node('RanjId', coalesce(set_heer_ranj_node_id.node_id::text, 'null'), 32767);
  PERFORM set_config('heer.ranj_node_id', set_heer_ranj_node_id.node_id::text, false);
END
$djogi$;

CREATE OR REPLACE FUNCTION "public".current_heer_ranj_node_id() RETURNS INTEGER
LANGUAGE sql VOLATILE
RETURN "public".heer_check_node('RanjId', current_setting('heer.ranj_node_id', true), 32767);

-- The cast of date_part rounds to the microsecond that the clock showed: the double is less than half of one away from it until 2106.
CREATE OR REPLACE FUNCTION "public".heerid_next() RETURNS BIGINT
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
DECLARE
  node CONSTANT text := current_setting('heer.node_id', true);
  clock_us bigint;
  ticket bigint;
BEGIN
  LOOP
    clock_us := (date_part('epoch', clock_timestamp()) * 1000000)::bigint;
    ticket := nextval('"public".heer_sequence'::regclass);
    EXIT WHEN clock_us / 1000 = (date_part('epoch', clock_timestamp()) * 1000000)::bigint / 1000;
  END LOOP;
  IF (node = current_setting('heer.node_checked', true)
      AND clock_us / 1000000 = nullif(current_setting('heer.node_checked_second', true), '')::bigint) IS NOT TRUE THEN
    PERFORM heer_renew_check('HeerId', node, clock_us / 1000000);
  END IF;
  RETURN ((clock_us - 1767225600000000) / 1000 << 22) | (node::bigint << 13) | ticket;
END
$djogi$;

CREATE OR REPLACE FUNCTION "public".heerid_next_desc() RETURNS BIGINT
LANGUAGE sql VOLATILE
RETURN "public".heerid_next() # 9223372036850589695::bigint;

-- An ascending RanjId in microseconds, with each half inverted by a mask: (0, 0), or the two halves of the flip mask.
CREATE OR REPLACE FUNCTION "public".heer_ranjid_draw(high_mask BIGINT, low_mask BIGINT) RETURNS UUID
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
DECLARE
  node CONSTANT text := current_setting('heer.ranj_node_id', true);
  clock_us bigint;
  ticket bigint;
BEGIN
  LOOP
    clock_us := (date_part('epoch', clock_timestamp()) * 1000000)::bigint;
    ticket := nextval('"public".heer_ranj_sequence'::regclass);
    EXIT WHEN clock_us / 1000 = (date_part('epoch', clock_timestamp()) * 1000000)::bigint / 1000;
  END LOOP;
  IF (node = current_setting('heer.ranj_node_checked', true)
      AND clock_us / 1000000 = nullif(current_setting('heer.ranj_node_checked_second', true), '')::bigint) IS NOT TRUE THEN
    PERFORM heer_renew_check('RanjId', node, clock_us / 1000000);
  END IF;
  clock_us := clock_us - 1767225600000000;
  RETURN heer_ranjid_uuid(
    (((clock_us >> 41) << 16) | 32768 | ((clock_us >> 29) & 4095)) # high_mask,
    ((-9223372036854775808) | ((clock_us & 536870911) << 31) | (node::bigint << 16) | ticket) # low_mask);
END
$djogi$;

CREATE OR REPLACE FUNCTION "public".ranjid_next() RETURNS UUID
LANGUAGE sql VOLATILE
RETURN "public".heer_ranjid_draw(0::bigint, 0::bigint);

CREATE OR REPLACE FUNCTION "public".ranjid_next_desc() RETURNS UUID
LANGUAGE sql VOLATILE
RETURN "public".heer_ranjid_draw((-61441)::bigint, 1152921502459428863::bigint);

-- Distinct ids of one node, sorted; not gap-free. The node is checked once and the connection keeps its own. The clock is read before and after each
-- handful of sequence values, and where a millisecond has passed in between, smaller handfuls are tried: each value was drawn in the millisecond of its id, as
-- in heerid_next. Without spanning all are of one millisecond, which is tried three times: at about a third of 1 us an id that goes well for a thousand or two.
CREATE OR REPLACE FUNCTION "public".generate_ids(in_node_id INTEGER, requested_count INTEGER, allow_spanning BOOLEAN DEFAULT true) RETURNS TABLE(id BIGINT)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
DECLARE
  node bigint;
  clock_ms bigint;
  first_ms bigint;
  handful integer := 128;
  tickets bigint[];
  ids bigint[];
BEGIN
  IF requested_count IS NULL OR requested_count <= 0 THEN
    RAISE EXCEPTION 'HeerId generation: the number of ids must be at least 1.' USING ERRCODE = '50014';
  END IF;
  node := heer_check_node('HeerId', coalesce(in_node_id::text, 'null'), 511);
  IF allow_spanning IS FALSE AND requested_count > 8192 THEN
    RAISE EXCEPTION 'HeerId generation: node % cannot make % ids in one tick; the most is 8192.', node, requested_count USING ERRCODE = '50015';
  END IF;
  PERFORM heer_check_clock('HeerId', floor(date_part('epoch', clock_timestamp()))::bigint);
  FOR attempt IN 1..3 LOOP
    first_ms := NULL;
    ids := ARRAY[]::bigint[];
    WHILE cardinality(ids) < requested_count LOOP
      LOOP
        clock_ms := (date_part('epoch', clock_timestamp()) * 1000000)::bigint / 1000;
        tickets := ARRAY(SELECT nextval('"public".heer_sequence'::regclass) FROM generate_series(1, least(handful, requested_count - cardinality(ids))));
        EXIT WHEN clock_ms = (date_part('epoch', clock_timestamp()) * 1000000)::bigint / 1000;
        handful := greatest(handful / 2, 1);
      END LOOP;
      ids := ids || ARRAY(SELECT ((clock_ms * 1000 - 1767225600000000) / 1000 << 22) | (node << 13) | drawn.ticket FROM unnest(tickets) AS drawn(ticket));
      first_ms := coalesce(first_ms, clock_ms);
      EXIT WHEN allow_spanning IS FALSE AND first_ms <> clock_ms;
    END LOOP;
    IF allow_spanning IS NOT FALSE OR first_ms = clock_ms THEN
      RETURN QUERY SELECT made.id FROM unnest(ids) AS made(id) ORDER BY made.id;
      RETURN;
    END IF;
  END LOOP;
  RAISE EXCEPTION 'HeerId generation: node % made fewer than % ids in one tick, three times.', node, requested_count
    USING ERRCODE = '50015', HINT = 'Allow the batch to span ticks, or ask for fewer ids.';
END
$djogi$;

CREATE OR REPLACE FUNCTION "public".generate_ids(requested_count INTEGER, allow_spanning BOOLEAN) RETURNS TABLE(id BIGINT)
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  SELECT made.id FROM "public".generate_ids("public".current_heer_node_id(), requested_count, allow_spanning) AS made ORDER BY made.id;
END;

CREATE OR REPLACE FUNCTION "public".generate_ids(requested_count INTEGER) RETURNS TABLE(id BIGINT)
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  SELECT made.id FROM "public".generate_ids("public".current_heer_node_id(), requested_count, true) AS made ORDER BY made.id;
END;

CREATE OR REPLACE FUNCTION "public".generate_id(in_node_id INTEGER) RETURNS BIGINT
LANGUAGE sql VOLATILE
RETURN (SELECT made.id FROM "public".generate_ids(in_node_id, 1, true) AS made);

CREATE OR REPLACE FUNCTION "public".generate_id() RETURNS BIGINT
LANGUAGE sql VOLATILE
RETURN "public".heerid_next();

CREATE OR REPLACE FUNCTION "public".generate_ids_desc(in_node_id INTEGER, requested_count INTEGER, allow_spanning BOOLEAN DEFAULT true) RETURNS TABLE(id BIGINT)
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  SELECT made.id # 9223372036850589695::bigint FROM "public".generate_ids(in_node_id, requested_count, allow_spanning) AS made ORDER BY made.id;
END;

CREATE OR REPLACE FUNCTION "public".generate_ids_desc(requested_count INTEGER, allow_spanning BOOLEAN) RETURNS TABLE(id BIGINT)
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  SELECT made.id # 9223372036850589695::bigint FROM "public".generate_ids("public".current_heer_node_id(), requested_count, allow_spanning) AS made ORDER BY made.id;
END;

CREATE OR REPLACE FUNCTION "public".generate_ids_desc(requested_count INTEGER) RETURNS TABLE(id BIGINT)
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  SELECT made.id # 9223372036850589695::bigint FROM "public".generate_ids("public".current_heer_node_id(), requested_count, true) AS made ORDER BY made.id;
END;

-- As generate_ids; without spanning all are of one microsecond, which holds one id, seldom two.
CREATE OR REPLACE FUNCTION "public".generate_ranjids(in_node_id INTEGER, requested_count INTEGER, allow_spanning BOOLEAN DEFAULT true) RETURNS TABLE(id UUID)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
DECLARE
  node bigint;
  clock_us bigint;
  first_us bigint;
  ticket bigint;
  ticks bigint[];
  tickets bigint[];
BEGIN
  IF requested_count IS NULL OR requested_count <= 0 THEN
    RAISE EXCEPTION 'RanjId generation: the number of ids must be at least 1.' USING ERRCODE = '50014';
  END IF;
  node := heer_check_node('RanjId', coalesce(in_node_id::text, 'null'), 32767);
  IF allow_spanning IS FALSE AND requested_count > 65536 THEN
    RAISE EXCEPTION 'RanjId generation: node % cannot make % ids in one tick; the most is 65536.', node, requested_count USING ERRCODE = '50015';
  END IF;
  PERFORM heer_check_clock('RanjId', floor(date_part('epoch', clock_timestamp()))::bigint);
  ticks := array_fill(0::bigint, ARRAY[requested_count]);
  tickets := ticks;
  FOR attempt IN 1..3 LOOP
    first_us := NULL;
    FOR i IN 1..requested_count LOOP
      LOOP
        clock_us := (date_part('epoch', clock_timestamp()) * 1000000)::bigint;
        ticket := nextval('"public".heer_ranj_sequence'::regclass);
        EXIT WHEN clock_us / 1000 = (date_part('epoch', clock_timestamp()) * 1000000)::bigint / 1000;
      END LOOP;
      ticks[i] := clock_us - 1767225600000000;
      tickets[i] := ticket;
      first_us := coalesce(first_us, clock_us);
      EXIT WHEN allow_spanning IS FALSE AND first_us <> clock_us;
    END LOOP;
    IF allow_spanning IS NOT FALSE OR first_us = clock_us THEN
      RETURN QUERY
        SELECT heer_ranjid_uuid(
          ((made.tick >> 41) << 16) | 32768 | ((made.tick >> 29) & 4095),
          (-9223372036854775808) | ((made.tick & 536870911) << 31) | (node << 16) | made.ticket)
        FROM unnest(ticks, tickets) AS made(tick, ticket)
        ORDER BY made.tick, made.ticket;
      RETURN;
    END IF;
  END LOOP;
  RAISE EXCEPTION 'RanjId generation: node % made fewer than % ids in one tick, three times.', node, requested_count
    USING ERRCODE = '50015', HINT = 'Allow the batch to span ticks, or ask for fewer ids.';
END
$djogi$;

CREATE OR REPLACE FUNCTION "public".generate_ranjids(requested_count INTEGER, allow_spanning BOOLEAN) RETURNS TABLE(id UUID)
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  SELECT made.id FROM "public".generate_ranjids("public".current_heer_ranj_node_id(), requested_count, allow_spanning) AS made ORDER BY made.id;
END;

CREATE OR REPLACE FUNCTION "public".generate_ranjids(requested_count INTEGER) RETURNS TABLE(id UUID)
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  SELECT made.id FROM "public".generate_ranjids("public".current_heer_ranj_node_id(), requested_count, true) AS made ORDER BY made.id;
END;

CREATE OR REPLACE FUNCTION "public".generate_ranjid(in_node_id INTEGER) RETURNS UUID
LANGUAGE sql VOLATILE
RETURN (SELECT made.id FROM "public".generate_ranjids(in_node_id, 1, true) AS made);

CREATE OR REPLACE FUNCTION "public".generate_ranjid() RETURNS UUID
LANGUAGE sql VOLATILE
RETURN "public".ranjid_next();

CREATE OR REPLACE FUNCTION "public".generate_ranjids_desc(in_node_id INTEGER, requested_count INTEGER, allow_spanning BOOLEAN DEFAULT true) RETURNS TABLE(id UUID)
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  SELECT "public".ranjid_to_desc(made.id) FROM "public".generate_ranjids(in_node_id, requested_count, allow_spanning) AS made ORDER BY made.id;
END;

CREATE OR REPLACE FUNCTION "public".generate_ranjids_desc(requested_count INTEGER, allow_spanning BOOLEAN) RETURNS TABLE(id UUID)
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  SELECT "public".ranjid_to_desc(made.id) FROM "public".generate_ranjids("public".current_heer_ranj_node_id(), requested_count, allow_spanning) AS made ORDER BY made.id;
END;

CREATE OR REPLACE FUNCTION "public".generate_ranjids_desc(requested_count INTEGER) RETURNS TABLE(id UUID)
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  SELECT "public".ranjid_to_desc(made.id) FROM "public".generate_ranjids("public".current_heer_ranj_node_id(), requested_count, true) AS made ORDER BY made.id;
END;
`.trimStart();

export interface HeerInstallOptions {
  /** Where the tables and functions go. Default `public`. Column defaults call the functions unqualified: the schema must be on the search path of who creates tables. */
  readonly schema?: string;
  /** Set once, at install: whole seconds, not before 1970. Default 2026-01-01T00:00:00Z. A database that has ids keeps the epoch it has. */
  readonly epoch?: Date;
}

const LAST_EPOCH_MS = 253_402_300_799_000;

/** The bootstrap for another schema or epoch. Errors: VALIDATION for a schema that is no plain name, or an epoch that is no whole second from 1970 to 9999. */
export function heerBootstrapSql(options: HeerInstallOptions = {}): string {
  const schema = options.schema ?? 'public',
    epochMs = options.epoch?.getTime() ?? DEFAULT_EPOCH_MS;
  const issues = [];
  if (strictIdentifierProblem(schema) !== null) {
    issues.push({
      path: 'schema',
      rule: 'identifier',
      message: 'must start with an ASCII letter or _, followed by letters, digits and _, and have at most 63 bytes',
    });
  }
  if (!(epochMs >= 0 && epochMs <= LAST_EPOCH_MS && epochMs % 1000 === 0))
    issues.push({ path: 'epoch', rule: 'range', message: 'must be a whole second from 1970 to 9999' });
  if (issues.length > 0) throw new ValidationError(issues);
  // The number of seconds also begins the number of microseconds, so that one replacement sets both.
  const sql = HEER_BOOTSTRAP_SQL_V1.replaceAll('1767225600', () => String(epochMs / 1000));
  return schema === 'public'
    ? sql
    : `CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)};\n\n${sql.replaceAll('"public"', () => quoteIdentifier(schema))}`;
}

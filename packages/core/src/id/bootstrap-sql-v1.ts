// Version 1 of the bootstrap: tables, node bindings, flips and the lock-free generators. Never edited.

import { LOCK_FREE_HEERID_NEXT, LOCK_FREE_HEERIDS, LOCK_FREE_RANJID_DRAW, LOCK_FREE_RANJIDS } from './lock-free-sql.ts';

/**
 * Installs the lock-free generators into the schema `public`, with the epoch 2026-01-01T00:00:00Z.
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
${LOCK_FREE_HEERID_NEXT}

CREATE OR REPLACE FUNCTION "public".heerid_next_desc() RETURNS BIGINT
LANGUAGE sql VOLATILE
RETURN "public".heerid_next() # 9223372036850589695::bigint;

-- An ascending RanjId in microseconds, with each half inverted by a mask: (0, 0), or the two halves of the flip mask.
${LOCK_FREE_RANJID_DRAW}

CREATE OR REPLACE FUNCTION "public".ranjid_next() RETURNS UUID
LANGUAGE sql VOLATILE
RETURN "public".heer_ranjid_draw(0::bigint, 0::bigint);

CREATE OR REPLACE FUNCTION "public".ranjid_next_desc() RETURNS UUID
LANGUAGE sql VOLATILE
RETURN "public".heer_ranjid_draw((-61441)::bigint, 1152921502459428863::bigint);

-- Distinct ids of one node, sorted; not gap-free. The node is checked once and the connection keeps its own. The clock is read before and after each
-- handful of sequence values, and where a millisecond has passed in between, smaller handfuls are tried, and larger ones after each success: each value was drawn in the millisecond of its id, as
-- in heerid_next. Without spanning all are of one millisecond, which is tried three times: at about a third of 1 us an id that goes well for a thousand or two.
${LOCK_FREE_HEERIDS}

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
${LOCK_FREE_RANJIDS}

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

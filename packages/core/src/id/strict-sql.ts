// The strict allocator: ids without gaps within a batch, and none while the clock is behind what was handed out. And the choice between it and the
// lock-free one, which is made for a whole database. Part of version 2 of the bootstrap; never edited once released.
//
// A node has one row of state for each family: the tick and the sequence that it handed out last. A call locks the row, reads the clock once it has the
// lock, hands out what follows, and writes the row once. So ids of a node are increasing in the order in which calls get the lock, and a clock that was set back is
// noticed. The price is that the row stays locked until the surrounding transaction ends.
//
// The choice replaces the bodies of the four functions that the others are made of, under their names, so that column defaults stay as they are and the
// lock-free generators do not pay for it. Two allocators in use at once could meet, in spite of all locks, in a statement that began with the other's
// body. So the one that is not chosen cannot work: the sequences of the lock-free one stand at their end, and the strict one reads heer_config after it has the lock.

import { LOCK_FREE_HEERID_NEXT, LOCK_FREE_HEERIDS, LOCK_FREE_RANJID_DRAW, LOCK_FREE_RANJIDS } from './lock-free-sql.ts';

/** The allocator itself. Its names are its own: that it exists changes nothing for those who have not chosen it. */
export const STRICT_ALLOCATOR_SQL = `-- A state may be ahead of the clock by less than 2 ms because an earlier batch ran ahead; by more, the clock was set back.
CREATE OR REPLACE FUNCTION "public".heer_check_drift(family TEXT, node INTEGER, ahead NUMERIC, ticks_per_ms INTEGER) RETURNS VOID
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
DECLARE
  unit CONSTANT text := CASE ticks_per_ms WHEN 1 THEN 'ms' ELSE 'us' END;
BEGIN
  IF ahead <= 0 THEN
    RETURN;
  ELSIF ahead < 2 * ticks_per_ms THEN
    RAISE EXCEPTION '% generation: node % is % % ahead of the clock, after a batch that ran ahead.', family, node, ahead, unit
      USING ERRCODE = '50021', HINT = 'Try again.';
  ELSIF ahead < 50 * ticks_per_ms THEN
    RAISE EXCEPTION '% generation: the clock of the server is % % behind the last id of node %.', family, ahead, unit, node
      USING ERRCODE = '50020', HINT = 'Try again.';
  END IF;
  RAISE EXCEPTION '% generation: the clock of the server is % % behind the last id of node %.', family, ahead, unit, node
    USING ERRCODE = '50022', HINT = 'Correct the clock, or wait until it has caught up.';
END
$djogi$;

-- Read after the row of state is locked: a choice that was made meanwhile is then seen, or the locked row is a serialization failure.
CREATE OR REPLACE FUNCTION "public".heer_check_strict(family TEXT) RETURNS VOID
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
BEGIN
  PERFORM FROM heer_config c WHERE c.id = 1 AND c.allocator = 'strict';
  IF NOT FOUND THEN
    RAISE EXCEPTION '% generation: the strict allocator is not the one that heer_config names, or heer_config has no row.', family
      USING ERRCODE = '50013', HINT = 'Choose it with heer_use_allocator, or call the generators by their own names.';
  END IF;
END
$djogi$;

-- Consecutive ids of one node. Each is a tick and a sequence value; what does not fit into the tick of the clock goes on in the next tick.
CREATE OR REPLACE FUNCTION "public".heer_strict_ids(in_node_id INTEGER, requested_count INTEGER, allow_spanning BOOLEAN DEFAULT true) RETURNS TABLE(id BIGINT)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
DECLARE
  node integer;
  last_tick bigint;
  last_ticket integer;
  clock_us bigint;
  tick bigint;
  first bigint := 0;
  final bigint;
BEGIN
  IF requested_count IS NULL OR requested_count <= 0 THEN
    RAISE EXCEPTION 'HeerId generation: the number of ids must be at least 1.' USING ERRCODE = '50014';
  END IF;
  node := heer_check_node('HeerId', coalesce(in_node_id::text, 'null'), 511);
  SELECT s.last_id_time, s.last_sequence INTO last_tick, last_ticket FROM heer_node_state s WHERE s.node_id = node FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO heer_node_state (node_id) VALUES (node) ON CONFLICT DO NOTHING;
    SELECT s.last_id_time, s.last_sequence INTO STRICT last_tick, last_ticket FROM heer_node_state s WHERE s.node_id = node FOR UPDATE;
  END IF;
  PERFORM heer_check_strict('HeerId');
  clock_us := (date_part('epoch', clock_timestamp()) * 1000000)::bigint;
  PERFORM heer_check_clock('HeerId', floor(clock_us / 1000000.0)::bigint);
  tick := (clock_us - 1767225600000000) / 1000;
  IF last_tick > tick THEN
    PERFORM heer_check_drift('HeerId', node, last_tick - tick, 1);
  ELSIF last_tick = tick THEN
    first := last_ticket + 1;
  END IF;
  IF allow_spanning IS FALSE AND requested_count > 8192 - first THEN
    RAISE EXCEPTION 'HeerId generation: node % cannot make % ids in one tick; this one has % left.', node, requested_count, 8192 - first USING ERRCODE = '50015';
  END IF;
  final := first + requested_count - 1;
  IF tick + (final >> 13) > 2199023255551 THEN
    RAISE EXCEPTION 'HeerId generation: % ids go beyond the last tick that an id can hold.', requested_count USING ERRCODE = '50030';
  END IF;
  UPDATE heer_node_state s SET last_id_time = tick + (final >> 13), last_sequence = final & 8191, updated_at = CURRENT_TIMESTAMP WHERE s.node_id = node;
  RETURN QUERY SELECT (tick + (n >> 13) << 22) | (node::bigint << 13) | (n & 8191) FROM generate_series(first, final) AS n;
END
$djogi$;

CREATE OR REPLACE FUNCTION "public".heer_strict_ranjids(in_node_id INTEGER, requested_count INTEGER, allow_spanning BOOLEAN DEFAULT true) RETURNS TABLE(id UUID)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
DECLARE
  node integer;
  last_tick numeric;
  last_ticket integer;
  clock_us bigint;
  tick bigint;
  first bigint := 0;
  final bigint;
BEGIN
  IF requested_count IS NULL OR requested_count <= 0 THEN
    RAISE EXCEPTION 'RanjId generation: the number of ids must be at least 1.' USING ERRCODE = '50014';
  END IF;
  node := heer_check_node('RanjId', coalesce(in_node_id::text, 'null'), 32767);
  SELECT s.last_id_time, s.last_sequence INTO last_tick, last_ticket FROM heer_ranj_node_state s WHERE s.node_id = node FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO heer_ranj_node_state (node_id) VALUES (node) ON CONFLICT DO NOTHING;
    SELECT s.last_id_time, s.last_sequence INTO STRICT last_tick, last_ticket FROM heer_ranj_node_state s WHERE s.node_id = node FOR UPDATE;
  END IF;
  PERFORM heer_check_strict('RanjId');
  clock_us := (date_part('epoch', clock_timestamp()) * 1000000)::bigint;
  PERFORM heer_check_clock('RanjId', floor(clock_us / 1000000.0)::bigint);
  tick := clock_us - 1767225600000000;
  IF last_tick > tick THEN
    PERFORM heer_check_drift('RanjId', node, last_tick - tick, 1000);
  ELSIF last_tick = tick THEN
    first := last_ticket + 1;
  END IF;
  IF allow_spanning IS FALSE AND requested_count > 65536 - first THEN
    RAISE EXCEPTION 'RanjId generation: node % cannot make % ids in one tick; this one has % left.', node, requested_count, 65536 - first USING ERRCODE = '50015';
  END IF;
  final := first + requested_count - 1;
  UPDATE heer_ranj_node_state s SET last_id_time = tick + (final >> 16), last_sequence = final & 65535, updated_at = CURRENT_TIMESTAMP WHERE s.node_id = node;
  RETURN QUERY
    SELECT heer_ranjid_uuid(
      (((tick + (n >> 16)) >> 41) << 16) | 32768 | (((tick + (n >> 16)) >> 29) & 4095),
      (-9223372036854775808) | (((tick + (n >> 16)) & 536870911) << 31) | (node::bigint << 16) | (n & 65535))
    FROM generate_series(first, final) AS n;
END
$djogi$;
`;

/** The choice. To be installed after the column `allocator` of heer_config. */
export const ALLOCATOR_CHOICE_SQL = `-- Chooses the allocator of the database, 'lockFree' or 'strict'. For its owner. Waits for the transactions that have made ids; those that want ids wait for it.
CREATE OR REPLACE FUNCTION "public".heer_use_allocator(chosen TEXT) RETURNS VOID
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, "public", pg_temp
AS $choice$
DECLARE
  present text;
  clock_us bigint;
  ahead record;
BEGIN
  IF (chosen IN ('lockFree', 'strict')) IS NOT TRUE THEN
    RAISE EXCEPTION 'There is no such allocator of ids.' USING ERRCODE = '22023', HINT = 'There are lockFree and strict.';
  END IF;
  SELECT c.allocator INTO present FROM heer_config c WHERE c.id = 1 FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'heer_config has no row.' USING ERRCODE = '50013', HINT = 'Install the generators again.';
  END IF;
  IF present <> chosen THEN
    -- The lock-free generators hold a lock on their sequence until their transaction ends, and the strict one on its table. In the order of those who take both.
    IF chosen = 'strict' THEN
      ALTER SEQUENCE heer_sequence NO CYCLE RESTART WITH 8191;
      ALTER SEQUENCE heer_ranj_sequence NO CYCLE RESTART WITH 65535;
      PERFORM nextval('"public".heer_sequence'::regclass), nextval('"public".heer_ranj_sequence'::regclass);
    ELSE
      LOCK TABLE heer_node_state, heer_ranj_node_state IN EXCLUSIVE MODE;
    END IF;
    INSERT INTO heer_node_state (node_id) SELECT n.node_id FROM heer_nodes n WHERE n.node_id <= 511 ON CONFLICT DO NOTHING;
    INSERT INTO heer_ranj_node_state (node_id) SELECT n.node_id FROM heer_nodes n ON CONFLICT DO NOTHING;
    clock_us := (date_part('epoch', clock_timestamp()) * 1000000)::bigint - 1767225600000000;
    IF chosen = 'strict' THEN
      -- What the lock-free generators made is of this tick at the latest: the strict one begins with the next.
      UPDATE heer_node_state s SET last_id_time = clock_us / 1000, last_sequence = 8191, updated_at = CURRENT_TIMESTAMP WHERE s.last_id_time <= clock_us / 1000;
      UPDATE heer_ranj_node_state s SET last_id_time = clock_us, last_sequence = 65535, updated_at = CURRENT_TIMESTAMP WHERE s.last_id_time <= clock_us;
    ELSE
      -- The lock-free generators begin with the tick of the clock, which the strict one must not have reached.
      FOR ahead IN SELECT s.node_id, s.last_id_time + 1 - clock_us / 1000 AS ticks FROM heer_node_state s WHERE s.last_id_time >= clock_us / 1000 LOOP
        PERFORM heer_check_drift('HeerId', ahead.node_id, ahead.ticks, 1);
      END LOOP;
      FOR ahead IN SELECT s.node_id, s.last_id_time + 1 - clock_us AS ticks FROM heer_ranj_node_state s WHERE s.last_id_time >= clock_us LOOP
        PERFORM heer_check_drift('RanjId', ahead.node_id, ahead.ticks, 1000);
      END LOOP;
      -- Whoever looks at these rows with an older snapshot fails to serialize.
      UPDATE heer_node_state SET updated_at = CURRENT_TIMESTAMP;
      UPDATE heer_ranj_node_state SET updated_at = CURRENT_TIMESTAMP;
      ALTER SEQUENCE heer_sequence CYCLE RESTART WITH 0;
      ALTER SEQUENCE heer_ranj_sequence CYCLE RESTART WITH 0;
    END IF;
    UPDATE heer_config c SET allocator = chosen, updated_at = CURRENT_TIMESTAMP WHERE c.id = 1;
  END IF;
  IF chosen = 'strict' THEN
    EXECUTE $body$CREATE OR REPLACE FUNCTION "public".heerid_next() RETURNS BIGINT
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
BEGIN
  RETURN (SELECT made.id FROM heer_strict_ids(current_heer_node_id(), 1, true) AS made);
END
$djogi$$body$;
    EXECUTE $body$CREATE OR REPLACE FUNCTION "public".heer_ranjid_draw(high_mask BIGINT, low_mask BIGINT) RETURNS UUID
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
BEGIN
  RETURN (SELECT CASE high_mask WHEN 0 THEN made.id ELSE ranjid_to_desc(made.id) END FROM heer_strict_ranjids(current_heer_ranj_node_id(), 1, true) AS made);
END
$djogi$$body$;
    EXECUTE $body$CREATE OR REPLACE FUNCTION "public".generate_ids(in_node_id INTEGER, requested_count INTEGER, allow_spanning BOOLEAN DEFAULT true) RETURNS TABLE(id BIGINT)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
BEGIN
  RETURN QUERY SELECT made.id FROM heer_strict_ids(in_node_id, requested_count, allow_spanning) AS made;
END
$djogi$$body$;
    EXECUTE $body$CREATE OR REPLACE FUNCTION "public".generate_ranjids(in_node_id INTEGER, requested_count INTEGER, allow_spanning BOOLEAN DEFAULT true) RETURNS TABLE(id UUID)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
BEGIN
  RETURN QUERY SELECT made.id FROM heer_strict_ranjids(in_node_id, requested_count, allow_spanning) AS made;
END
$djogi$$body$;
  ELSE
    EXECUTE $body$${LOCK_FREE_HEERID_NEXT}$body$;
    EXECUTE $body$${LOCK_FREE_RANJID_DRAW}$body$;
    EXECUTE $body$${LOCK_FREE_HEERIDS}$body$;
    EXECUTE $body$${LOCK_FREE_RANJIDS}$body$;
  END IF;
END
$choice$;

REVOKE EXECUTE ON FUNCTION "public".heer_use_allocator(TEXT) FROM PUBLIC;
`;

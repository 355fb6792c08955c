// The lock-free id generators: the four functions that the others are made of. Their text is part of version 1 of the bootstrap and is never edited.
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
// Tried and dropped: the whole id as one SQL expression is 0.3 us faster, but rests on the order in which arguments are evaluated.

/** One ascending HeerId, for the node of the connection. */
export const LOCK_FREE_HEERID_NEXT = `CREATE OR REPLACE FUNCTION "public".heerid_next() RETURNS BIGINT
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
$djogi$;`;

/** One RanjId, for the node of the connection, through a mask. */
export const LOCK_FREE_RANJID_DRAW = `CREATE OR REPLACE FUNCTION "public".heer_ranjid_draw(high_mask BIGINT, low_mask BIGINT) RETURNS UUID
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
$djogi$;`;

/** Ascending HeerIds of one node. */
export const LOCK_FREE_HEERIDS = `CREATE OR REPLACE FUNCTION "public".generate_ids(in_node_id INTEGER, requested_count INTEGER, allow_spanning BOOLEAN DEFAULT true) RETURNS TABLE(id BIGINT)
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
      handful := least(handful * 2, 128);
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
$djogi$;`;

/** Ascending RanjIds of one node. */
export const LOCK_FREE_RANJIDS = `CREATE OR REPLACE FUNCTION "public".generate_ranjids(in_node_id INTEGER, requested_count INTEGER, allow_spanning BOOLEAN DEFAULT true) RETURNS TABLE(id UUID)
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
$djogi$;`;

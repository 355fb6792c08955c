// What ids say, and HeerIds and RanjIds out of each other, as SQL: bit for bit what heer-id.ts, ranj-id.ts and conversion.ts do. Part of version 2 of the
// bootstrap; never edited once released. The functions take ascending ids; the flips of version 1 turn the others into them.

export const CONVERSION_SQL = `CREATE OR REPLACE FUNCTION "public".heer_check_heerid(id BIGINT) RETURNS BIGINT
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
BEGIN
  IF id < 0 THEN
    RAISE EXCEPTION 'A HeerId is never negative.' USING ERRCODE = '50043', HINT = 'Check where the value came from: bit 63 of an id is always 0.';
  END IF;
  RETURN id;
END
$djogi$;

CREATE OR REPLACE FUNCTION "public".heer_check_ranjid(id UUID) RETURNS BYTEA
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
DECLARE
  bytes CONSTANT bytea := uuid_send(id);
BEGIN
  IF get_byte(bytes, 6) >> 4 <> 8 THEN
    RAISE EXCEPTION 'A RanjId is a UUID of version 8; this UUID has another version.' USING ERRCODE = '50044', HINT = 'It was not made by the ranjid generators.';
  ELSIF get_byte(bytes, 8) >> 6 <> 2 THEN
    RAISE EXCEPTION 'A RanjId has the UUID variant of RFC 9562; this UUID has another.' USING ERRCODE = '50045', HINT = 'It was not made by the ranjid generators.';
  END IF;
  RETURN bytes;
END
$djogi$;

-- The moment so many microseconds after the epoch. Days and the rest of a day apart: an interval is multiplied as a double, which is exact for these.
CREATE OR REPLACE FUNCTION "public".heer_moment(micros NUMERIC) RETURNS TIMESTAMPTZ
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
DECLARE
  total CONSTANT numeric := 1767225600000000 + micros;
BEGIN
  IF total > 9224318015999999999 THEN
    RAISE EXCEPTION 'The moment of the id is beyond what a timestamp can hold.' USING ERRCODE = '50047', HINT = 'Read ranjid_timestamp(id) instead.';
  END IF;
  RETURN (timestamp '1970-01-01' + div(total, 86400000000)::integer * interval '1 day' + mod(total, 86400000000)::bigint * interval '1 microsecond')
    AT TIME ZONE 'UTC';
END
$djogi$;

CREATE OR REPLACE FUNCTION "public".heerid_timestamp_ms(id BIGINT) RETURNS BIGINT
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN "public".heer_check_heerid(id) >> 22;

CREATE OR REPLACE FUNCTION "public".heerid_node_id(id BIGINT) RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (("public".heer_check_heerid(id) >> 13) & 511)::integer;

CREATE OR REPLACE FUNCTION "public".heerid_sequence(id BIGINT) RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ("public".heer_check_heerid(id) & 8191)::integer;

CREATE OR REPLACE FUNCTION "public".heerid_date(id BIGINT) RETURNS TIMESTAMPTZ
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN "public".heer_moment("public".heerid_timestamp_ms(id)::numeric * 1000);

CREATE OR REPLACE FUNCTION "public".heerid_desc_date(id BIGINT) RETURNS TIMESTAMPTZ
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN "public".heerid_date("public".heerid_to_asc(id));

-- In units of its precision, which may be more than a bigint holds.
CREATE OR REPLACE FUNCTION "public".ranjid_timestamp(id UUID) RETURNS NUMERIC
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
DECLARE
  bytes CONSTANT bytea := heer_check_ranjid(id);
  high CONSTANT bigint := substr(bytes, 1, 8)::bigint;
  low CONSTANT bigint := substr(bytes, 9, 8)::bigint;
BEGIN
  RETURN ((((high >> 16) & 281474976710655) << 12) | (high & 4095))::numeric * 536870912 + ((low >> 31) & 536870911);
END
$djogi$;

CREATE OR REPLACE FUNCTION "public".ranjid_precision(id UUID) RETURNS TEXT
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (ARRAY['us', 'ns', 'ps', 'fs'])[((get_byte("public".heer_check_ranjid(id), 8) >> 4) & 3) + 1];

CREATE OR REPLACE FUNCTION "public".ranjid_node_id(id UUID) RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ((substr("public".heer_check_ranjid(id), 13, 4)::integer >> 16) & 32767);

CREATE OR REPLACE FUNCTION "public".ranjid_sequence(id UUID) RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (substr("public".heer_check_ranjid(id), 13, 4)::integer & 65535);

CREATE OR REPLACE FUNCTION "public".ranjid_timestamp_micros(id UUID) RETURNS NUMERIC
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN div("public".ranjid_timestamp(id), CASE "public".ranjid_precision(id) WHEN 'us' THEN 1 WHEN 'ns' THEN 1000 WHEN 'ps' THEN 1000000 ELSE 1000000000 END::numeric);

CREATE OR REPLACE FUNCTION "public".ranjid_date(id UUID) RETURNS TIMESTAMPTZ
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN "public".heer_moment("public".ranjid_timestamp_micros(id));

CREATE OR REPLACE FUNCTION "public".ranjid_desc_date(id UUID) RETURNS TIMESTAMPTZ
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN "public".ranjid_date("public".ranjid_to_asc(id));

-- The same moment, node and sequence, in the unit that is asked for.
CREATE OR REPLACE FUNCTION "public".heerid_to_ranjid(id BIGINT, unit TEXT DEFAULT 'us') RETURNS UUID
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
DECLARE
  bits CONSTANT bigint := heer_check_heerid(id);
  code CONSTANT integer := array_position(ARRAY['us', 'ns', 'ps', 'fs'], unit) - 1;
  ticks numeric;
  high bigint;
BEGIN
  IF code IS NULL THEN
    RAISE EXCEPTION 'The precision of a RanjId is one of us, ns, ps and fs.' USING ERRCODE = '50046';
  END IF;
  ticks := (bits >> 22)::numeric * (ARRAY[1000, 1000000, 1000000000, 1000000000000]::numeric[])[code + 1];
  high := div(ticks, 536870912)::bigint;
  RETURN heer_ranjid_uuid(
    ((high >> 12) << 16) | 32768 | (high & 4095),
    (-9223372036854775808) | (code::bigint << 60) | (mod(ticks, 536870912)::bigint << 31) | (((bits >> 13) & 511) << 16) | (bits & 8191));
END
$djogi$;

CREATE OR REPLACE FUNCTION "public".heerid_desc_to_ranjid_desc(id BIGINT, unit TEXT DEFAULT 'us') RETURNS UUID
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN "public".ranjid_to_desc("public".heerid_to_ranjid("public".heerid_to_asc(id), unit));

-- The millisecond and the node, with the sequence 0.
CREATE OR REPLACE FUNCTION "public".ranjid_to_heerid(id UUID) RETURNS BIGINT
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
DECLARE
  node CONSTANT integer := ranjid_node_id(id);
  ms CONSTANT numeric := div(ranjid_timestamp_micros(id), 1000);
BEGIN
  IF node > 511 THEN
    RAISE EXCEPTION 'The node of the RanjId is above 511, which a HeerId cannot hold.' USING ERRCODE = '50040', HINT = 'Only ids of the nodes 0 to 511 have a HeerId.';
  ELSIF ms > 2199023255551 THEN
    RAISE EXCEPTION 'The time of the RanjId is beyond what a HeerId can hold.' USING ERRCODE = '50041', HINT = 'A HeerId counts 2^41 milliseconds from the epoch.';
  END IF;
  RETURN (ms::bigint << 22) | (node::bigint << 13);
END
$djogi$;

CREATE OR REPLACE FUNCTION "public".ranjid_desc_to_heerid_desc(id UUID) RETURNS BIGINT
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN "public".heerid_to_desc("public".ranjid_to_heerid("public".ranjid_to_asc(id)));

CREATE OR REPLACE FUNCTION "public".heer_check_converted(ordinal BIGINT) RETURNS BIGINT
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, "public", pg_temp
AS $djogi$
BEGIN
  IF ordinal > 8191 THEN
    RAISE EXCEPTION 'One node has more than 8192 RanjIds in one millisecond, which HeerIds cannot hold.' USING ERRCODE = '50042', HINT = 'Keep them as RanjIds.';
  END IF;
  RETURN ordinal;
END
$djogi$;

-- Distinct ids with the HeerId of each, by source. Ids of one node and millisecond are numbered in their stored order: their own sequences are not kept.
CREATE OR REPLACE FUNCTION "public".ranjids_to_heerids(ids UUID[]) RETURNS TABLE(source UUID, target BIGINT)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT based.id, based.base | "public".heer_check_converted(row_number() OVER (PARTITION BY based.base ORDER BY based.id) - 1)
  FROM (SELECT given.id, "public".ranjid_to_heerid(given.id) AS base FROM (SELECT DISTINCT u.id FROM unnest(ids) AS u(id) WHERE u.id IS NOT NULL) AS given) AS based
  ORDER BY based.id;
END;

CREATE OR REPLACE FUNCTION "public".ranjids_desc_to_heerids_desc(ids UUID[]) RETURNS TABLE(source UUID, target BIGINT)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT "public".ranjid_to_desc(made.source) AS source, "public".heerid_to_desc(made.target)
  FROM "public".ranjids_to_heerids(ARRAY(SELECT "public".ranjid_to_asc(u.id) FROM unnest(ids) AS u(id))) AS made
  ORDER BY 1;
END;
`;

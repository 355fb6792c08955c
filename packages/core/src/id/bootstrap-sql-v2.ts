// Version 2 of the bootstrap, on top of version 1: the strict allocator and the choice of it, conversions, and the version itself. Never edited once released.

import { CONVERSION_SQL } from './conversion-sql.ts';
import { ALLOCATOR_CHOICE_SQL, STRICT_ALLOCATOR_SQL } from './strict-sql.ts';

/**
 * Upgrades the schema `public` from version 1, with the epoch 2026-01-01T00:00:00Z. Ids and the functions that make them stay as they are.
 *
 * Shape: a script for the simple protocol, which runs it as one transaction. Idempotent. When version 1 was run again in a database that had chosen the
 * strict allocator, this restores the choice. PostgreSQL 18. Locks: ACCESS EXCLUSIVE on heer_config the first time.
 */
export const HEER_BOOTSTRAP_SQL_V2 = `
DO $djogi$
DECLARE
  stored jsonb;
BEGIN
  IF to_regprocedure('"public".heerid_next()') IS NULL OR to_regclass('"public".heer_config') IS NULL THEN
    RAISE EXCEPTION 'Version 2 of the id generators builds on version 1, which is not installed.' USING ERRCODE = '55000', HINT = 'Run version 1 first.';
  END IF;
  SELECT to_jsonb(c) INTO stored FROM "public".heer_config c WHERE c.id = 1;
  IF stored IS NULL THEN
    RAISE EXCEPTION 'heer_config has no row.' USING ERRCODE = '50013', HINT = 'Run version 1 again.';
  END IF;
  IF (stored ->> 'epoch')::timestamp <> to_timestamp(1767225600) AT TIME ZONE 'UTC' THEN
    RAISE EXCEPTION 'heer_config has the epoch % (UTC), and these generators have another.', stored ->> 'epoch'
      USING ERRCODE = '55000', HINT = 'Install with the stored epoch: ids with two epochs in one database would collide.';
  END IF;
  IF (stored ->> 'bootstrap_version')::integer > 2 THEN
    RAISE EXCEPTION 'The id generators of this database have the version %, which is later than 2.', stored ->> 'bootstrap_version'
      USING ERRCODE = '55000', HINT = 'Use the @djogi/core that installed them, or a later one.';
  END IF;
  IF NOT stored ? 'bootstrap_version' THEN
    ALTER TABLE "public".heer_config
      ADD COLUMN bootstrap_version INTEGER NOT NULL DEFAULT 1,
      ADD COLUMN allocator TEXT NOT NULL DEFAULT 'lockFree' CONSTRAINT heer_config_allocator_check CHECK (allocator IN ('lockFree', 'strict'));
  END IF;
END
$djogi$;

${STRICT_ALLOCATOR_SQL}
${ALLOCATOR_CHOICE_SQL}
${CONVERSION_SQL}
DO $djogi$
BEGIN
  IF (SELECT c.allocator FROM "public".heer_config c WHERE c.id = 1) = 'strict' THEN
    PERFORM "public".heer_use_allocator('strict');
  END IF;
  UPDATE "public".heer_config SET bootstrap_version = 2, updated_at = CURRENT_TIMESTAMP WHERE id = 1 AND bootstrap_version < 2;
END
$djogi$;
`.trimStart();

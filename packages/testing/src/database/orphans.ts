// Databases that killed test runs left on a server that outlives them. A database is in use while the session of the worker that made it lives; the
// server ends that session with the worker's process, however it ended.

import { quoteIdentifier } from '@djogi/core/extension';
import { AdminConnection } from './admin-connection.ts';
import { TEMPLATE_PREFIX } from './template.ts';

// The name begins with the twelve digits that end the application name of the worker's session.
const ORPHANED_TESTS_SQL = `
  SELECT datname FROM pg_database d
  WHERE datname LIKE 'djogi\\_test\\_%' ESCAPE '\\'
    AND NOT EXISTS (SELECT FROM pg_stat_activity s WHERE s.application_name LIKE 'djogi\\_test\\_%' ESCAPE '\\' AND s.application_name = left(d.datname, 23))
  ORDER BY datname COLLATE "C"`;

// A template may be needed by any run that is going on, this session's apart. $1 is a minimum age.
const ORPHANED_TEMPLATES_SQL = `
  SELECT datname FROM pg_database d
  WHERE datname LIKE 'djogi\\_template\\_%' ESCAPE '\\'
    AND coalesce(to_timestamp(substring(shobj_description(d.oid, 'pg_database') FROM '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d'), 'YYYY-MM-DD"T"HH24:MI:SS') AT TIME ZONE 'UTC', '-infinity') < now() AT TIME ZONE 'UTC' - $1::interval
    AND NOT EXISTS (SELECT FROM pg_stat_activity s WHERE s.application_name LIKE 'djogi\\_test\\_%' ESCAPE '\\' AND s.pid <> pg_backend_pid())
  ORDER BY datname COLLATE "C"`;

/**
 * Lists the databases of test runs that no longer go on: those of tests, then the templates (none while another run goes on), each sorted by name.
 *
 * Errors: VALIDATION for the URL, CONNECTION. Cost: a connection and two round trips.
 */
export async function listOrphanedTestDatabases(adminUrl: string): Promise<string[]> {
  return withAdmin(adminUrl, (admin) => orphans(admin, '0 s'));
}

/** Drops what `listOrphanedTestDatabases` lists, and resolves to the names. Cost: a connection, two round trips, and one or two for each database. */
export async function cleanupOrphanedTestDatabases(adminUrl: string): Promise<string[]> {
  return withAdmin(adminUrl, (admin) => dropOrphans(admin, '0 s'));
}

/** @internal What a run does at its beginning on a server that is not its own: templates are kept for a day, to be used again. */
export async function dropStaleDatabases(admin: AdminConnection): Promise<string[]> {
  return dropOrphans(admin, '1 day');
}

async function withAdmin<Result>(adminUrl: string, work: (admin: AdminConnection) => Promise<Result>): Promise<Result> {
  const admin = await AdminConnection.open(adminUrl);
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}

async function orphans(admin: AdminConnection, templateAge: string): Promise<string[]> {
  return [...(await admin.column(ORPHANED_TESTS_SQL)), ...(await admin.column(ORPHANED_TEMPLATES_SQL, [templateAge]))].filter(
    (name) => name !== null,
  );
}

/** One at a time over all processes: two that drop the same database would both report it. */
function dropOrphans(admin: AdminConnection, templateAge: string): Promise<string[]> {
  return admin.exclusively('cleanup', async () => {
    const names = await orphans(admin, templateAge);
    for (const name of names) {
      if (name.startsWith(TEMPLATE_PREFIX)) await admin.run(`ALTER DATABASE ${quoteIdentifier(name)} IS_TEMPLATE false`);
      await admin.run(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`);
    }
    return names;
  });
}

// A context without the rights of a superuser, whom row security does not bind.

import type { Context } from '@djogi/core';
import { executorOf, quoteIdentifier, quoteLiteral } from '@djogi/core/extension';
import { heerGrantsSql } from '@djogi/core/heer';
import { createPool, type Pool } from '@djogi/core/pool';
import { createHmac } from 'node:crypto';
import { parseServerUrl, serverUrl } from '../provider/url.ts';
import type { AdminConnection } from './admin-connection.ts';
import type { TestDatabase } from './test-database.ts';

export const TEST_USER = 'djogi_test_user';

const ATTRIBUTES = 'LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT CONNECTION LIMIT -1';

// Privileges are per object: what is created after the grants is not covered. System schemas need none.
const GRANTS_SQL = `DO $grants$
DECLARE name text;
BEGIN
  FOR name IN SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' LOOP
    EXECUTE format('GRANT USAGE ON SCHEMA %s TO ${TEST_USER}', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %s TO ${TEST_USER}', name);
    EXECUTE format('GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA %s TO ${TEST_USER}', name);
    EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA %s TO ${TEST_USER}', name);
  END LOOP;
END $grants$`;

/**
 * Opens a context whose pool logs in as `djogi_test_user`, a role that row security binds. Call it after the schema and the seed: it may use what exists now.
 *
 * Shape: the role has LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS, whatever it had before, and in every schema SELECT, INSERT, UPDATE and
 * DELETE on tables, USAGE, SELECT and UPDATE on sequences, EXECUTE on functions. The pool is closed with the database.
 * Errors: DATABASE when the server's user may not create roles. Cost: five round trips and a connection.
 */
export async function connectAsNonSuperuser(db: TestDatabase): Promise<Context> {
  const pool = await openNonSuperuserPool(db);
  return pool.context();
}

/** As `connectAsNonSuperuser`, for tests that need the pool itself. */
export async function openNonSuperuserPool(db: TestDatabase): Promise<Pool> {
  const password = passwordOn(db.admin);
  // Roles belong to the server: two workers that alter one at the same time would fail with "tuple concurrently updated".
  await db.admin.exclusively(TEST_USER, async () => {
    const [exists] = await db.admin.column('SELECT oid::text FROM pg_roles WHERE rolname = $1', [TEST_USER]);
    await db.admin.run(
      `${exists === undefined ? 'CREATE' : 'ALTER'} ROLE ${TEST_USER} WITH ${ATTRIBUTES} PASSWORD ${quoteLiteral(password)}`,
    );
    await db.admin.run(`GRANT CONNECT ON DATABASE ${quoteIdentifier(db.name)} TO ${TEST_USER}`);
  });
  const owner = await createPool({ url: db.url(), max: 1 });
  try {
    await executorOf(owner.context()).script(`${GRANTS_SQL}; ${heerGrantsSql(TEST_USER)}`, { operation: 'grant' });
  } finally {
    await owner.close();
  }
  return db.adopt(await createPool({ url: serverUrl(db.url(), { database: db.name, user: TEST_USER, password }) }));
}

/** The same for every worker on the server, or one would lock the others out; known only to who knows the server's own password. */
function passwordOn(admin: AdminConnection): string {
  const { username, password, host } = parseServerUrl(admin.url);
  return createHmac('sha256', password).update(`${TEST_USER}@${username}@${host}`).digest('base64url');
}

// A server of one's own, by connection string. Whether it is new enough is asked once, when it is first used.

import { ValidationError } from '@djogi/core';
import { TestingError } from '../error/testing-error.ts';
import type { DatabaseProvider } from './provider.ts';

export const DATABASE_URL = 'DATABASE_URL';

/** Parameters of a connection string that would decide, behind the back of its other parts, who connects to what. */
const OVERRIDING_PARAMETERS = new Set(['user', 'password', 'dbname', 'database']);

/**
 * The `url` provider: any PostgreSQL 18 server on which the user may create databases and roles.
 *
 * Errors: DATABASE_URL_MISSING when neither the argument nor the environment variable is there; VALIDATION for a string that is no URL or carries
 * `user`, `password`, `dbname` or `database` as query parameters; CONNECTION, at first use, for a server that cannot be reached or is older than 18.
 */
export function url(connectionString: string | undefined = process.env[DATABASE_URL]): DatabaseProvider {
  if (connectionString === undefined || connectionString.trim() === '') {
    throw new TestingError(
      'DATABASE_URL_MISSING',
      `No server was named. Set ${DATABASE_URL} to a PostgreSQL 18 server, pass its URL, or use embedded().`,
      { variable: DATABASE_URL },
    );
  }
  const checked = parseServerUrl(connectionString).href;
  return {
    name: 'url',
    start: () => Promise.resolve({ url: checked, stop: () => Promise.resolve(), [Symbol.asyncDispose]: () => Promise.resolve() }),
  };
}

/** Errors: VALIDATION. The message never quotes the string, which may hold a password. */
export function parseServerUrl(connectionString: string): URL {
  const refuse = (rule: string, message: string): never => {
    throw new ValidationError([{ path: 'url', rule, message }]);
  };
  const parsed = URL.canParse(connectionString.trim())
    ? new URL(connectionString.trim())
    : refuse('url', 'is not a URL such as postgres://user@localhost/postgres');
  if (parsed.protocol !== 'postgres:' && parsed.protocol !== 'postgresql:') refuse('url', 'must begin with postgres:// or postgresql://');
  // `searchParams` decodes the names, so a percent-encoded one is found too.
  for (const name of parsed.searchParams.keys()) {
    if (OVERRIDING_PARAMETERS.has(name.toLowerCase()))
      refuse(
        'query_parameter',
        `carries the query parameter ${name.toLowerCase()}, which would override the user or the database; write it before the host or as the path`,
      );
  }
  return parsed;
}

/** The same server with another database, and with another user when one is given. */
export function serverUrl(base: string, to: { readonly database: string; readonly user?: string; readonly password?: string }): string {
  const target = parseServerUrl(base);
  // The host may be a parameter (a socket folder); without one in its place no user can be set.
  if (target.hostname === '') target.hostname = 'localhost';
  target.pathname = `/${encodeURIComponent(to.database)}`;
  if (to.user !== undefined) target.username = encodeURIComponent(to.user);
  if (to.password !== undefined) target.password = encodeURIComponent(to.password);
  return target.href;
}

// The error family of this package: what keeps a test from having a database.

import { DjogiError } from '@djogi/core';

export type TestingErrorCode =
  | 'EMBEDDED_UNSUPPORTED'
  | 'EMBEDDED_USER'
  | 'EMBEDDED_START'
  | 'EMBEDDED_FOLDER'
  | 'EMBEDDED_LOCKED'
  | 'DATABASE_URL_MISSING'
  | 'EXPECTATION';

/**
 * A test server or a test database could not be provided, or a test's expectation about its cost did not hold.
 *
 * Shape: `code` names the situation; `log` holds the last lines the server wrote when it did not start.
 */
export class TestingError extends DjogiError {
  declare readonly code: TestingErrorCode;
  declare readonly log: string | undefined;
  constructor(code: TestingErrorCode, message: string, facts: Readonly<Record<string, unknown>> = {}, options?: ErrorOptions) {
    super(code, message, facts, options);
  }
}

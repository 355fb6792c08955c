// How options given as numbers are checked: one rule for pools, scopes and retries.

import type { Issue } from '../error/value-error.ts';

/** PostgreSQL's integer settings and Node's timers end here. */
const MAX_INT32 = 2_147_483_647;

/** Nothing when `value` is absent or an integer from `min` on; otherwise one issue. */
export function optionIssues(path: string, value: unknown, min: number): Issue[] {
  if (value === undefined) return [];
  const isAllowed = typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= MAX_INT32;
  return isAllowed ? [] : [{ path, rule: 'range', message: `must be an integer from ${min} to ${MAX_INT32}` }];
}

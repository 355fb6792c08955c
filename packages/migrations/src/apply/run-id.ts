// Ids of runs: made here, because the database may have no id generator yet.

import { randomBytes } from 'node:crypto';

/** Decimal text of a positive bigint: milliseconds, then 20 random bits. */
export const newRunId = (now: Date = new Date()): string =>
  String((BigInt(now.getTime()) << 20n) | BigInt(randomBytes(3).readUIntBE(0, 3) & 0xf_ffff));

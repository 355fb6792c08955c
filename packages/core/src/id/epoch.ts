// The moment from which ids count. Fixed, so that ids of two databases can be compared; an installation may choose another, once.

import { IdError } from '../error/instance-error.ts';
import { ValidationError } from '../error/value-error.ts';

/** 2026-01-01T00:00:00Z in milliseconds since 1970. HeerIds last from here until 2095-09-07. */
export const DEFAULT_EPOCH_MS = 1_767_225_600_000;

export interface EpochOption {
  /** The epoch of the installation, as a date or in milliseconds since 1970. Default 2026-01-01T00:00:00Z. */
  readonly epoch?: Date | number;
}

/** The date of a tick, counted from the epoch in milliseconds. Errors: ID_TIMESTAMP_OUT_OF_RANGE when no Date can hold it, VALIDATION for an epoch that is no date. */
export function millisecondsOf(ticks: bigint, options: EpochOption | undefined): Date {
  const epoch = options?.epoch ?? DEFAULT_EPOCH_MS,
    epochMs = typeof epoch === 'number' ? epoch : epoch.getTime();
  if (!Number.isSafeInteger(epochMs))
    throw new ValidationError([{ path: 'epoch', rule: 'type', message: 'must be a valid Date or whole milliseconds since 1970' }]);
  const date = new Date(Number(BigInt(epochMs) + ticks));
  if (Number.isNaN(date.getTime()))
    throw new IdError('ID_TIMESTAMP_OUT_OF_RANGE', 'The moment of the id is beyond what a Date can hold. Read parts(id) instead.', {
      bits: 89,
    });
  return date;
}

// One field of an id's bit layout: in range, or refused. Nothing is ever masked to fit.

import { IdError } from '../error/instance-error.ts';

export type BitFieldName = 'TIMESTAMP' | 'NODE' | 'SEQUENCE';

/** Errors: ID_TIMESTAMP_OUT_OF_RANGE, ID_NODE_OUT_OF_RANGE or ID_SEQUENCE_OUT_OF_RANGE with `value` (a bigint as a string) and `bits`. */
export function expectBitField(family: 'HeerId' | 'RanjId', field: BitFieldName, value: bigint | number, bits: number): void {
  const isInteger = field === 'TIMESTAMP' ? typeof value === 'bigint' : Number.isInteger(value);
  const end = 2n ** BigInt(bits);
  if (isInteger && value >= 0 && value < end) return;
  const type = field === 'TIMESTAMP' ? 'a bigint' : 'an integer';
  throw new IdError(
    `ID_${field}_OUT_OF_RANGE`,
    `The ${field.toLowerCase()} of a ${family} is ${type} from 0 to ${end - 1n} (${bits} bits).`,
    {
      value: typeof value === 'bigint' ? String(value) : value,
      bits,
    },
  );
}

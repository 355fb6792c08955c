// The fixed vectors of the two formats: logical parts, ascending form, newest-first form.

import type { RanjIdPrecision } from '../../src/id/ranj-id.ts';

export const heerVectors: readonly (readonly [timestampMs: bigint, nodeId: number, sequence: number, ascending: string, desc: string])[] = [
  [0n, 0, 0, '0', '9223372036850589695'],
  [1n, 0, 0, '4194304', '9223372036846395391'],
  [0n, 1, 0, '8192', '9223372036850597887'],
  [0n, 0, 1, '1', '9223372036850589694'],
  [1000n, 7, 42, '4194361386', '9223372032656342997'],
  [1234567n, 42, 777, '5178149651209', '9223366858701626614'],
  [32768n, 0, 0, '137438953472', '9223371899411636223'],
  [86400000n, 1, 0, '362387865608192', '9223009648984997887'],
  [2199023255551n, 511, 8191, '9223372036854775807', '4186112'],
  [0n, 511, 0, '4186112', '9223372036854775807'],
];

export const ranjVectors: readonly (readonly [
  timestamp: bigint,
  precision: RanjIdPrecision,
  nodeId: number,
  sequence: number,
  ascending: string,
  desc: string,
])[] = [
  [0n, 'us', 0, 0, '00000000-0000-8000-8000-000000000000', 'ffffffff-ffff-8fff-8fff-ffff8000ffff'],
  [0n, 'us', 100, 200, '00000000-0000-8000-8000-0000006400c8', 'ffffffff-ffff-8fff-8fff-ffff8064ff37'],
  [1000000n, 'us', 100, 200, '00000000-0000-8000-8007-a120006400c8', 'ffffffff-ffff-8fff-8ff8-5edf8064ff37'],
  [1000000n, 'us', 7, 42, '00000000-0000-8000-8007-a1200007002a', 'ffffffff-ffff-8fff-8ff8-5edf8007ffd5'],
  [1234567890123n, 'us', 500, 4096, '00000000-0000-88fb-88fd-826581f41000', 'ffffffff-ffff-8704-8702-7d9a01f4efff'],
  [1000n, 'ns', 1, 0, '00000000-0000-8000-9000-01f400010000', 'ffffffff-ffff-8fff-9fff-fe0b8001ffff'],
  [1000000n, 'fs', 100, 200, '00000000-0000-8000-b007-a120006400c8', 'ffffffff-ffff-8fff-bff8-5edf8064ff37'],
  [2n ** 29n, 'us', 0, 0, '00000000-0000-8001-8000-000000000000', 'ffffffff-ffff-8ffe-8fff-ffff8000ffff'],
  [2n ** 41n, 'us', 0, 0, '00000000-0001-8000-8000-000000000000', 'ffffffff-fffe-8fff-8fff-ffff8000ffff'],
  [31536000000000n, 'us', 1, 0, '00000000-000e-8574-8609-f00000010000', 'ffffffff-fff1-8a8b-89f6-0fff8001ffff'],
  [2n ** 89n - 1n, 'fs', 32767, 65535, 'ffffffff-ffff-8fff-bfff-ffffffffffff', '00000000-0000-8000-b000-00007fff0000'],
];

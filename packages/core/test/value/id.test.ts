// The four kinds of ids, held to the same suite as every other value type.

import fc from 'fast-check';
import { ID_VALUE_KINDS } from '../../src/id/key-kind.ts';
import { testValueKind } from '../support/value-kind-suite.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();
const open = () => server.open();

const heer = fc.oneof(fc.bigInt(0n, 2n ** 63n - 1n), fc.bigInt(0n, 100n)).map(String);
for (const name of ['heerId', 'heerIdDesc'] as const) {
  testValueKind(
    name,
    ID_VALUE_KINDS[name],
    () => ({
      values: ['0', '1', '9', '10', '999999999', '1000000000', '4294967296', '9007199254740993', '9223372036854775807'],
      arbitrary: heer,
      refused: [
        ['', 'id'],
        ['-1', 'id'],
        ['01', 'id'],
        ['+1', 'id'],
        ['1.0', 'id'],
        ['1e3', 'id'],
        [' 1', 'id'],
        ['9223372036854775808', 'id'],
        ['99999999999999999999', 'id'],
        [1, 'id'],
        [1n, 'id'],
      ],
      undecodable: ["'-1'::bigint", "'-9223372036854775808'::bigint"],
      undecodableJson: ['', '-1', '9223372036854775808', 'x', true],
    }),
    open,
  );
}

const ranj = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdef')), minLength: 30, maxLength: 30 }),
    fc.constantFrom('8', '9', 'a', 'b'),
  )
  .map(([hex, variant]) => `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(12, 15)}-${variant}${hex.slice(15, 18)}-${hex.slice(18)}`);
for (const name of ['ranjId', 'ranjIdDesc'] as const) {
  testValueKind(
    name,
    ID_VALUE_KINDS[name],
    () => ({
      values: ['00000000-0000-8000-8000-000000000000', 'ffffffff-ffff-8fff-bfff-ffffffffffff'],
      arbitrary: ranj,
      refused: [
        ['00000000-0000-7000-8000-000000000000', 'id'],
        ['00000000-0000-8000-c000-000000000000', 'id'],
        ['FFFFFFFF-ffff-8fff-bfff-ffffffffffff', 'id'],
        ['', 'id'],
        [1, 'id'],
      ],
      undecodable: ["'00000000-0000-4000-8000-000000000000'::uuid"],
      undecodableJson: ['', 'x', 1, true],
    }),
    open,
  );
}

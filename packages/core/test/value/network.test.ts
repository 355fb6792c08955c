// inet, cidr and macaddr.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arrayKind } from '../../src/value/array.ts';
import type { ValueKind } from '../../src/value/kind.ts';
import { addressOperandKind, cidrKind, inetKind, inetWithPrefixKind, macaddrKind, Network } from '../../src/value/network.ts';
import { booleanKind } from '../../src/value/number.ts';
import { textKind } from '../../src/value/text.ts';
import { testValueKind } from '../support/value-kind-suite.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();
const open = () => server.open();

const octet = fc.oneof(fc.constantFrom(0, 1, 10, 127, 128, 192, 255), fc.integer({ min: 0, max: 255 }));
const group = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.constantFrom(1, 0xffff, 0xa, 0xdb8) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 0xffff }) },
);
/** Addresses in the long form, as bytes. */
const v4 = fc.array(octet, { minLength: 4, maxLength: 4 });
const v6 = fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.flatMap((value) => [value >> 8, value & 255]));
const longText = (bytes: readonly number[]): string =>
  bytes.length === 4
    ? bytes.join('.')
    : Array.from({ length: 8 }, (_, at) => ((bytes[at * 2]! << 8) | bytes[at * 2 + 1]!).toString(16)).join(':');
const addresses = fc.oneof(v4, v6);
const prefixed = addresses.chain((bytes) => fc.integer({ min: 0, max: bytes.length * 8 }).map((prefix) => ({ bytes, prefix })));
const masked = prefixed.map(({ bytes, prefix }) => ({
  prefix,
  bytes: bytes.map((byte, at) => byte & ~(0xff >> Math.min(8, Math.max(0, prefix - at * 8)))),
}));

const hosts = addresses.map((bytes) => Network.inet(longText(bytes)));
const inets = prefixed.map(({ bytes, prefix }) => Network.inet(`${longText(bytes)}/${prefix}`));
const cidrs = masked.map(({ bytes, prefix }) => Network.cidr(`${longText(bytes)}/${prefix}`));
const macs = fc
  .array(octet, { minLength: 6, maxLength: 6 })
  .map((bytes) => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':'));

const HOSTS = [
  '0.0.0.0',
  '10.0.0.1',
  '127.0.0.1',
  '192.168.0.255',
  '255.255.255.255',
  '::',
  '::1',
  '::2',
  '::1.2.3.4',
  '::ffff:10.0.0.1',
  '::fffe:a01:0',
  '2001:db8::1',
  '2001:db8:0:1::',
  'fe80::1:0:0:1',
  '1:2:3:4:5:6:7:8',
  '1:0:2:3:4:5:6:7',
  '1:0:0:2::3',
  '1::2:0:0:3:4',
  'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  '64:ff9b::102:304',
];
const NO_ADDRESS = [
  '',
  '10.0.0',
  '10.0.0.1.2',
  '10.0.0.256',
  '010.0.0.1',
  '10.0.0.-1',
  ' 10.0.0.1',
  '10.0.0.1 ',
  'localhost',
  '10.0.0.1/33',
  '10.0.0.1/',
  '10.0.0.1/08',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  'g::',
  '12345::',
  '::1%eth0',
  '::1/129',
  "'",
  '::1.2.3',
  '1.2.3.4::',
];
const NOT_CANONICAL = [
  '2001:DB8::1',
  '2001:db8:0:0:0:0:0:1',
  '2001:0db8::1',
  '::102:304',
  '::ffff:a00:1',
  '0:0:0:0:0:0:0:1',
  '1::2:0:0:0:3',
];

testValueKind(
  'inet',
  inetKind,
  () => ({
    values: HOSTS,
    arbitrary: hosts,
    pairs: fc.oneof(
      fc.tuple(hosts, hosts),
      hosts.map((value): [string, string] => [value, value]),
    ),
    refused: [
      ...[...NO_ADDRESS, ...NOT_CANONICAL, '10.0.0.1/32', '10.0.0.1/8', '::1/128', '10.0.0.0/8'].map((text): [unknown, string] => [
        text,
        'network',
      ]),
      [1, 'type'],
      [Uint8Array.of(10, 0, 0, 1), 'type'],
    ],
    undecodable: ["'10.0.0.1/8'::inet", "'10.0.0.0/31'::inet", "'::1/64'::inet", "'0.0.0.0/0'::inet"],
    undecodableJson: ['', '10.0.0.1/8', '2001:DB8::1', 1],
  }),
  open,
);

testValueKind(
  'inet with prefix',
  inetWithPrefixKind,
  () => ({
    values: [
      ...HOSTS,
      '10.0.0.1/8',
      '10.0.0.0/8',
      '0.0.0.0/0',
      '192.168.1.5/31',
      '::1/64',
      '::/0',
      '2001:db8::1/127',
      '::ffff:10.0.0.1/96',
    ],
    arbitrary: inets,
    pairs: fc.oneof(
      fc.tuple(inets, inets),
      fc
        .tuple(prefixed, fc.integer({ min: 0, max: 32 }))
        .map(([{ bytes, prefix }, other]): [string, string] => [
          Network.inet(`${longText(bytes)}/${prefix}`),
          Network.inet(`${longText(bytes)}/${other}`),
        ]),
    ),
    refused: [
      ...[...NO_ADDRESS, ...NOT_CANONICAL, '10.0.0.1/32', '::1/128'].map((text): [unknown, string] => [text, 'network']),
      [1, 'type'],
    ],
    undecodableJson: ['', '10.0.0.1/32', 1],
  }),
  open,
);

testValueKind(
  'cidr',
  cidrKind,
  () => ({
    values: [
      '0.0.0.0/0',
      '10.0.0.0/8',
      '10.0.0.1/32',
      '192.168.0.0/17',
      '192.168.128.0/17',
      '192.168.0.254/31',
      '::/0',
      '::1/128',
      '2001:db8::/32',
      'fe80::/10',
      '::ffff:10.0.0.0/104',
    ],
    arbitrary: cidrs,
    pairs: fc.oneof(
      fc.tuple(cidrs, cidrs),
      fc
        .tuple(masked, fc.integer({ min: 0, max: 32 }))
        .map(([{ bytes, prefix }, less]): [string, string] => [
          Network.cidr(`${longText(bytes)}/${prefix}`),
          Network.cidr(
            `${longText(bytes.map((byte, at) => byte & ~(0xff >> Math.min(8, Math.max(0, Math.max(0, prefix - less) - at * 8)))))}/${Math.max(0, prefix - less)}`,
          ),
        ]),
    ),
    refused: [
      ...[...NO_ADDRESS, '10.0.0.0', '10.0.0.1/8', '192.168.1.5/24', '::1', '::1/64', '2001:DB8::/32', '10/8', '192.168.0.255/31'].map(
        (text): [unknown, string] => [text, 'network'],
      ),
      [8, 'type'],
    ],
    undecodableJson: ['10.0.0.1/8', '10.0.0.0', 1],
  }),
  open,
);

testValueKind(
  'macaddr',
  macaddrKind,
  () => ({
    values: ['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', '08:00:2b:01:02:03', '0a:b0:9f:f9:a0:0f'],
    arbitrary: macs,
    pairs: fc.oneof(
      fc.tuple(macs, macs),
      macs.map((value): [string, string] => [value, value]),
    ),
    refused: [
      ...[
        '',
        '08:00:2B:01:02:03',
        '08-00-2b-01-02-03',
        '08002b010203',
        '08:00:2b:01:02',
        '08:00:2b:01:02:03:04',
        '8:0:2b:1:2:3',
        '08:00:2b:01:02:0g',
        ' 08:00:2b:01:02:03',
      ].map((text): [unknown, string] => [text, 'network']),
      [8, 'type'],
    ],
    undecodableJson: ['08-00-2b-01-02-03', 1],
  }),
  open,
);

describe('arrays', () => {
  const testArrayOf = (title: string, element: ValueKind<string>, all: string[], refused: readonly [unknown, string][]): void =>
    testValueKind(
      title,
      arrayKind(element),
      () => {
        const list = fc.array(fc.constantFrom(...all), { maxLength: 5 });
        return {
          values: [[], [all[0]!], all],
          arbitrary: list,
          refused: [
            ...refused.map(([item, rule]): [unknown, string, number] => [[all[0], item], rule, 1]),
            [[null], 'not_null', 0],
            [all[0], 'type'],
          ],
          undecodable: [`ARRAY[NULL]::${element.castType}[]`],
          undecodableJson: [['x'], [1]],
          pairs: fc.tuple(list, list).chain(([left, right]) => fc.constantFrom<[string[], string[]]>([left, right], [left, [...left]])),
        };
      },
      open,
      { runs: 30 },
    );
  testArrayOf('array of inet', inetKind, HOSTS, [
    ['10.0.0.1/8', 'network'],
    [1, 'type'],
  ]);
  testArrayOf('array of cidr', cidrKind, ['10.0.0.0/8', '2001:db8::/32'], [['10.0.0.1/8', 'network']]);
  testArrayOf('array of macaddr', macaddrKind, ['00:00:00:00:00:00', '0a:b0:9f:f9:a0:0f'], [['00-00-00-00-00-00', 'network']]);
});

test('a stored prefix says which option reads it', () => {
  expect(() => inetKind.codec.text.decode('10.0.0.1/8')).toThrow('f.inet({ prefix: true })');
});

test('an operand may be an address or a network, in the spelling of either type', () => {
  for (const text of ['10.0.0.1', '10.0.0.1/32', '10.0.0.1/8', '10.0.0.0/8', '::1', '::1/128'])
    expect([text, addressOperandKind.validate(text)]).toEqual([text, null]);
  for (const text of ['10.0.0', '2001:DB8::1']) expect(addressOperandKind.validate(text)?.rule).toBe('network');
  expect(addressOperandKind.validate(1)?.rule).toBe('type');
});

describe('Network', () => {
  test('turns any spelling of an address into the one that the server prints', async () => {
    const connection = await open();
    const of =
      (type: 'inet' | 'cidr' | 'macaddr') =>
      async (text: string): Promise<string> => {
        const statement = {
          text: `SELECT $1::text::${type}::text AS v`,
          parameters: [textKind.codec],
          rows: { columns: [{ name: 'v', codec: textKind.codec }], as: 'value' as const },
        };
        const printed = (await connection.execute({ statement, values: [text] })).rows[0] as string;
        // Cast to text, an inet shows the prefix of a host, too.
        return type === 'inet' ? printed.replace(printed.includes(':') ? /\/128$/ : /\/32$/, '') : printed;
      };
    for (const text of [...HOSTS, ...NOT_CANONICAL, '10.0.0.1/32', '10.0.0.1/8', '2001:DB8::1/64', '::/128'])
      expect(Network.inet(text)).toBe(await of('inet')(text));
    for (const text of ['10.0.0.0/8', '10.0.0.1', '2001:DB8::/32', '::1']) expect(Network.cidr(text)).toBe(await of('cidr')(text));
    for (const text of ['08:00:2B:01:02:03', '08-00-2b-01-02-03', '0800.2b01.0203', '08002B010203'])
      expect(Network.macaddr(text)).toBe(await of('macaddr')(text));
    await fc.assert(
      fc.asyncProperty(prefixed, async ({ bytes, prefix }) => {
        const text = `${longText(bytes).toUpperCase()}/${prefix}`;
        expect(Network.inet(text)).toBe(await of('inet')(text));
      }),
      { numRuns: 150 },
    );
  });

  test('takes blanks around the text away', () => {
    expect([Network.inet(' ::1\n'), Network.cidr(' 10.0.0.0/8 '), Network.macaddr(' 08002b010203 ')]).toEqual([
      '::1',
      '10.0.0.0/8',
      '08:00:2b:01:02:03',
    ]);
  });

  test.each<[string, () => string]>([
    ['no address', () => Network.inet('localhost')],
    ['octal octets', () => Network.inet('010.0.0.1')],
    ['a zone', () => Network.inet('fe80::1%eth0')],
    ['bits after the prefix', () => Network.cidr('192.168.1.5/24')],
    ['no network', () => Network.cidr('10/8')],
    ['five bytes', () => Network.macaddr('08:00:2b:01:02')],
    ['mixed separators', () => Network.macaddr('08:00-2b:01:02:03')],
  ])('refuses %s', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'network' })] }));
  });
});

test('inet and cidr compare with each other as the server compares them', async () => {
  const connection = await open(),
    { comparison } = inetWithPrefixKind;
  expect(cidrKind.comparison).toBe(comparison);
  const statement = {
    text: 'SELECT $1::inet = $2::cidr AS equal, $1::inet < $2::cidr AS less',
    parameters: [inetWithPrefixKind.codec, cidrKind.codec],
    rows: { columns: ['equal', 'less'].map((name) => ({ name, codec: booleanKind.codec })), as: 'tuple' as const },
  };
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.tuple(inets, cidrs),
        masked.map(({ bytes, prefix }): [string, string] => [
          Network.inet(`${longText(bytes)}/${prefix}`),
          Network.cidr(`${longText(bytes)}/${prefix}`),
        ]),
      ),
      async ([left, right]) => {
        const { rows } = await connection.execute({ statement, values: [left, right] });
        expect([left, right, comparison!.equal(left, right), comparison!.compare!(left, right) < 0]).toEqual([
          left,
          right,
          ...(rows[0] as boolean[]),
        ]);
      },
    ),
    { numRuns: 150 },
  );
});

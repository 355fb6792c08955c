// inet, cidr and macaddr. A value is the text that Postgres prints for it, so that two values are equal when their texts are; other spellings are refused,
// and `Network` turns them into the canonical one.

import { ValidationError } from '../error/value-error.ts';
import type { Codec, WireWriter } from './codec.ts';
import type { Comparison, Problem, ValueKind } from './kind.ts';
import { compareCodePoints, expectString } from './text.ts';

/** An address as bytes, 4 or 16, and how many bits of it name the network. */
interface Address {
  readonly bytes: readonly number[];
  readonly prefix: number;
}

const PREFIX = /^(0|[1-9]\d{0,2})$/;

/** Reads any spelling of an address with an optional prefix; null for what is none. */
function parseAddress(text: string): Address | null {
  const slash = text.indexOf('/'),
    host = slash < 0 ? text : text.slice(0, slash);
  const bytes = host.includes(':') ? parseIpv6(host) : parseIpv4(host);
  if (bytes === null) return null;
  const bits = bytes.length * 8;
  if (slash < 0) return { bytes, prefix: bits };
  const digits = text.slice(slash + 1);
  return PREFIX.test(digits) && Number(digits) <= bits ? { bytes, prefix: Number(digits) } : null;
}

function parseIpv4(text: string): number[] | null {
  const octets = text.split('.');
  // A leading zero means octal to some readers and decimal to others.
  if (octets.length !== 4 || !octets.every((octet) => PREFIX.test(octet) && Number(octet) <= 255)) return null;
  return octets.map(Number);
}

const GROUP = /^[\da-f]{1,4}$/i;

function parseIpv6(text: string): number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [left, right] = halves.map((half, at) => groupsOf(half, at === halves.length - 1));
  if (left === null || left === undefined || right === null) return null;
  if (right === undefined) return left.length === 16 ? left : null;
  const missing = 16 - left.length - right.length;
  return missing < 2 ? null : [...left, ...new Array<number>(missing).fill(0), ...right];
}

/** The bytes of `a:b:c`; the last group of the address may be a dotted one. */
function groupsOf(text: string, isLast: boolean): number[] | null {
  if (text === '') return [];
  const bytes: number[] = [],
    groups = text.split(':');
  for (const [at, group] of groups.entries()) {
    if (isLast && at === groups.length - 1 && group.includes('.')) {
      const dotted = parseIpv4(group);
      if (dotted === null) return null;
      bytes.push(...dotted);
    } else if (GROUP.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 255);
    } else return null;
  }
  return bytes;
}

/**
 * The address without its prefix as Postgres prints it.
 * Source: `inet_net_ntop` in the server's src/port/inet_net_ntop.c: the longest run of two or more zero groups is cut, the first of equals, and addresses
 * that stand for IPv4 end in the dotted form.
 */
function hostText({ bytes }: Address): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, at) => (bytes[at * 2]! << 8) | bytes[at * 2 + 1]!);
  let best = -1,
    length = 1;
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (groups[end] === 0) end++;
    if (end - at > length) {
      best = at;
      length = end - at;
    }
    at = Math.max(at, end);
  }
  const isDotted = best === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff));
  const shown: string[] = groups.slice(0, isDotted ? 6 : 8).map((group) => group.toString(16));
  if (isDotted) shown.push(bytes.slice(12).join('.'));
  if (best < 0) return shown.join(':');
  return `${shown.slice(0, best).join(':')}::${shown.slice(best + length).join(':')}`;
}

const isHost = ({ bytes, prefix }: Address): boolean => prefix === bytes.length * 8;

/** Whether all bits after the prefix are zero, as a cidr must have them. */
const isNetwork = ({ bytes, prefix }: Address): boolean =>
  bytes.every((byte, at) => (byte & (0xff >> Math.min(8, Math.max(0, prefix - at * 8)))) === 0);

const inetText = (address: Address): string => (isHost(address) ? hostText(address) : `${hostText(address)}/${address.prefix}`);
const cidrText = (address: Address): string => `${hostText(address)}/${address.prefix}`;

/**
 * The binary form.
 * Source: `network_send` in the server's src/backend/utils/adt/network.c: family (2 for IPv4, 3 for IPv6), prefix, whether it is a cidr, size, bytes.
 */
function writeAddress(writer: WireWriter, text: string, isCidr: boolean): void {
  const { bytes, prefix } = parseAddress(text)!;
  writer.byte(bytes.length === 4 ? 2 : 3);
  writer.byte(prefix);
  writer.byte(isCidr ? 1 : 0);
  writer.byte(bytes.length);
  for (const byte of bytes) writer.byte(byte);
}

/** The order of the server: IPv4 first, then by the bits that both prefixes cover, then by prefix, then by the rest. */
function compareAddresses(left: string, right: string): number {
  if (left === right) return 0;
  const a = parseAddress(left)!,
    b = parseAddress(right)!;
  if (a.bytes.length !== b.bytes.length) return a.bytes.length - b.bytes.length;
  return compareBits(a, b, Math.min(a.prefix, b.prefix)) || a.prefix - b.prefix || compareBits(a, b, a.bytes.length * 8);
}

function compareBits(left: Address, right: Address, bits: number): number {
  for (let at = 0; at * 8 < bits; at++) {
    const mask = 0xff & ~(0xff >> Math.min(8, bits - at * 8)),
      difference = (left.bytes[at]! & mask) - (right.bytes[at]! & mask);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Shared by inet and cidr, which the server compares with each other. */
const addressComparison: Comparison<string> = Object.freeze({
  equal: (left, right) => compareAddresses(left, right) === 0,
  compare: compareAddresses,
  isOrderPortable: true,
} satisfies Comparison<string>);

const same = (value: string): string => value;

function addressKind(
  type: 'inet' | 'cidr',
  validate: (value: unknown) => Problem | null,
  decode: (text: string) => string,
): ValueKind<string> {
  const codec: Codec<string> = {
    text: { encode: same, decode, decodeBytes: (bytes, start, end) => decode(bytes.latin1Slice(start, end)) },
    binary: {
      oid: type === 'inet' ? 869 : 650,
      arrayOid: type === 'inet' ? 1041 : 651,
      encode: (writer, value) => writeAddress(writer, value, type === 'cidr'),
    },
    literal: (value) => `'${value}'::${type}`,
    json: { encode: same, decode: (json) => checked(expectString(json), validate) },
  };
  return Object.freeze({
    name: type,
    sqlType: type,
    castType: type,
    operations: 'ordered',
    // min and max take both types and give inet, which prints the network of a single host without its prefix.
    aggregation: { extremes: { min: 'min', max: 'max', isCast: type === 'cidr' } },
    validate,
    comparison: addressComparison,
    codec: Object.freeze(codec),
  } satisfies ValueKind<string>);
}

function checked(text: string, validate: (value: unknown) => Problem | null): string {
  if (validate(text) !== null) throw new TypeError('a network address in its canonical form is wanted');
  return text;
}

const problemOf = (value: unknown, textOf: (address: Address) => string | null, message: string): Problem | null => {
  if (typeof value !== 'string') return { rule: 'type', message };
  const address = parseAddress(value);
  return address !== null && textOf(address) === value ? null : { rule: 'network', message };
};

const HOST = 'must be an IP address as Postgres prints it, such as 203.0.113.7 or 2001:db8::7 (Network.inet makes it of other spellings)';

function withoutPrefix(text: string): string {
  if (text.includes('/')) throw new RangeError('the stored address has a network prefix: declare the field as f.inet({ prefix: true })');
  return text;
}

/** `inet` as the address of a host. A stored address with another prefix than that of a host fails to decode. */
export const inetKind: ValueKind<string> = addressKind(
  'inet',
  (value) => problemOf(value, (address) => (isHost(address) ? hostText(address) : null), HOST),
  withoutPrefix,
);

/** `inet` with whatever prefix it has: `192.168.0.1/24`. That of a host is left out, as Postgres prints it. */
export const inetWithPrefixKind: ValueKind<string> = addressKind(
  'inet',
  (value) => problemOf(value, inetText, `${HOST.replace(' (', ', with an optional prefix such as /24 (')}`),
  same,
);

/** `cidr`: a network, with its prefix and without bits after it. */
export const cidrKind: ValueKind<string> = addressKind(
  'cidr',
  (value) =>
    problemOf(
      value,
      (address) => (isNetwork(address) ? cidrText(address) : null),
      'must be a network as Postgres prints it, such as 203.0.113.0/24, with no bits set after the prefix (Network.cidr makes it of other spellings)',
    ),
  same,
);

/** What the other side of a network operator may be: an address or a network, in the spelling of inet or of cidr. Never a column. */
export const addressOperandKind: ValueKind<string> = addressKind(
  'inet',
  (value) =>
    problemOf(
      value,
      (address) => (value === cidrText(address) ? cidrText(address) : inetText(address)),
      'must be an IP address or a network as Postgres prints it, such as 203.0.113.7 or 203.0.113.0/24',
    ),
  same,
);

const MAC = /^[\da-f]{2}(?::[\da-f]{2}){5}$/;
const macaddrProblem = (value: unknown): Problem | null => {
  const message =
    'must be a MAC address in lower case with colons, such as 0a:1b:2c:3d:4e:5f (Network.macaddr makes it of other spellings)';
  return typeof value !== 'string' ? { rule: 'type', message } : MAC.test(value) ? null : { rule: 'network', message };
};

export const macaddrKind: ValueKind<string> = Object.freeze({
  name: 'macaddr',
  sqlType: 'macaddr',
  castType: 'macaddr',
  operations: 'ordered',
  aggregation: { extremes: { min: 'min', max: 'max', isCast: true, asText: true } },
  validate: macaddrProblem,
  // Hexadecimal of one length in lower case is in the order of the bytes.
  comparison: { equal: (left, right) => left === right, compare: compareCodePoints, isOrderPortable: true },
  codec: {
    text: { encode: same, decode: same, decodeBytes: (bytes, start, end) => bytes.latin1Slice(start, end) },
    binary: {
      oid: 829,
      arrayOid: 1040,
      encode: (writer, value) => {
        for (let at = 0; at < 17; at += 3) writer.byte(Number.parseInt(value.slice(at, at + 2), 16));
      },
    },
    literal: (value) => `'${value}'::macaddr`,
    json: { encode: same, decode: (json) => checked(expectString(json), macaddrProblem) },
  },
} satisfies ValueKind<string>);

function refused(message: string): never {
  throw new ValidationError([{ path: '', rule: 'network', message }]);
}

function addressOf(text: string): Address {
  return parseAddress(text.trim()) ?? refused('must be an IPv4 or IPv6 address, with an optional prefix such as /24');
}

/** A MAC address in one of the spellings in use: pairs joined by colons or hyphens, fours joined by dots, or no separator at all. */
const MAC_SPELLINGS = /^(?:[\da-f]{2}(?::[\da-f]{2}){5}|[\da-f]{2}(?:-[\da-f]{2}){5}|[\da-f]{4}(?:\.[\da-f]{4}){2}|[\da-f]{12})$/i;

/**
 * The canonical form of network values, which the fields ask for.
 *
 * Errors: VALIDATION with `network` for what is no such value.
 *
 * @example
 * Network.inet('2001:DB8:0:0::1')       // '2001:db8::1'
 * Network.cidr('192.168.1.0/24')        // itself; bits after the prefix are refused
 * Network.macaddr('08-00-2B-01-02-03')  // '08:00:2b:01:02:03'
 */
export const Network = Object.freeze({
  /** An address; the prefix is kept unless it is that of a host. */
  inet: (text: string): string => inetText(addressOf(text)),
  /** A network. Without a prefix, the network of one host. */
  cidr(text: string): string {
    const address = addressOf(text);
    return isNetwork(address) ? cidrText(address) : refused('must have no bits set after its prefix');
  },
  macaddr(text: string): string {
    const trimmed = text.trim();
    if (!MAC_SPELLINGS.test(trimmed)) refused('must be a MAC address of six bytes');
    return trimmed
      .replaceAll(/[^\da-f]/gi, '')
      .toLowerCase()
      .replaceAll(/..(?!$)/g, '$&:');
  },
});

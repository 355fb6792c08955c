// Which codec reads a column of which only the type's OID is known: raw SQL has no field to ask. A value comes back exactly, as the field kind of
// its type would give it; what has no kind here comes back as the server's text.
// Source of the OIDs: src/include/catalog/pg_type.dat of the server; those of built-in types never change.

import { arrayCodec } from '../value/array.ts';
import { byteaKind, uuidKind } from '../value/binary.ts';
import type { Codec } from '../value/codec.ts';
import { decimalKind } from '../value/decimal.ts';
import { intervalKind } from '../value/interval.ts';
import { cidrKind, inetWithPrefixKind, macaddrKind } from '../value/network.ts';
import { booleanKind, countKind, doubleKind, intKind, realKind, smallintKind } from '../value/number.ts';
import { RANGE_KINDS } from '../value/range.ts';
import { parseJson } from '../value/json.ts';
import { textCodec, textKind } from '../value/text.ts';
import { dateKind, instantKind, timeKind, timestampKind, timestamptzKind } from '../value/time.ts';

const TIMESTAMPTZ = 1184;
const TIMESTAMPTZ_ARRAY = 1185;

/** Text as it is, for types that are read as strings: int8 (exact, and the form of ids), enums, and whatever is not listed. */
const serverText: Codec<string> = Object.freeze({ text: textKind.codec.text, literal: textKind.codec.literal, json: textKind.codec.json });

const jsonCodec: Codec<unknown> = Object.freeze({
  text: { encode: (value: unknown) => JSON.stringify(value), decode: parseJson },
  literal: (value: unknown) => textKind.codec.literal(JSON.stringify(value)),
  json: { encode: (value: unknown) => value, decode: (json: unknown) => json },
});

interface TypeRow {
  readonly oid: number;
  readonly arrayOid: number;
  readonly castType: string;
  readonly codec: Codec<any>;
}

const rows: readonly TypeRow[] = [
  { oid: 16, arrayOid: 1000, castType: 'boolean', codec: booleanKind.codec },
  { oid: 17, arrayOid: 1001, castType: 'bytea', codec: byteaKind.codec },
  { oid: 18, arrayOid: 1002, castType: '"char"', codec: serverText },
  { oid: 19, arrayOid: 1003, castType: 'name', codec: serverText },
  { oid: 20, arrayOid: 1016, castType: 'bigint', codec: serverText },
  { oid: 21, arrayOid: 1005, castType: 'smallint', codec: smallintKind.codec },
  { oid: 23, arrayOid: 1007, castType: 'integer', codec: intKind.codec },
  { oid: 25, arrayOid: 1009, castType: 'text', codec: textKind.codec },
  // Unsigned and of 32 bits, so a number holds it; its text is read as that of a bigint is.
  {
    oid: 26,
    arrayOid: 1028,
    castType: 'oid',
    codec: { text: countKind.codec.text, literal: countKind.codec.literal, json: countKind.codec.json },
  },
  { oid: 114, arrayOid: 199, castType: 'json', codec: jsonCodec },
  { oid: 650, arrayOid: 651, castType: 'cidr', codec: cidrKind.codec },
  { oid: 700, arrayOid: 1021, castType: 'real', codec: realKind.codec },
  { oid: 701, arrayOid: 1022, castType: 'double precision', codec: doubleKind.codec },
  { oid: 829, arrayOid: 1040, castType: 'macaddr', codec: macaddrKind.codec },
  { oid: 869, arrayOid: 1041, castType: 'inet', codec: inetWithPrefixKind.codec },
  { oid: 1042, arrayOid: 1014, castType: 'bpchar', codec: textCodec(1042, 1014, 'bpchar') },
  { oid: 1043, arrayOid: 1015, castType: 'character varying', codec: textCodec(1043, 1015, 'character varying') },
  { oid: 1082, arrayOid: 1182, castType: 'date', codec: dateKind.codec },
  { oid: 1083, arrayOid: 1183, castType: 'time', codec: timeKind.codec },
  { oid: 1114, arrayOid: 1115, castType: 'timestamp', codec: timestampKind.codec },
  { oid: TIMESTAMPTZ, arrayOid: TIMESTAMPTZ_ARRAY, castType: 'timestamp with time zone', codec: instantKind.codec },
  { oid: 1186, arrayOid: 1187, castType: 'interval', codec: intervalKind.codec },
  { oid: 1700, arrayOid: 1231, castType: 'numeric', codec: decimalKind({}).codec },
  { oid: 2950, arrayOid: 2951, castType: 'uuid', codec: uuidKind.codec },
  { oid: 3802, arrayOid: 3807, castType: 'jsonb', codec: jsonCodec },
  // Their codecs know their OIDs.
  ...Object.values(RANGE_KINDS).map(({ castType, codec }) => ({
    oid: codec.binary!.oid,
    arrayOid: codec.binary!.arrayOid,
    castType,
    codec,
  })),
];

const codecs: ReadonlyMap<number, Codec<any>> = new Map(
  rows.flatMap(({ oid, arrayOid, castType, codec }): [number, Codec<any>][] => [
    [oid, codec],
    [arrayOid, arrayCodec(codec, castType, true)],
  ]),
);
const millisecondArray = arrayCodec(timestamptzKind.codec, 'timestamp with time zone', true);

/**
 * The codec for values of type `oid`.
 *
 * Shape: `bigint`, `numeric` and types without a row give strings; `timestamptz(3)` a `Date`, `timestamptz` of more digits a `Temporal.Instant`, which
 * alone holds them; `date`, `time`, `timestamp` and `interval` their Temporal types; ranges a `Range`; `json` the parsed document.
 */
export function codecOfOid(oid: number, typeModifier = -1): Codec<any> {
  // The modifier of timestamptz is its number of fractional digits; -1 means 6.
  if (typeModifier >= 0 && typeModifier <= 3) {
    if (oid === TIMESTAMPTZ) return timestamptzKind.codec;
    if (oid === TIMESTAMPTZ_ARRAY) return millisecondArray;
  }
  return codecs.get(oid) ?? serverText;
}

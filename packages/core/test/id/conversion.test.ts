// HeerIds and RanjIds out of each other, and what ids say: in process and in the database, which agree to the bit.

import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installHeer } from '../../src/db/heer-node.ts';
import {
  checkConvertible,
  heerIdDescToRanjIdDesc,
  heerIdToRanjId,
  ranjIdDescsToHeerIdDescs,
  ranjIdDescToHeerIdDesc,
  ranjIdsToHeerIds,
  ranjIdToHeerId,
} from '../../src/id/conversion.ts';
import { HeerId, HeerIdDesc } from '../../src/id/heer-id.ts';
import { RanjId, RanjIdDesc, type RanjIdPrecision } from '../../src/id/ranj-id.ts';
import { idErrorOfSqlState } from '../../src/id/sqlstate.ts';
import { contextOver, startServer, type TestServer } from '../support/server.ts';
import { heerVectors, ranjVectors } from './vectors.ts';

let server: TestServer;
let client: pg.Client;
beforeAll(async () => {
  server = await startServer();
  client = await server.connect();
  await installHeer(contextOver(client));
});
afterAll(() => server?.stop());

const PER_MILLISECOND = { us: 1_000n, ns: 1_000_000n, ps: 1_000_000_000n, fs: 1_000_000_000_000n } as const;

const precisions = fc.constantFrom<RanjIdPrecision>('us', 'ns', 'ps', 'fs');
const anyHeerId = fc
  .oneof(fc.bigInt(0n, 2n ** 63n - 1n), fc.constantFrom(0n, 2n ** 63n - 1n, 2n ** 22n, 8191n))
  .map((bits) => HeerId.fromBigInt(bits));
const anyRanjId = fc
  .record({
    timestamp: fc.oneof(
      fc.bigInt(0n, 2n ** 89n - 1n),
      fc.bigInt(0n, 2n ** 52n),
      fc.constantFrom(0n, 2n ** 29n, 2n ** 41n, 2n ** 63n, 2n ** 89n - 1n),
    ),
    precision: precisions,
    nodeId: fc.nat(32_767),
    sequence: fc.nat(65_535),
  })
  .map((parts) => RanjId.fromParts(parts));
/** RanjIds that have a HeerId, many of them in few milliseconds. */
const convertible = fc
  .record({
    timestampMs: fc.oneof(fc.bigInt(0n, 5n), fc.bigInt(0n, 2n ** 41n - 1n)),
    below: fc.bigInt(0n, 999n),
    precision: precisions,
    nodeId: fc.oneof(fc.nat(3), fc.nat(511)),
    sequence: fc.nat(65_535),
  })
  .map(({ timestampMs, below, precision, nodeId, sequence }) =>
    RanjId.fromParts({
      timestamp: (timestampMs * PER_MILLISECOND[precision] * 1000n + below * PER_MILLISECOND[precision]) / 1000n,
      precision,
      nodeId,
      sequence,
    }),
  );

function codeIn(run: () => unknown): string {
  try {
    run();
    return 'nothing raised';
  } catch (error) {
    return (error as { code: string }).code;
  }
}
async function codeOf(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => null,
    (failure: unknown) => failure as { code?: string; message: string },
  );
  return error === null ? 'nothing raised' : (idErrorOfSqlState(error.code ?? '', error)?.code ?? `${error.code}: ${error.message}`);
}
/** An expression over the column `id` of many values, as text. */
async function inSql(type: 'bigint' | 'uuid', expression: string, ids: readonly string[]): Promise<(string | null)[]> {
  const { rows } = await client.query<{ answer: string | null }>(
    `SELECT (${expression})::text AS answer FROM unnest($1::${type}[]) WITH ORDINALITY AS u(id, n) ORDER BY n`,
    [ids],
  );
  return rows.map((row) => row.answer);
}

describe('a HeerId to a RanjId', () => {
  const id = HeerId.fromParts({ timestampMs: 1_234_567n, nodeId: 42, sequence: 777 });

  test('gives the vectors of the format', () => {
    expect(heerIdToRanjId(id, { precision: 'ns' })).toBe('00000000-0000-88fb-98f6-b7e0002a0309');
    expect(heerIdToRanjId(id)).toBe('00000000-0000-8002-84ca-ffac002a0309');
    expect(heerIdDescToRanjIdDesc(HeerId.toDesc(id), { precision: 'ns' })).toBe('ffffffff-ffff-8704-9709-481f802afcf6');
  });

  test('keeps moment, node and sequence, in every precision, and there is always one', () => {
    fc.assert(
      fc.property(anyHeerId, precisions, (heer, precision) => {
        const { timestampMs, nodeId, sequence } = HeerId.parts(heer);
        const ranj = heerIdToRanjId(heer, { precision });
        expect(RanjId.parts(ranj)).toMatchObject({ timestamp: timestampMs * PER_MILLISECOND[precision], precision, nodeId, sequence });
        expect(RanjId.toDate(ranj)).toEqual(HeerId.toDate(heer));
        expect(RanjIdDesc.toAscending(heerIdDescToRanjIdDesc(HeerId.toDesc(heer), { precision }))).toBe(ranj);
      }),
    );
  });

  test('in the database is the same', async () => {
    const ids = [...heerVectors.map(([, , , ascending]) => HeerId.parse(ascending)), ...fc.sample(anyHeerId, 300)];
    expect(await inSql('bigint', 'heerid_to_ranjid(id)', ids)).toEqual(ids.map((heer) => heerIdToRanjId(heer)));
    for (const precision of ['us', 'ns', 'ps', 'fs'] as const) {
      expect(await inSql('bigint', `heerid_to_ranjid(id, '${precision}')`, ids)).toEqual(
        ids.map((heer) => heerIdToRanjId(heer, { precision })),
      );
      expect(await inSql('bigint', `heerid_desc_to_ranjid_desc(id, '${precision}')`, HeerId.toDesc(ids))).toEqual(
        HeerId.toDesc(ids).map((heer) => heerIdDescToRanjIdDesc(heer, { precision })),
      );
    }
  });

  test('of an unknown precision, or out of a negative number, is refused', async () => {
    expect(codeIn(() => heerIdToRanjId(id, { precision: 'ms' as 'us' }))).toBe('ID_PRECISION_UNKNOWN');
    expect(codeIn(() => heerIdToRanjId(id, { precision: 'toString' as 'us' }))).toBe('ID_PRECISION_UNKNOWN');
    expect(await codeOf(client.query("SELECT heerid_to_ranjid(1, 'ms')"))).toBe('ID_PRECISION_UNKNOWN');
    expect(await codeOf(client.query('SELECT heerid_to_ranjid(-1)'))).toBe('ID_NEGATIVE');
  });
});

describe('a RanjId to a HeerId', () => {
  const at = (timestamp: bigint, sequence: number, nodeId = 5, precision: RanjIdPrecision = 'us'): RanjId =>
    RanjId.fromParts({ timestamp, precision, nodeId, sequence });

  test('cuts the time to milliseconds and has the sequence 0', () => {
    expect(HeerId.parts(ranjIdToHeerId(at(1999n, 77)))).toEqual({ timestampMs: 1n, nodeId: 5, sequence: 0 });
    fc.assert(
      fc.property(convertible, (id) => {
        const { timestampMicros, nodeId } = RanjId.parts(id);
        expect(HeerId.parts(ranjIdToHeerId(id))).toEqual({ timestampMs: timestampMicros / 1000n, nodeId, sequence: 0 });
        expect(ranjIdDescToHeerIdDesc(RanjId.toDesc(id))).toBe(HeerId.toDesc(ranjIdToHeerId(id)));
      }),
    );
  });

  test('undoes the way there, but for the sequence', () => {
    fc.assert(
      fc.property(anyHeerId, precisions, (heer, precision) => {
        expect(HeerId.parts(ranjIdToHeerId(heerIdToRanjId(heer, { precision })))).toEqual({ ...HeerId.parts(heer), sequence: 0 });
      }),
    );
  });

  test('of many numbers those of one node and millisecond, in the order of the format', () => {
    const ids = [at(1000n, 0), at(1500n, 1), at(1999n, 2)];
    expect(ranjIdsToHeerIds([ids[2]!, ids[0]!, ids[1]!])).toEqual([
      [ids[0], '4235264'],
      [ids[1], '4235265'],
      [ids[2], '4235266'],
    ]);
  });

  test('of many gives each distinct id a HeerId of its own, sorted, in both orders', () => {
    fc.assert(
      fc.property(fc.array(convertible, { maxLength: 60 }), (ids) => {
        const pairs = ranjIdsToHeerIds([...ids, ...ids]);
        expect(pairs.map(([source]) => source)).toEqual([...new Set(ids)].sort(RanjId.compare));
        expect(new Set(pairs.map(([, target]) => target)).size).toBe(pairs.length);
        for (const [source, target] of pairs) {
          const { timestampMicros, nodeId } = RanjId.parts(source);
          expect(HeerId.parts(target)).toMatchObject({ timestampMs: timestampMicros / 1000n, nodeId });
        }
        const flipped = ranjIdDescsToHeerIdDescs(RanjId.toDesc(ids));
        expect(flipped.map(([source]) => source)).toEqual(RanjId.toDesc([...new Set(ids)]).sort(RanjIdDesc.compare));
        expect(new Map(flipped)).toEqual(new Map(pairs.map(([source, target]) => [RanjId.toDesc(source), HeerId.toDesc(target)])));
      }),
    );
  });

  test('in the database is the same, one by one and together', async () => {
    const ids = fc.sample(convertible, 400);
    expect(await inSql('uuid', 'ranjid_to_heerid(id)', ids)).toEqual(ids.map((id) => ranjIdToHeerId(id)));
    const flipped = RanjId.toDesc(ids);
    expect(await inSql('uuid', 'ranjid_desc_to_heerid_desc(id)', flipped)).toEqual(flipped.map((id) => ranjIdDescToHeerIdDesc(id)));

    const together = await client.query<{ source: RanjId; target: string }>('SELECT * FROM ranjids_to_heerids($1::uuid[])', [
      [...ids, null, ids[0]],
    ]);
    expect(together.rows.map((row) => [row.source, row.target])).toEqual(ranjIdsToHeerIds(ids));
    const desc = await client.query<{ source: RanjIdDesc; target: string }>('SELECT * FROM ranjids_desc_to_heerids_desc($1::uuid[])', [
      flipped,
    ]);
    expect(desc.rows.map((row) => [row.source, row.target])).toEqual(ranjIdDescsToHeerIdDescs(flipped));
    expect((await client.query('SELECT * FROM ranjids_to_heerids(ARRAY[]::uuid[])')).rowCount).toBe(0);
  });

  test.each([
    ['a node above 511', at(0n, 0, 600), 'ID_CONV_NODE_OVERFLOW'],
    ['a time of 2^41 ms', at(2n ** 41n * 1000n, 0), 'ID_CONV_TIMESTAMP_OVERFLOW'],
    ['both', at(2n ** 89n - 1n, 0, 512), 'ID_CONV_NODE_OVERFLOW'],
    ['the last time of all', at(2n ** 89n - 1n, 0, 511, 'fs'), 'ID_CONV_TIMESTAMP_OVERFLOW'],
    ['the last femtosecond that fits', at(2n ** 41n * 10n ** 12n - 1n, 0, 511, 'fs'), 'nothing raised'],
    ['the femtosecond after it', at(2n ** 41n * 10n ** 12n, 0, 511, 'fs'), 'ID_CONV_TIMESTAMP_OVERFLOW'],
    ['the last node and millisecond', at(2n ** 41n * 1000n - 1n, 0, 511), 'nothing raised'],
  ])('of %s', async (_what, id, code) => {
    expect(codeIn(() => ranjIdToHeerId(id))).toBe(code);
    expect(codeIn(() => ranjIdsToHeerIds([id]))).toBe(code);
    expect(codeIn(() => ranjIdDescToHeerIdDesc(RanjId.toDesc(id)))).toBe(code);
    expect(await codeOf(client.query('SELECT ranjid_to_heerid($1)', [id]))).toBe(code);
    expect(await codeOf(client.query('SELECT * FROM ranjids_to_heerids(ARRAY[$1::uuid])', [id]))).toBe(code);
    expect(await codeOf(client.query('SELECT ranjid_desc_to_heerid_desc($1)', [RanjId.toDesc(id)]))).toBe(code);
    expect(checkConvertible([id]).map((conflict) => conflict.code)).toEqual(code === 'nothing raised' ? [] : [code]);
  });

  test('has room for 8,192 of a node in a millisecond', async () => {
    const ids = Array.from({ length: 8_193 }, (_, n) => at(7_000n + BigInt(n % 1000), n));
    const fit = ids.slice(0, 8_192);
    expect(new Set(ranjIdsToHeerIds(fit).map(([, target]) => HeerId.parts(target).sequence))).toEqual(
      new Set(Array.from({ length: 8_192 }, (_, n) => n)),
    );
    expect(checkConvertible(fit)).toEqual([]);
    expect(codeIn(() => ranjIdsToHeerIds(ids))).toBe('ID_CONV_SEQUENCE_OVERFLOW');
    expect(await codeOf(client.query('SELECT count(*) FROM ranjids_to_heerids($1::uuid[])', [fit]))).toBe('nothing raised');
    expect(await codeOf(client.query('SELECT * FROM ranjids_to_heerids($1::uuid[])', [ids]))).toBe('ID_CONV_SEQUENCE_OVERFLOW');
    expect(checkConvertible(ids)).toEqual([{ code: 'ID_CONV_SEQUENCE_OVERFLOW', ids: [...ids].sort(RanjId.compare) }]);
  });

  test('checkConvertible finds every conflict, the node before the time', () => {
    const both = at(2n ** 60n, 0, 700),
      late = at(2n ** 60n, 0, 5),
      high = at(1n, 0, 512),
      fine = at(1n, 0, 511);
    expect(checkConvertible([late, fine, both, high, late])).toEqual([
      { code: 'ID_CONV_NODE_OVERFLOW', ids: [both, high].sort(RanjId.compare) },
      { code: 'ID_CONV_TIMESTAMP_OVERFLOW', ids: [late] },
    ]);
    expect(checkConvertible([])).toEqual([]);
  });

  test('says which part was too large for how many bits', () => {
    expect(() => ranjIdToHeerId(at(0n, 0, 600))).toThrow(expect.objectContaining({ name: 'IdError', value: 600, bits: 9 }) as Error);
    expect(() => ranjIdToHeerId(at(2n ** 60n, 0))).toThrow(
      expect.objectContaining({ value: String(2n ** 60n / 1000n), bits: 41 }) as Error,
    );
  });
});

describe('what an id says in the database', () => {
  test('of a HeerId is what parts and toDate say', async () => {
    const ids = [...heerVectors.map(([, , , ascending]) => HeerId.parse(ascending)), ...fc.sample(anyHeerId, 300)];
    expect(await inSql('bigint', `heerid_timestamp_ms(id) || ' ' || heerid_node_id(id) || ' ' || heerid_sequence(id)`, ids)).toEqual(
      ids.map((id) => {
        const { timestampMs, nodeId, sequence } = HeerId.parts(id);
        return `${timestampMs} ${nodeId} ${sequence}`;
      }),
    );
    const milliseconds = `(extract(epoch FROM heerid_date(id)) * 1000)::bigint`;
    expect(await inSql('bigint', milliseconds, ids)).toEqual(ids.map((id) => String(HeerId.toDate(id).getTime())));
    expect(await inSql('bigint', milliseconds.replace('heerid_date', 'heerid_desc_date'), ids)).toEqual(
      ids.map((id) => String(HeerIdDesc.toDate(HeerIdDesc.parse(id)).getTime())),
    );
  });

  test('of a RanjId is what parts and toDate say', async () => {
    const ids = [...ranjVectors.map(([, , , , ascending]) => RanjId.parse(ascending)), ...fc.sample(anyRanjId, 300)];
    const read = `ranjid_timestamp(id) || ' ' || ranjid_precision(id) || ' ' || ranjid_node_id(id) || ' ' || ranjid_sequence(id) || ' ' || ranjid_timestamp_micros(id)`;
    expect(await inSql('uuid', read, ids)).toEqual(
      ids.map((id) => {
        const { timestamp, precision, nodeId, sequence, timestampMicros } = RanjId.parts(id);
        return `${timestamp} ${precision} ${nodeId} ${sequence} ${timestampMicros}`;
      }),
    );
    // A Date ends before a timestamp does.
    const dated = ids.filter((id) => RanjId.parts(id).timestampMicros < 8_000_000_000_000_000_000n);
    const micros = `(extract(epoch FROM ranjid_date(id)) * 1000000)::numeric(30)`;
    expect(await inSql('uuid', micros, dated)).toEqual(
      dated.map((id) => String(1_767_225_600_000_000n + RanjId.parts(id).timestampMicros)),
    );
    expect(await inSql('uuid', micros.replace('ranjid_date', 'ranjid_desc_date'), RanjId.toDesc(dated))).toEqual(
      dated.map((id) => String(1_767_225_600_000_000n + RanjId.parts(id).timestampMicros)),
    );
    const floored = `(floor(extract(epoch FROM ranjid_date(id)) * 1000))::bigint`;
    expect(await inSql('uuid', floored, dated)).toEqual(dated.map((id) => String(RanjId.toDate(id).getTime())));
  });

  test('does not depend on the time zone of the session', async () => {
    const id = HeerId.fromParts({ timestampMs: 15_000_000_000n, nodeId: 1, sequence: 0 });
    await client.query("SET TimeZone = 'Europe/Oslo'");
    expect((await client.query<{ at: Date }>('SELECT heerid_date($1::bigint) AS at', [id])).rows[0]!.at).toEqual(HeerId.toDate(id));
    await client.query('RESET TimeZone');
  });

  test('is refused out of what is no id, and NULL out of NULL', async () => {
    const version4 = '550e8400-e29b-41d4-a716-446655440000',
      variant = '00000000-0000-8000-0000-000000000000',
      last = RanjId.fromParts({ timestamp: 2n ** 89n - 1n, precision: 'us', nodeId: 1, sequence: 1 });
    for (const name of [
      'heerid_timestamp_ms',
      'heerid_node_id',
      'heerid_sequence',
      'heerid_date',
      'heerid_desc_date',
      'heerid_to_ranjid',
    ]) {
      expect(await codeOf(client.query(`SELECT ${name}(-5)`))).toBe('ID_NEGATIVE');
      expect((await client.query(`SELECT ${name}(NULL) AS none`)).rows).toEqual([{ none: null }]);
    }
    for (const name of [
      'ranjid_timestamp',
      'ranjid_precision',
      'ranjid_node_id',
      'ranjid_sequence',
      'ranjid_timestamp_micros',
      'ranjid_date',
      'ranjid_desc_date',
      'ranjid_to_heerid',
    ]) {
      expect(await codeOf(client.query(`SELECT ${name}($1::uuid)`, [version4]))).toBe('ID_INVALID_VERSION');
      expect(await codeOf(client.query(`SELECT ${name}($1::uuid)`, [variant]))).toBe('ID_INVALID_VARIANT');
      expect((await client.query(`SELECT ${name}(NULL) AS none`)).rows).toEqual([{ none: null }]);
    }
    expect(await codeOf(client.query('SELECT ranjid_date($1::uuid)', [last]))).toBe('ID_TIMESTAMP_OUT_OF_RANGE');
    expect(codeIn(() => RanjId.toDate(last))).toBe('ID_TIMESTAMP_OUT_OF_RANGE');
  });

  test('counts from the epoch of the installation', async () => {
    await server.createDatabase('older');
    const older = await server.connect('older'),
      epoch = new Date('2020-06-01T00:00:00Z');
    await installHeer(contextOver(older), { epoch });
    const heer = HeerId.fromParts({ timestampMs: 86_400_000n, nodeId: 1, sequence: 0 });
    const { rows } = await older.query<{ heer: Date; ranj: Date }>(
      'SELECT heerid_date($1::bigint) AS heer, ranjid_date($2::uuid) AS ranj',
      [heer, heerIdToRanjId(heer)],
    );
    expect(rows).toEqual([{ heer: HeerId.toDate(heer, { epoch }), ranj: HeerId.toDate(heer, { epoch }) }]);
  });

  test('can be an index', async () => {
    await client.query('CREATE TEMPORARY TABLE dated (id bigint PRIMARY KEY); CREATE INDEX dated_at ON dated (heerid_desc_date(id))');
    await client.query('INSERT INTO dated VALUES ($1::bigint)', [HeerIdDesc.fromParts({ timestampMs: 0n, nodeId: 1, sequence: 0 })]);
    await client.query('SET enable_seqscan = off');
    const { rows } = await client.query<{ 'QUERY PLAN': string }>("EXPLAIN SELECT FROM dated WHERE heerid_desc_date(id) < '2027-01-01Z'");
    expect(rows.map((row) => row['QUERY PLAN']).join(' ')).toContain('dated_at');
    await client.query('RESET enable_seqscan');
  });
});

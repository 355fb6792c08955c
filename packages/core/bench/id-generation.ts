// What an id costs: microseconds a row as a column default beside bigserial and uuidv7(), microseconds an id in a batch, nextval calls a
// millisecond from many connections (the figure that uniqueness within a millisecond rests on: it must stay below 8,192), and ids written to the wire.
// The strict allocator: one id a statement from 1 and from 16 connections, ids of one statement, and batches.
// Run: node --conditions=@djogi/source bench/id-generation.ts

import { startEmbedded } from '@djogi/testing/embedded';
import pg from 'pg';
import { heerBootstrapSql } from '../src/id/bootstrap-sql.ts';
import { isHeerIdText } from '../src/id/heer-id.ts';
import { ID_VALUE_KINDS } from '../src/id/key-kind.ts';
import { heerNodeSettings } from '../src/id/node-binding.ts';
import type { WireWriter } from '../src/value/codec.ts';

const ROWS = 100_000,
  ROUNDS = 5,
  CONNECTIONS = [1, 2, 4, 16];

const server = await startEmbedded();
const options = Object.entries(heerNodeSettings({ nodeId: 1 }))
  .map(([name, value]) => `-c ${name}=${value}`)
  .join(' ');
const connect = async (): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: server.url, options });
  await client.connect();
  return client;
};
const client = await connect();

async function medianMs(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    await run();
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[ROUNDS >> 1]!;
}

try {
  await client.query(heerBootstrapSql());
  await client.query("INSERT INTO heer_nodes (node_id, name) VALUES (1, 'bench')");

  const columns = {
    bigserial: 'bigserial',
    'uuidv7()': 'uuid DEFAULT uuidv7()',
    'heerid_next()': 'bigint DEFAULT heerid_next()',
    'heerid_next_desc()': 'bigint DEFAULT heerid_next_desc()',
    'ranjid_next()': 'uuid DEFAULT ranjid_next()',
    'ranjid_next_desc()': 'uuid DEFAULT ranjid_next_desc()',
  };
  for (const [name, column] of Object.entries(columns)) {
    await client.query(`DROP TABLE IF EXISTS bench; CREATE TABLE bench (id ${column} PRIMARY KEY, n integer)`);
    const ms = await medianMs(async () => client.query(`TRUNCATE bench; INSERT INTO bench (n) SELECT generate_series(1, ${ROWS})`));
    console.log(`${name.padEnd(22)} ${((ms * 1000) / ROWS).toFixed(2)} us a row`);
  }
  for (const batch of ['generate_ids', 'generate_ids_desc', 'generate_ranjids', 'generate_ranjids_desc']) {
    const ms = await medianMs(async () => client.query(`SELECT count(*) FROM ${batch}(${ROWS})`));
    console.log(`${batch.padEnd(22)} ${((ms * 1000) / ROWS).toFixed(2)} us an id`);
  }
  for (const count of CONNECTIONS) {
    const clients = await Promise.all(Array.from({ length: count }, connect));
    const calls = 400_000 / count;
    const ms = await medianMs(() =>
      Promise.all(clients.map((each) => each.query(`SELECT count(nextval('heer_sequence')) FROM generate_series(1, ${calls})`))),
    );
    console.log(`nextval, ${String(count).padStart(2)} clients    ${((calls * count) / ms).toFixed(0)} calls a ms`);
    await Promise.all(clients.map((each) => each.end()));
  }

  await client.query("SELECT heer_use_allocator('strict')");
  const STRICT_ROWS = 5_000;
  await client.query('DROP TABLE bench; CREATE UNLOGGED TABLE bench (id bigint DEFAULT heerid_next_desc() PRIMARY KEY, n integer)');
  const inOne = await medianMs(() => client.query(`INSERT INTO bench (n) SELECT generate_series(1, ${STRICT_ROWS})`));
  console.log(`strict, one statement  ${((inOne * 1000) / STRICT_ROWS).toFixed(1)} us a row`);
  const batch = await medianMs(async () => {
    await new Promise((done) => setTimeout(done, (2 * ROWS) / 8192 + 5));
    await client.query(`SELECT count(*) FROM generate_ids_desc(${ROWS})`);
  });
  console.log(`strict, batches        ${(((batch - (2 * ROWS) / 8192 - 5) * 1000) / ROWS).toFixed(2)} us an id`);
  for (const count of [1, 16]) {
    const clients = await Promise.all(Array.from({ length: count }, connect));
    const each = 3_200 / count;
    for (const [name, sql] of [
      ['strict', 'SELECT heerid_next()'],
      ['select', 'SELECT 1'],
    ] as const) {
      const ms = await medianMs(() =>
        Promise.all(
          clients.map(async (one) => {
            for (let n = 0; n < each; n++) await one.query({ name, text: sql });
          }),
        ),
      );
      console.log(`${name}, ${String(count).padStart(2)} clients     ${((ms * 1000) / (each * count)).toFixed(0)} us a statement`);
    }
    await Promise.all(clients.map((one) => one.end()));
  }
  await client.query("SELECT heer_use_allocator('lockFree')");

  const ids = Array.from({ length: 300_000 }, (_, at) => String(9_104_353_104_089_907_198n - BigInt(at) * 4_194_305n));
  const buffer = Buffer.alloc(8);
  let at = 0;
  const int32 = (value: number): void => {
    buffer.writeInt32BE(value, at);
    at = (at + 4) & 7;
  };
  const writer: WireWriter = {
    int32,
    byte: int32,
    int16: int32,
    float32: int32,
    float64: int32,
    bytes: () => {},
    utf8: () => {},
    beginSized: () => 0,
    endSized: () => {},
  };
  const encode = ID_VALUE_KINDS.heerIdDesc.codec.binary!.encode!;
  const scratch = new BigInt64Array(1),
    halves = new Int32Array(scratch.buffer);
  const throughBigInt = (id: string): void => {
    if (!isHeerIdText(id)) throw new Error('not an id');
    scratch[0] = BigInt(id);
    int32(halves[1]!);
    int32(halves[0]!);
  };
  for (const [name, write] of [
    ['int8 of digits', (id: string) => encode(writer, id)],
    ['int8 through BigInt', throughBigInt],
  ] as const) {
    const ms = await medianMs(async () => {
      for (const id of ids) write(id);
    });
    console.log(`${name.padEnd(22)} ${((ms * 1e6) / ids.length).toFixed(0)} ns an id`);
  }
} finally {
  await client.end();
  await server.stop();
}

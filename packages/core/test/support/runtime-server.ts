// A PostgreSQL 18 of its own for a test file of the runtime, pools on it that are closed with the test, and typed statements to run there.

import { startEmbedded, type EmbeddedServer } from '@djogi/testing/embedded';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { executorOf, type Context, type Executor } from '../../src/db/context.ts';
import type { CompiledStatement, Outcome } from '../../src/db/port.ts';
import { createPool, type Pool, type PoolOptions } from '../../src/pool.ts';
import { rawPool, rawSql } from '../../src/raw.ts';
import type { Codec } from '../../src/value/codec.ts';
import { intKind } from '../../src/value/number.ts';
import { textKind } from '../../src/value/text.ts';

export interface RuntimeServer {
  readonly url: string;
  /** A pool that is closed after the test. */
  pool(options?: Partial<PoolOptions>): Promise<Pool>;
  /** A pool for what a test does behind the back of the one it is about; it lives as long as the file. */
  admin(): Pool;
}

const REASON = 'test of the runtime itself';

/** Starts the server before the tests of a file, runs `setUp` as a script on it, and stops it after them. */
export function runtimeServer(setUp = ''): RuntimeServer {
  let server: EmbeddedServer | undefined;
  let admin: Pool | undefined;
  let pools: Pool[] = [];
  beforeAll(async () => {
    server = await startEmbedded();
    admin = await createPool({ url: server.url, max: 4 });
    if (setUp !== '') await rawPool(admin, REASON).script(setUp);
  });
  afterEach(async () => {
    const used = pools;
    pools = [];
    await Promise.all(used.map((pool) => pool.close()));
  });
  afterAll(async () => {
    await admin?.close();
    await server?.stop();
  });
  return {
    get url() {
      return server!.url;
    },
    async pool(options = {}) {
      const pool = await createPool({ url: server!.url, ...options });
      pools.push(pool);
      return pool;
    },
    admin: () => admin!,
  };
}

/** Raw SQL on a context, with the reason of a test. */
export const raw = (ctx: Context): ReturnType<typeof rawSql> => rawSql(ctx, REASON);

const statements = new Map<string, CompiledStatement<any>>();

function compiled(text: string, parameters: readonly Codec<any>[], rows: CompiledStatement['rows']): CompiledStatement<any> {
  const key = `${text} ${parameters.length} ${rows === null}`;
  let statement = statements.get(key);
  if (statement === undefined) statements.set(key, (statement = { text, parameters, rows }));
  return statement;
}

const codecOf = (value: unknown): Codec<any> => (typeof value === 'number' ? intKind.codec : textKind.codec);

/** A statement as a model's terminal would run it: typed, without a reason. Its rows are not wanted. */
export function run(
  ctx: Context,
  text: string,
  values: readonly unknown[] = [],
  options?: Parameters<Executor['execute']>[3],
): Promise<Outcome> {
  return executorOf(ctx).execute(compiled(text, values.map(codecOf), null), values, { operation: 'test', model: 'accounts' }, options);
}

/** One typed integer. */
export async function int(
  ctx: Context,
  text: string,
  values: readonly unknown[] = [],
  options?: Parameters<Executor['execute']>[3],
): Promise<number> {
  const statement = compiled(text, values.map(codecOf), { columns: [{ name: 'value', codec: intKind.codec }], as: 'value' });
  const { rows } = await executorOf(ctx).execute(statement as CompiledStatement<number>, values, { operation: 'test' }, options);
  return rows[0]!;
}

/** Typed integers, one per row. */
export function intStatement(text: string): CompiledStatement<number> {
  return compiled(text, [], { columns: [{ name: 'value', codec: intKind.codec }], as: 'value' }) as CompiledStatement<number>;
}

/** The backend the context's next statement runs on. */
export const backend = (ctx: Context): Promise<number> => int(ctx, 'SELECT pg_backend_pid()');

/** The members of errors that tests look at one by one. */
export interface Rejected extends Error {
  readonly code: string;
  readonly sqlState: string;
  readonly constraint: string | undefined;
  readonly detail: string | undefined;
  readonly fields: readonly string[];
  readonly issues: readonly { readonly path: string }[];
  toJSON(): Record<string, unknown>;
}

/** What `promise` rejects with. Fails when it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<Rejected> {
  try {
    await promise;
  } catch (error) {
    return error as Rejected;
  }
  throw new Error('It resolved where it had to reject.');
}

/** Waits until `condition` holds, asking again after each answer: for what another session does in its own time. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('It did not happen within 10 seconds.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

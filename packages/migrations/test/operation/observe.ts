// What a statement does to others, as PostgreSQL shows it: the locks it holds, the files that are new, and what it says it reads.

import pg from 'pg';
import type { OperationCost, QualifiedName } from '../../src/index.ts';

export interface Observed {
  /** `public.posts: ACCESS EXCLUSIVE`, sorted. */
  readonly locks: readonly string[];
  readonly rewrites: readonly string[];
  readonly scans: readonly string[];
}

const MODES = [
  'AccessShare',
  'RowShare',
  'RowExclusive',
  'ShareUpdateExclusive',
  'Share',
  'ShareRowExclusive',
  'Exclusive',
  'AccessExclusive',
];
const spelled = (mode: string): string => mode.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toUpperCase();

interface Relation {
  readonly oid: string;
  readonly name: string;
  readonly kind: string;
  readonly file: string | null;
}

const RELATIONS = `SELECT c.oid::text AS oid, n.nspname || '.' || c.relname AS name, c.relkind AS kind, pg_relation_filenode(c.oid)::text AS file
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'i', 'I', 'S')`;
const LOCKS = `SELECT relation::text AS oid, mode FROM pg_locks WHERE pid = $1 AND locktype = 'relation' AND granted`;

export class Observer {
  readonly #main: pg.Client;
  readonly #other: pg.Client;
  readonly #said: string[] = [];

  private constructor(main: pg.Client, other: pg.Client) {
    this.#main = main;
    this.#other = other;
    main.on('notice', ({ message }) => this.#said.push(message ?? ''));
  }

  static async on(url: string): Promise<Observer> {
    const clients = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })] as const;
    for (const client of clients) {
      await client.connect();
      await client.query('SET search_path = public');
    }
    return new Observer(...clients);
  }

  async close(): Promise<void> {
    await this.#main.end();
    await this.#other.end();
  }

  /** In a folder of the server's own, which needs no path. */
  async makeTablespace(name: string): Promise<void> {
    await this.#main.query('SET allow_in_place_tablespaces = on');
    await this.#main.query(`DROP TABLESPACE IF EXISTS ${name}`);
    await this.#main.query(`CREATE TABLESPACE ${name} LOCATION ''`);
  }

  async prepare(statements: readonly string[]): Promise<void> {
    await this.#main.query('SET client_min_messages = warning');
    await this.#main.query(['DROP SCHEMA public CASCADE', 'CREATE SCHEMA public', ...statements].join(';\n'));
  }

  /** Runs the statements in a transaction, looks, and rolls back. `declared` says which indexes and sequences to look at beside the tables. */
  async transaction(statements: readonly string[], declared: OperationCost, referencing: readonly QualifiedName[]): Promise<Observed> {
    const before = await this.#relations(this.#main);
    await this.#main.query('BEGIN');
    try {
      await this.#main.query('SET LOCAL client_min_messages = debug1');
      this.#said.length = 0;
      const read = new Set<string>();
      for (const statement of statements) {
        const isQuestion = statement.startsWith('SELECT');
        const counts = isQuestion ? await this.#scanCounts() : null;
        await this.#main.query(statement);
        if (counts !== null) for (const [name, count] of await this.#scanCounts()) if (count > (counts.get(name) ?? 0)) read.add(name);
      }
      const pid = await this.#pid();
      const locks = (await this.#main.query<{ oid: string; mode: string }>(LOCKS, [pid])).rows;
      const after = await this.#relations(this.#main);
      return this.#observed(before, after, locks, declared, referencing, read);
    } finally {
      await this.#main.query('ROLLBACK');
    }
  }

  /** Runs a statement that refuses a transaction, held up by a writer to `table` until its locks have been seen. */
  async alone(statement: string, writer: string, declared: OperationCost): Promise<Observed> {
    const before = await this.#relations(this.#main);
    const pid = await this.#pid();
    await this.#main.query('SET client_min_messages = debug1');
    this.#said.length = 0;
    await this.#other.query('BEGIN');
    await this.#other.query(writer);
    const running = this.#main.query(statement);
    let locks: { oid: string; mode: string }[] = [];
    for (let isWaiting = false; !isWaiting;) {
      isWaiting = (await this.#other.query('SELECT FROM pg_locks WHERE pid = $1 AND NOT granted', [pid])).rows.length > 0;
      locks = (await this.#other.query<{ oid: string; mode: string }>(LOCKS, [pid])).rows;
    }
    await this.#other.query('ROLLBACK');
    await running;
    return this.#observed(before, await this.#relations(this.#main), locks, declared, [], new Set());
  }

  async #pid(): Promise<number> {
    return (await this.#main.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]!.pid;
  }

  async #relations(client: pg.Client): Promise<readonly Relation[]> {
    return (await client.query<Relation>(RELATIONS)).rows;
  }

  async #scanCounts(): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.#main.query<{ name: string; count: string }>(
      `SELECT schemaname || '.' || relname AS name, seq_scan::text AS count FROM pg_stat_xact_user_tables`,
    );
    return new Map(rows.map(({ name, count }) => [name, Number(count)]));
  }

  #observed(
    before: readonly Relation[],
    after: readonly Relation[],
    locks: readonly { readonly oid: string; readonly mode: string }[],
    declared: OperationCost,
    referencing: readonly QualifiedName[],
    read: ReadonlySet<string>,
  ): Observed {
    const named = new Set(declared.locks.map(({ relation }) => `${relation.schema}.${relation.name}`));
    const looked = before.filter(({ kind, name }) => kind === 'r' || kind === 'p' || named.has(name));
    const held = looked.flatMap(({ oid, name }) => {
      const modes = locks.filter((lock) => lock.oid === oid).map(({ mode }) => MODES.indexOf(mode.replace(/Lock$/, '')));
      return modes.length === 0 ? [] : [`${name}: ${spelled(MODES[Math.max(...modes)]!)}`];
    });
    const tables = before.filter(({ kind }) => kind === 'r');
    const rewrites = tables.flatMap(({ oid, name, file }) => {
      const now = after.find((relation) => relation.oid === oid);
      return now === undefined || now.file === file ? [] : [name];
    });
    // A table is called by the name it had before.
    const nameNow = new Map(after.map(({ oid, name }) => [name, before.find((relation) => relation.oid === oid)?.name ?? name]));
    const scans = new Set<string>(read);
    for (const message of this.#said) {
      const table = /^(?:verifying table|building index "(?:[^"]|"")+" on table) "(.+?)"/.exec(message)?.[1];
      if (table !== undefined) scans.add(nameNow.get(`public.${table}`) ?? `public.${table}`);
      if (message.startsWith('validating foreign key constraint '))
        for (const { schema, name } of referencing) scans.add(`${schema}.${name}`);
    }
    const isThere = new Set(before.map(({ name }) => name));
    return {
      locks: held.sort(),
      rewrites: rewrites.sort(),
      scans: [...scans].filter((name) => isThere.has(name) && !rewrites.includes(name)).sort(),
    };
  }
}

export const declaredAs = ({ locks, rewrites, scans }: OperationCost): Observed => {
  const name = ({ schema, name: relation }: { schema: string; name: string }): string => `${schema}.${relation}`;
  return {
    locks: locks.map(({ relation, mode }) => `${name(relation)}: ${mode}`).sort(),
    rewrites: rewrites.map(name).sort(),
    scans: scans.map(name).sort(),
  };
};

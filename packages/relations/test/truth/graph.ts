// Random models that lead to each other in every way that there is, with random rows, and the same rows as a graph in memory. Relations are followed here by
// comparing keys in loops, as anybody would by hand.

import { f, model, pk, type Context } from '@djogi/core';
import { executorOf } from '@djogi/core/extension';
import { query as typedQuery } from '@djogi/query';
import { syncModels } from '@djogi/testing';
import { Temporal } from 'temporal-polyfill';
import type { Choices } from './choices.ts';
import { KINDS } from '../support/kinds.ts';
import { foreignKey, hasMany, hasOne, manyToMany, oneToOne } from '../../src/index.ts';

/** The models are no types here. */
const query = (made: unknown): any => typedQuery(made as never);

export type Row = Record<string, any>;

/** A relation of a node, as it was declared. */
export interface Relation {
  readonly name: string;
  readonly kind: 'foreignKey' | 'oneToOne' | 'hasMany' | 'hasOne' | 'manyToMany';
  readonly target: Node;
  readonly isMany: boolean;
  readonly isNullable: boolean;
  /** The rows that a row leads to, in no order. */
  readonly follow: (row: Row) => readonly Row[];
}

export interface Node {
  readonly name: string;
  readonly model: any;
  readonly kinds: readonly string[];
  readonly relations: readonly Relation[];
  rows: readonly Row[];
}

export interface Graph {
  readonly nodes: readonly Node[];
  readonly models: readonly any[];
  readonly tables: readonly string[];
  readonly fill: (ctx: Context, choices: Choices) => Promise<void>;
}

/** `custom`: the caller supplies it. */
const KEYS: readonly { readonly name: string; readonly make: () => any; readonly supplied?: (at: number) => unknown }[] = [
  { name: 'heerIdDesc', make: () => pk.heerIdDesc() },
  { name: 'heerId', make: () => pk.heerId() },
  { name: 'ranjId', make: () => pk.ranjId() },
  { name: 'ranjIdDesc', make: () => pk.ranjIdDesc() },
  { name: 'serial', make: () => pk.serial() },
  { name: 'sku', make: () => pk.custom({ name: 'sku', field: f.text() }), supplied: (at) => `K'"${at}` },
  {
    name: 'day',
    make: () => pk.custom({ name: 'day', field: f.date() }),
    supplied: (at) => Temporal.PlainDate.from('2024-02-27').add({ days: at }),
  },
];

/** Fields that references may lead to instead of the key. */
const CODES: readonly { readonly name: string; readonly make: () => any; readonly value: (at: number) => unknown }[] = [
  { name: 'text', make: () => f.text(), value: (at) => `code ${at}` },
  { name: 'int', make: () => f.int(), value: (at) => at - 3 },
  { name: 'bigint', make: () => f.bigint(), value: (at) => 2n ** 60n + BigInt(at) },
  { name: 'uuid', make: () => f.uuid(), value: (at) => `0191a2b3-c4d5-7e6f-8a9b-0c1d2e3f4a${String(at).padStart(2, '0')}` },
  { name: 'timestamptz', make: () => f.timestamptz(), value: (at) => new Date(at * 86_400_001) },
  {
    name: 'timestamp',
    make: () => f.timestamp(),
    value: (at) => Temporal.PlainDateTime.from('2024-02-29T12:00:00.000001').add({ days: at }),
  },
  { name: 'decimal', make: () => f.decimal(), value: (at) => `${at}.50` },
  { name: 'bytea', make: () => f.bytea(), value: (at) => Uint8Array.from([0, 255, at]) },
  { name: 'double', make: () => f.double(), value: (at) => at / 7 },
];

/** An enum is a type of its own, which two graphs in one database could not both make. */
const PLAIN_KINDS = Object.keys(KINDS).filter((kind) => !kind.startsWith('mood'));

interface Reference {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly isUnique: boolean;
  readonly isNullable: boolean;
  readonly byCode: boolean;
  readonly hasBack: boolean;
}
interface Junction {
  readonly left: number;
  readonly right: number;
  readonly at: number;
}

const getter = (fields: object, name: string, make: () => unknown): void => {
  Object.defineProperty(fields, name, { enumerable: true, get: make });
};

/** `prefix` makes the tables of this graph different from those of others in one database. */
export function graphOf(choices: Choices, prefix: string): Graph {
  const count = 2 + choices.below(3),
    references: Reference[] = [];
  const facts = Array.from({ length: count }, (_, at) => {
    for (let made = 0; made < 1 + choices.below(3); made++) {
      const to = choices.below(count);
      references.push({
        name: `ref${made}`,
        from: at,
        to,
        isUnique: choices.chance(25),
        // Of two that want each other, or of one that wants itself, no first row could be inserted.
        isNullable: to >= at || choices.chance(40),
        byCode: choices.chance(35),
        hasBack: !choices.chance(20),
      });
    }
    return {
      key: choices.one(KEYS),
      code: choices.one(CODES),
      kinds: Array.from({ length: 3 }, () => choices.one(PLAIN_KINDS)).filter((kind, index, all) => all.indexOf(kind) === index),
    };
  });
  const junctions: Junction[] = Array.from({ length: 1 + choices.below(2) }, (_, at) => ({
    left: choices.below(count),
    right: choices.below(count),
    at,
  }));
  const models: any[] = [],
    between: any[] = [],
    nodes: Node[] = [];

  facts.forEach(({ key, code, kinds }, at) => {
    const fields = {
      rank: f.int(),
      label: f.text(),
      n: f.int().nullable(),
      flag: f.boolean().nullable(),
      code: code.make().unique(),
      ...Object.fromEntries(kinds.map((kind) => [kind, KINDS[kind]!.field.nullable()])),
    };
    for (const { name, from, to, isUnique, isNullable, byCode } of references)
      if (from === at)
        getter(fields, name, () => {
          const options = byCode ? { to: 'code' } : {},
            field: any = isUnique ? oneToOne(models[to], options as never) : foreignKey(models[to], options as never);
          return isNullable ? field.nullable() : field;
        });
    for (const { name, from, to, isUnique, hasBack } of references)
      if (to === at && hasBack) getter(fields, `back${from}${name}`, () => (isUnique ? hasOne : hasMany)(models[from], name));
    for (const { left, right, at: junction } of junctions) {
      if (left === at)
        getter(fields, `rights${junction}`, () => manyToMany(models[right], { through: between[junction], from: 'left', to: 'right' }));
      if (right === at)
        getter(fields, `lefts${junction}`, () => manyToMany(models[left], { through: between[junction], from: 'right', to: 'left' }));
    }
    class Made extends (model as any)(`${prefix}_n${at}`, fields, { pk: key.make(), timestamps: choices.chance(30) }) {}
    models.push(Made);
  });
  for (const { left, right, at } of junctions) {
    class Between extends (model as any)(
      `${prefix}_j${at}`,
      { left: foreignKey(models[left]), right: foreignKey(models[right]), weight: f.int().default(1) },
      { pk: pk.serial(), timestamps: false },
    ) {}
    between.push(Between);
  }
  let links: readonly Row[][] = [];

  facts.forEach(({ kinds }, at) => nodes.push({ name: `n${at}`, model: models[at], kinds, relations: [], rows: [] }));
  facts.forEach((_, at) => {
    const relations = nodes[at]!.relations as Relation[];
    for (const { name, from, to, isUnique, isNullable, byCode, hasBack } of references) {
      const property = byCode ? 'code' : 'id';
      if (from === at)
        relations.push({
          name,
          kind: isUnique ? 'oneToOne' : 'foreignKey',
          target: nodes[to]!,
          isMany: false,
          isNullable,
          follow: (row) => nodes[to]!.rows.filter((other) => isSame(row[`${name}Id`], other[property])),
        });
      if (to === at && hasBack)
        relations.push({
          name: `back${from}${name}`,
          kind: isUnique ? 'hasOne' : 'hasMany',
          target: nodes[from]!,
          isMany: !isUnique,
          isNullable: isUnique,
          follow: (row) => nodes[from]!.rows.filter((other) => isSame(other[`${name}Id`], row[property])),
        });
    }
    for (const { left, right, at: junction } of junctions)
      for (const [own, other, way, back, name] of [
        [left, right, 'leftId', 'rightId', `rights${junction}`],
        [right, left, 'rightId', 'leftId', `lefts${junction}`],
      ] as const)
        if (own === at)
          relations.push({
            name,
            kind: 'manyToMany',
            target: nodes[other]!,
            isMany: true,
            isNullable: false,
            follow: (row) =>
              links[junction]!.filter((link) => isSame(link[way], row['id'])).flatMap((link) =>
                nodes[other]!.rows.filter((one) => isSame(link[back], one['id'])),
              ),
          });
  });

  const tables = [...models, ...between].map((made) => made.table as string);
  return {
    nodes,
    models: [...models, ...between],
    tables,
    async fill(ctx, pick) {
      await executorOf(ctx).script(`TRUNCATE ${tables.map((table) => `"${table}"`).join(', ')};`, { operation: 'truth' });
      const later: (() => Promise<unknown>)[] = [];
      for (const [at, { key, code, kinds }] of facts.entries()) {
        const size = pick.chance(6) ? 0 : 1 + pick.below(9),
          rows: Row[] = [],
          own = references.filter(({ from }) => from === at);
        for (let rank = 0; rank < size; rank++) {
          const row: Row = {
            rank,
            label: pick.one(['a', 'b', 'ab', '', "it's"]),
            n: pick.chance(25) ? null : pick.one([0, 1, -1, 2, 5, 7]),
            flag: pick.chance(30) ? null : pick.chance(50),
            code: code.value(rank),
          };
          for (const kind of kinds) row[kind] = pick.chance(20) ? null : pick.one(KINDS[kind]!.values);
          if (key.supplied !== undefined) row['id'] = key.supplied(rank);
          const isComplete = own.every(({ name, to, isUnique, isNullable, byCode }) => {
            if (isNullable) return true;
            const property = byCode ? 'code' : 'id',
              free = nodes[to]!.rows.filter((other) => !isUnique || rows.every((taken) => !isSame(taken[`${name}Id`], other[property])));
            if (free.length === 0) return false;
            row[`${name}Id`] = pick.one(free)[property];
            return true;
          });
          if (isComplete) rows.push(row);
        }
        await query(models[at]).bulkCreate(ctx, rows);
        nodes[at]!.rows = await byRank(models[at], ctx);
        for (const { name, to, isUnique, isNullable, byCode } of own) {
          if (!isNullable) continue;
          later.push(async () => {
            const property = byCode ? 'code' : 'id',
              taken: unknown[] = [];
            for (const row of nodes[at]!.rows) {
              const free = nodes[to]!.rows.filter((other) => !isUnique || taken.every((one) => !isSame(one, other[property])));
              if (free.length === 0 || pick.chance(35)) continue;
              const chosen = pick.one(free)[property];
              taken.push(chosen);
              await models[at].update(ctx, row['id'], { [`${name}Id`]: chosen });
            }
          });
        }
      }
      for (const write of later) await write();
      for (const node of nodes) node.rows = await byRank(node.model, ctx);
      links = [];
      for (const { left, right, at } of junctions) {
        const all = nodes[left]!.rows.flatMap((one) =>
          nodes[right]!.rows.filter(() => pick.chance(30)).map((other) => ({ leftId: one['id'], rightId: other['id'] })),
        );
        await query(between[at]).bulkCreate(ctx, all);
        (links as Row[][]).push((await query(between[at]).fetchAll(ctx)) as Row[]);
      }
    },
  };
}

const byRank = async (made: any, ctx: Context): Promise<Row[]> =>
  (await query(made)
    .orderBy((m: any) => m.rank.asc())
    .fetchAll(ctx)) as Row[];

export const created = (ctx: Context, graph: Graph): Promise<void> => syncModels(ctx, graph.models);
export const dropped = (ctx: Context, graph: Graph): Promise<unknown> =>
  executorOf(ctx).script(graph.tables.map((table) => `DROP TABLE "${table}" CASCADE;`).join('\n'), { operation: 'truth' });

/** What tells two keys apart, by no means of the packages. */
function isSame(left: unknown, right: unknown): boolean {
  if (left === null || right === null || left === undefined || right === undefined) return false;
  return textOf(left) === textOf(right);
}
const textOf = (key: unknown): string =>
  key instanceof Date ? String(key.getTime()) : key instanceof Uint8Array ? key.join() : String(key);

// Sales: a column of every type that is aggregated in a way of its own, nulls among them, and groups of several sizes.

import { f, model, pgEnum, pk, type Context, type CreateOf } from '@djogi/core';
import type { QueryEvent } from '@djogi/core/pool';
import { djogiTest, type TestFixtures } from '@djogi/testing';
import { Temporal } from 'temporal-polyfill';
import { expect, type TestAPI } from 'vitest';
import { query, type SqlText } from '../../src/index.ts';
import { Money } from './specimen.ts';

export const Level = pgEnum('level', ['low', 'middle', 'high']);

export class Sale extends model(
  'sales',
  {
    region: f.text().nullable(),
    product: f.text(),
    quantity: f.int(),
    total: f.bigint(),
    price: f.decimal(10, 2),
    cost: f.decimal(10, 2).as(Money).nullable(),
    weight: f.double().nullable(),
    share: f.real().nullable(),
    bonus: f.safeInt().default(0),
    level: f.enum(Level),
    isPaid: f.boolean(),
    soldAt: f.timestamptz(),
    day: f.date(),
    took: f.interval(),
    code: f.uuid(),
    host: f.macaddr(),
    network: f.cidr(),
    span: f.range('int4'),
    tags: f.array(f.text()),
  },
  { pk: pk.serial(), timestamps: false },
) {
  get label(): string {
    return `${this.product} in ${this.region}`;
  }
}

/** Quoted, in order: what stands between SELECT and FROM. */
export const SALE_COLUMNS =
  '"id", "region", "product", "quantity", "total", "price", "cost", "weight", "share", "bonus", "level", "is_paid", "sold_at", "day", "took", "code", "host", "network", "span", "tags"';

const range = (lower: number, upper: number) =>
  ({ lower, upper, isLowerInclusive: true, isUpperInclusive: false, isEmpty: false }) as const;

const VARYING: readonly (Pick<CreateOf<typeof Sale>, 'region' | 'product' | 'quantity' | 'weight' | 'level' | 'span'> & {
  hour: number;
  isPaid?: boolean;
})[] = [
  { region: 'north', product: 'a', quantity: 1, weight: 1.5, level: 'low', hour: 0, span: range(1, 5) },
  { region: 'north', product: 'b', quantity: 2, weight: null, level: 'high', hour: 1, span: range(3, 4), isPaid: false },
  { region: 'north', product: 'a', quantity: 3, weight: 2.5, level: 'middle', hour: 2, span: range(0, 2) },
  { region: 'south', product: 'b', quantity: 10, weight: 0.5, level: 'high', hour: 3, span: range(9, 10) },
  { region: 'south', product: 'a', quantity: 20, weight: null, level: 'low', hour: 4, span: range(1, 2), isPaid: false },
  { region: null, product: 'c', quantity: 100, weight: 8, level: 'middle', hour: 5, span: range(1, 3) },
];

/** Six rows with ids 1 to 6: north three, south two, and one without a region. */
export const SALES: readonly CreateOf<typeof Sale>[] = VARYING.map(
  ({ hour, ...sale }, at) =>
    ({
      isPaid: true,
      tags: [],
      total: BigInt(at + 1) * 10n,
      price: `${at + 1}.50`,
      soldAt: new Date(Date.UTC(2026, 0, 1, hour)),
      day: Temporal.PlainDate.from('2026-01-01').add({ days: at % 3 }),
      took: Temporal.Duration.from({ hours: hour + 1 }),
      code: `0000000${at}-0000-0000-0000-000000000000`,
      host: `00:00:00:00:00:0${5 - at}`,
      network: `10.0.${at}.0/24`,
      ...sale,
    }) satisfies CreateOf<typeof Sale>,
);

export interface Sent {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly operation: string;
}

const log: Sent[] = [];
const onQuery = (event: QueryEvent): void => {
  if (event.operation !== 'raw') log.push({ text: event.sql, values: event.values ?? [], operation: event.operation });
};

/** What was sent since the last call, without raw SQL. */
export function sent(): Sent[] {
  return log.splice(0);
}

/** A test with an empty table. */
export const emptyTest: TestAPI<TestFixtures> = djogiTest({ models: [Sale], pool: { onQuery, includeValues: true } });

/** A test with the six sales in its database. */
export const test: TestAPI<TestFixtures> = emptyTest.extend<{ sales: void }>({
  sales: [
    async ({ ctx }, use) => {
      await query(Sale).bulkCreate(ctx, SALES);
      sent();
      await use();
    },
    { auto: true },
  ],
});

/** Text and parameters, in `toSql` and on the wire, and the rows. `WHOLE` in the text stands for all columns of the model. */
export async function expectRows<Row>(
  ctx: Context,
  rows: { toSql(): SqlText; fetchAll(ctx: Context): Promise<Row[]> },
  expected: { readonly text: string; readonly values?: readonly unknown[]; readonly rows: unknown },
  pick: (row: Row) => unknown = (row) => row,
): Promise<void> {
  const text = expected.text.replaceAll('WHOLE', SALE_COLUMNS),
    values = expected.values ?? [];
  expect(rows.toSql()).toEqual({ text, values });
  sent();
  const found = await rows.fetchAll(ctx);
  expect(sent()).toEqual([{ text, values, operation: 'fetchAll' }]);
  expect(found.map(pick)).toEqual(expected.rows);
}

/** The facts of the Djogi error that `act` throws, without its message. */
export function refusal(act: () => unknown): Record<string, unknown> {
  try {
    act();
  } catch (error) {
    const {
      message: _message,
      name: _name,
      isTransient: _isTransient,
      issues,
      ...facts
    } = (error as { toJSON(): Record<string, unknown> }).toJSON();
    return issues === undefined ? facts : { ...facts, rules: (issues as { rule: string }[]).map(({ rule }) => rule) };
  }
  throw new Error('It was not refused.');
}

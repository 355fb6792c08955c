// `aggregate`: one row of aggregates over all rows of a set.

import {
  conjunctionOf,
  executorOf,
  isExpression,
  valueOfNoRows,
  type Place,
  type RowShape,
  type SelectStatement,
} from '@djogi/core/extension';
import type { Context, TerminalOptions, Valued } from '@djogi/core';
import { alone, given, refuse, type Callback } from '../set/refine.ts';
import type { Selection } from '../set/selection.ts';
import type { Shape, Values } from '../set/shape.ts';
import { settled } from './derived.ts';
import { checkGrouped } from '../set/group-check.ts';
import { outputsOf, type Outputs } from './outputs.ts';

/** Aggregates by name, or a single one. */
export type AggregateShape = Shape | Valued<any>;
/** An object of values, or the one value. */
export type AggregateValues<A> = A extends Valued<infer Value> ? Value : Values<A>;

const PLACE: Place = { name: 'aggregate', allowsAggregates: true, allowsWindows: false };

export async function aggregate(selection: Selection, ctx: Context, shape: Callback, options?: TerminalOptions): Promise<unknown> {
  const executor = executorOf(ctx);
  if (selection.projection !== undefined) refuse(selection, 'projection', 'aggregate computes over whole rows: it does not go with select');
  const rows = settled(alone(selection, 'aggregate'), 'aggregate'),
    chosen = given(rows, shape),
    isSingle = isExpression(chosen);
  const outputs = outputsOf(rows, isSingle ? { value: chosen } : chosen, PLACE, 'aggregate');
  if (outputs.names.length === 0) refuse(selection, 'projection', 'aggregate needs at least one expression');
  for (const node of outputs.nodes) checkGrouped(rows, node, [], 'aggregate');
  const statement: SelectStatement = {
    kind: 'select',
    from: rows.source,
    projection: outputs.nodes,
    where: conjunctionOf(rows.where),
    orderBy: [],
  };
  const { runtime } = rows;
  const { compiled, values } = runtime.shapes.compile<unknown>(
    statement,
    () => shapeOf(outputs, isSingle, runtime.table),
    `aggregate${isSingle ? '' : JSON.stringify(outputs.names)}`,
  );
  if (selection.isNone) {
    const known = ofNoRows(outputs);
    if (known !== null) return isSingle ? known['value'] : known;
  }
  return (await executor.execute(compiled, values, runtime.purpose('aggregate', ctx), options)).rows[0];
}

function shapeOf({ names, nodes }: Outputs, isSingle: boolean, table: string): RowShape<unknown> {
  return {
    columns: nodes.map(({ valueKind }, at) => ({ name: names[at]!, codec: valueKind.codec, table })),
    as: isSingle ? 'value' : 'object',
  };
}

/** What aggregates over no rows give, when it is known without asking. An expression over aggregates is the server's to compute. */
function ofNoRows({ names, nodes }: Outputs): Record<string, unknown> | null {
  const known = nodes.map(valueOfNoRows);
  return known.includes(undefined) ? null : Object.fromEntries(names.map((name, at) => [name, known[at]]));
}

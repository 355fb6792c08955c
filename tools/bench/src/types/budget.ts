// The budgets of type-budgets.json, and where costs exceed them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TypeCosts } from './type-cost.ts';

export interface TypeBudgets {
  /** Instantiations, at any number of models. */
  readonly perModel: number;
  readonly perQuery: number;
  /** A wrong name to a right one. */
  readonly wrongName: number;
  readonly declarationBytes: number;
  /** Instantiations of one more call. */
  readonly methods: Readonly<Record<string, number>>;
}

export const BUDGET_FILE = join(import.meta.dirname, '../../type-budgets.json');

export const readBudgets = (): TypeBudgets => JSON.parse(readFileSync(BUDGET_FILE, 'utf8')) as TypeBudgets;

/** What costs more than it may, and budgets that fit nothing: one sentence each. */
export function excesses({ sizes, wrongNames, declarationBytes, methods }: TypeCosts, budgets: TypeBudgets): string[] {
  const found: string[] = [];
  const compare = (what: string, cost: number, budget: number): void => {
    if (cost > budget) found.push(`${what}: ${rounded(cost)}, the budget is ${budget}.`);
  };
  for (const { models, perModel, perQuery } of sizes) {
    compare(`Instantiations a model, of ${models}`, perModel, budgets.perModel);
    compare(`Instantiations a query, with ${models} models`, perQuery, budgets.perQuery);
  }
  for (const { where, wrong, right } of wrongNames) compare(`A wrong name in ${where}, to a right one`, wrong / right, budgets.wrongName);
  compare('Bytes of declarations a model', declarationBytes, budgets.declarationBytes);
  for (const [name, cost] of Object.entries(methods)) {
    const budget = budgets.methods[name];
    if (budget === undefined) found.push(`${name} has no budget. It costs ${rounded(cost)}: add it to type-budgets.json.`);
    else compare(`Instantiations of a call of ${name}`, cost, budget);
  }
  for (const name of Object.keys(budgets.methods))
    if (!(name in methods)) found.push(`${name} has a budget and is not measured: remove it from type-budgets.json.`);
  return found;
}

const rounded = (value: number): string => String(Math.round(value * 10) / 10);

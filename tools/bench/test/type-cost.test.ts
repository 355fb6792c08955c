import { describe, expect, test } from 'vitest';
import { excesses, readBudgets, type TypeBudgets } from '../src/types/budget.ts';
import { readDiagnostics } from '../src/types/compiler.ts';
import { PUBLIC_METHODS } from '../src/types/public-methods.ts';
import type { TypeCosts } from '../src/types/type-cost.ts';

const budgets: TypeBudgets = { perModel: 550, perQuery: 300, wrongName: 2, declarationBytes: 4095, methods: { 'QuerySet.filter': 3 } };
const costs: TypeCosts = {
  sizes: [{ models: 20, perModel: 550, perQuery: 300, instantiations: 1, checkMs: 1, memoryKb: 1 }],
  wrongNames: [{ where: 'filter', wrong: 20, right: 10 }],
  declarationBytes: 4095,
  methods: { 'QuerySet.filter': 3 },
};

describe('budgets', () => {
  test('a cost that equals its budget is within it', () => {
    expect(excesses(costs, budgets)).toEqual([]);
  });

  test.each<[string, Partial<TypeCosts>]>([
    ['Instantiations a model, of 300: 551', { sizes: [...costs.sizes, { ...costs.sizes[0]!, models: 300, perModel: 551 }] }],
    ['Instantiations a query, with 300 models: 301', { sizes: [...costs.sizes, { ...costs.sizes[0]!, models: 300, perQuery: 301 }] }],
    ['A wrong name in filter, to a right one: 2.1', { wrongNames: [{ where: 'filter', wrong: 21, right: 10 }] }],
    ['Bytes of declarations a model: 4096', { declarationBytes: 4096 }],
    ['Instantiations of a call of QuerySet.filter: 3.1', { methods: { 'QuerySet.filter': 3.1 } }],
    ['QuerySet.sum has no budget', { methods: { 'QuerySet.filter': 3, 'QuerySet.sum': 1 } }],
    ['QuerySet.filter has a budget and is not measured', { methods: {} }],
  ])('%s is reported', (message, change) => {
    const found = excesses({ ...costs, ...change }, budgets);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  test('the budgets in the repository are those of the design', () => {
    expect(readBudgets()).toMatchObject({ perModel: 550, perQuery: 300, wrongName: 2, declarationBytes: 4095 });
  });

  test('every public method has a budget of its own', () => {
    expect(Object.keys(readBudgets().methods)).toEqual(PUBLIC_METHODS.map(({ name }) => name));
  });
});

describe('the output of the compiler', () => {
  const output = `a.ts(1,7): error TS2322: Type 'string' is not assignable to type 'number'.
Files:             139
Types:             243
Instantiations:    228
Memory used:    10730K
Check time:     0.250s
`;

  test('is read to figures and errors', () => {
    expect(readDiagnostics(output)).toEqual({
      instantiations: 228,
      types: 243,
      checkMs: 250,
      memoryKb: 10_730,
      errors: ["a.ts(1,7): error TS2322: Type 'string' is not assignable to type 'number'."],
    });
  });

  test('without figures is an error that shows what was said', () => {
    expect(() => readDiagnostics('', 'no such file')).toThrow('no such file');
  });
});

// The type costs: `npm run type-cost -w @djogi/bench`. With `--check` it fails when a budget is exceeded, which is what `npm test` runs.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { GENERATED } from './published/packages.ts';
import { aligned } from './run/table.ts';
import { BUDGET_FILE, excesses, readBudgets } from './types/budget.ts';
import { measureTypeCosts, type TypeCosts } from './types/type-cost.ts';

const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    sizes: { type: 'string', default: '20,100,300' },
  },
});
const sizes = values.sizes.split(',').map(Number);
if (!sizes.every((size) => Number.isInteger(size) && size > 0)) throw new Error('--sizes wants numbers of models: 20,100,300');

const costs = measureTypeCosts(join(GENERATED, 'types'), sizes);
if (values.json) console.log(JSON.stringify(costs, null, 2));
else print(costs);
if (values.check) {
  const found = excesses(costs, readBudgets());
  for (const each of found) console.error(each);
  if (found.length > 0) {
    console.error(`Make it cheaper, or change the number in ${BUDGET_FILE} and say why in the commit.`);
    process.exitCode = 1;
  }
}

function print({ sizes: bySize, wrongNames, declarationBytes, methods }: TypeCosts): void {
  const whole = (value: number): string => value.toFixed(0);
  console.log(
    aligned([
      ['models', 'instantiations a model', 'a query', 'in all', 'check s', 'MB'],
      ...bySize.map((each) => [
        String(each.models),
        whole(each.perModel),
        whole(each.perQuery),
        whole(each.instantiations),
        (each.checkMs / 1000).toFixed(2),
        whole(each.memoryKb / 1024),
      ]),
    ]),
  );
  console.log(`declarations: ${whole(declarationBytes)} bytes a model\n`);
  console.log(
    aligned([
      ['a wrong name in', 'wrong', 'right', 'ratio'],
      ...wrongNames.map(({ where, wrong, right }) => [where, whole(wrong), whole(right), (wrong / right).toFixed(2)]),
    ]),
  );
  console.log(
    `\n${aligned([['one more call of', 'instantiations'], ...Object.entries(methods).map(([name, cost]) => [name, cost.toFixed(1)])])}`,
  );
}

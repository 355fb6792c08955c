import { describe, expect, test } from 'vitest';
import { readOptions } from '../src/run/options.ts';
import { WORKLOADS } from '../src/workload/workload.ts';

describe('the command line', () => {
  test('without options everything is measured', () => {
    expect(readOptions([])).toMatchObject({
      workloads: WORKLOADS,
      imports: true,
      load: true,
      building: true,
      baseline: 'pg',
      footprint: true,
      json: false,
    });
  });

  test('only narrows to the named workloads', () => {
    const { workloads, imports, load, building } = readOptions(['--only', 'page,get,import']);
    expect(workloads.map((each) => each.name)).toEqual(['get', 'page']);
    expect([imports, load, building]).toEqual([true, false, false]);
  });

  test.each([
    [['--only', 'nothing'], 'no workload nothing'],
    [['--profile', 'nothing'], 'no workload nothing'],
    [['--baseline', 'mysql'], 'no baseline mysql'],
    [['--rounds', '0'], '--rounds wants'],
    [['--fast'], '--fast'],
  ])('%j is refused with the usage', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
    expect(() => readOptions(args)).toThrow('--rounds 15');
  });
});

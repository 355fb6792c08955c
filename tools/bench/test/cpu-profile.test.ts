import { expect, test } from 'vitest';
import { cpuProfile, selfTimes } from '../src/measure/cpu-profile.ts';

const frame = (functionName: string) => ({
  functionName,
  scriptId: '1',
  url: functionName.startsWith('(') ? '' : 'file:///a/b/c.ts',
  lineNumber: 4,
  columnNumber: 0,
});

test('self times leave the idle time out and come most first', () => {
  const nodes = ['(idle)', 'read', 'write'].map((name, at) => ({ id: at + 1, callFrame: frame(name) }));
  const times = selfTimes({ nodes, startTime: 0, endTime: 0, samples: [1, 2, 3, 3], timeDeltas: [5000, 1000, 1000, 2000] });
  expect(times).toEqual([
    { where: 'write a/b/c.ts:5', ms: 3, share: 0.75 },
    { where: 'read a/b/c.ts:5', ms: 1, share: 0.25 },
  ]);
});

test('a profile of real work names its function', async () => {
  const spin = (until: number): void => {
    while (performance.now() < until);
  };
  const profile = await cpuProfile(async () => spin(performance.now() + 50));
  expect(selfTimes(profile).some(({ where }) => where.startsWith('spin '))).toBe(true);
});

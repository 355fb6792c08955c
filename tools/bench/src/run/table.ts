// The figures as text for people.

import type { Spread } from '../measure/statistics.ts';
import { BUILDING_GOAL_MS } from './building.ts';
import type { Comparison, Footprint, Pair } from './comparison.ts';
import type { ImportCost } from './imports.ts';
import type { LoadFigures } from './load.ts';

const HEADER = [
  'workload',
  'goal',
  'ratio',
  '(min-max)',
  'CPU',
  'us, ours',
  'us, pg',
  'turns',
  'kB to server',
  'kB to client',
  'heap B/row',
];

/** One line a workload; pairs are ours and theirs. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  return aligned([HEADER, ...comparisons.map(line)]);
}

function line({ workload, ratio, cpuRatio, ms, footprint }: Comparison): string[] {
  const missed = workload.goal !== null && ratio.median > workload.goal;
  return [
    workload.title,
    workload.goal === null ? '-' : `${workload.goal.toFixed(2)}${missed ? ' missed' : ''}`,
    ratio.median.toFixed(2),
    range(ratio),
    cpuRatio.median.toFixed(2),
    micros(ms[0]),
    micros(ms[1]),
    pair(footprint, (each) => each.turns.toFixed(each.turns % 1 === 0 ? 0 : 1)),
    pair(footprint, (each) => (each.bytesToServer / 1024).toFixed(1)),
    pair(footprint, (each) => (each.bytesToClient / 1024).toFixed(1)),
    pair(footprint, (each) => each.heapPerRow.toFixed(0)),
  ];
}

const range = ({ min, max }: Spread): string => `${min.toFixed(2)}-${max.toFixed(2)}`;
const micros = ({ median }: Spread): string => (median * 1000).toFixed(0);
const pair = (footprint: Pair<Footprint> | null, show: (each: Footprint) => string): string =>
  footprint === null ? '-' : footprint.map(show).join(' / ');

export const IMPORT_GOAL = 4;

export function importLines({ ratio, ms, installedBytes }: ImportCost): string {
  const missed = ratio.median > IMPORT_GOAL ? ', missed' : '';
  const [ours, theirs] = installedBytes.map((bytes) => `${(bytes / 1024).toFixed(0)} kB`);
  return [
    `cold import: ratio ${ratio.median.toFixed(2)} (${range(ratio)}; goal ${IMPORT_GOAL}${missed}), ${ms[0].median.toFixed(1)} ms beside ${ms[1].median.toFixed(1)} ms of pg alone`,
    `installed: ${ours} with dependencies, beside ${theirs} of pg alone`,
  ].join('\n');
}

export function loadLines({ transactions, idleMs, overlapMs, ids, connections, duplicates, idsPerSecond }: LoadFigures): string {
  return [
    `${transactions} transactions that idle ${idleMs} ms after an insert: ${overlapMs.toFixed(0)} ms for all`,
    `${ids.toLocaleString('en')} ids from ${connections} connections: ${duplicates} duplicates, ${idsPerSecond.toLocaleString('en')} ids a second`,
  ].join('\n');
}

export function buildingLine({ median, min, max }: Spread): string {
  const missed = median > BUILDING_GOAL_MS ? ', missed' : '';
  return `a query of twenty clauses, built and keyed: ${median.toFixed(4)} ms (${min.toFixed(4)}-${max.toFixed(4)}; goal ${BUILDING_GOAL_MS}${missed})`;
}

/** Columns as wide as their widest cell; the first to the left, the others to the right. */
export function aligned(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((cells) => cells[column]!.length)));
  return lines
    .map((cells) => cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  '))
    .join('\n');
}

// What becomes of a list of figures.

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The middle value and the ends. Errors: RangeError for an empty list. */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('There is nothing to take a median of.');
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted[sorted.length - 1]! };
}

/** The quotient of each pair: how the first compares with the second in the same round. Errors: RangeError when the lists differ in length. */
export function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  if (ours.length !== theirs.length) throw new RangeError('Every round needs a figure of both.');
  return ours.map((value, round) => value / theirs[round]!);
}

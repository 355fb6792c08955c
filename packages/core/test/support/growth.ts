// How the time of some work grows with its size, on a machine that has other things to do.

/**
 * How much longer the work takes at once than in `parts` equal parts: about 1 where time grows with the size, `parts` where it grows with its square.
 *
 * Both take about as long where all is well, in turns and each at its best of some rounds, so that what else the machine does meets them alike. `work` prepares
 * what is not measured.
 */
export function growth(work: (size: number) => () => void, size: number, parts: number, rounds = 10): number {
  const timeOf = (runs: readonly (() => void)[]): number => {
    const start = performance.now();
    for (const run of runs) run();
    return performance.now() - start;
  };
  const inParts = (): number => timeOf(Array.from({ length: parts }, () => work(size / parts))),
    atOnce = (): number => timeOf([work(size)]);
  const best = { inParts: inParts(), atOnce: atOnce() };
  for (let round = 0; round < rounds; round++) {
    best.inParts = Math.min(best.inParts, inParts());
    best.atOnce = Math.min(best.atOnce, atOnce());
  }
  return best.atOnce / best.inParts;
}

// Progress on a terminal is one line that is written over; where there is no terminal it is plain lines, a few of them.

export interface Progress {
  advance(done: number): void;
  finish(): void;
}

/** Shows how many of `total` are done under `label`. */
export function showProgress(label: string, total: number, output: NodeJS.WriteStream = process.stdout): Progress {
  const started = performance.now();
  const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const count = (done: number): string => `${done.toLocaleString('en')} of ${total.toLocaleString('en')}`;
  if (!output.isTTY) {
    output.write(`${label}: ${total.toLocaleString('en')} to load\n`);
    return {
      advance() {},
      finish() {
        output.write(`${label}: ${total.toLocaleString('en')} loaded in ${seconds()}\n`);
      },
    };
  }
  const width = 30;
  const draw = (done: number): void => {
    const filled = Math.round((done / Math.max(total, 1)) * width);
    output.write(`\r${label.padEnd(10)} ${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${count(done)}  ${seconds()} `);
  };
  draw(0);
  return {
    advance: draw,
    finish() {
      draw(total);
      output.write('\n');
    },
  };
}

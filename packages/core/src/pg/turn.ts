// Whose turn it is on a connection. Statements may be written one after the other without waiting; a copy has the wire to itself, and what is called
// meanwhile waits, in the order of the calls.

export class Turns {
  /** While set, somebody has the wire to himself. Never rejects. */
  #occupied: Promise<void> | null = null;

  get isFree(): boolean {
    return this.#occupied === null;
  }

  /** Runs at once when the wire is free, else when it is this call's turn. */
  take<Result>(run: () => Promise<Result>): Promise<Result> {
    return this.#occupied === null ? run() : this.#occupied.then(() => this.take(run));
  }

  /** Keeps others off the wire until `work` has settled. */
  occupy<Result>(work: Promise<Result>): Promise<Result> {
    const release = (): void => {
      if (this.#occupied === occupied) this.#occupied = null;
    };
    const occupied: Promise<void> = work.then(release, release);
    this.#occupied = occupied;
    return work;
  }
}

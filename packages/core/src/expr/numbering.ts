// Numbers nodes by identity: which placeholder a value has, which value a placeholder takes.

/** Up to here a scan is cheaper than a map, and few statements have more. */
const MAX_SCANNED = 32;

/** Nodes in the order of their first appearance. */
export class Numbering<N extends object> {
  readonly nodes: N[] = [];
  #positions: Map<N, number> | null = null;

  /** The node's position from 0, negative when it has none. */
  positionOf(node: N): number {
    const { nodes } = this;
    if (nodes.length <= MAX_SCANNED) return nodes.indexOf(node);
    this.#positions ??= new Map(nodes.map((known, position) => [known, position]));
    return this.#positions.get(node) ?? -1;
  }

  /** Adds a node that has no position yet, and gives it one. */
  add(node: N): number {
    const position = this.nodes.push(node) - 1;
    this.#positions?.set(node, position);
    return position;
  }
}

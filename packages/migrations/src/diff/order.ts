// The order of operations: a graph of what each creates, removes, needs and lets go of, ties broken by rank.

import { SchemaError } from '../error/schema-error.ts';
import { isKeyId } from '../operation/identity.ts';
import { labelOf, orderOf, type Operation } from '../operation/operation.ts';

/**
 * Puts operations in an order in which each finds what it needs.
 *
 * Errors: SCHEMA with `dependency_cycle`, which names the operations of the cycle.
 */
export function inOrder(operations: readonly Operation[]): readonly Operation[] {
  const orders = operations.map(orderOf);
  const after = operations.map(() => new Set<number>());
  const index = (pick: (position: number) => readonly string[]): Map<string, number[]> => {
    const found = new Map<string, number[]>();
    orders.forEach((_, position) => {
      for (const identity of pick(position)) found.set(identity, [...(found.get(identity) ?? []), position]);
    });
    return found;
  };
  const creators = index((position) => orders[position]!.creates);
  const removers = index((position) => orders[position]!.removes);
  const before = (first: number, second: number): void => {
    if (first !== second) after[first]!.add(second);
  };
  orders.forEach(({ creates, needs, frees }, position) => {
    for (const identity of needs) {
      for (const creator of creators.get(identity) ?? []) before(creator, position);
      // Of two keys over the same columns, a foreign key made too early would stand on the one that goes.
      if (isKeyId(identity)) for (const remover of removers.get(identity) ?? []) before(remover, position);
    }
    for (const identity of frees) for (const remover of removers.get(identity) ?? []) before(position, remover);
    // Two keys over the same columns are no conflict.
    for (const identity of creates) if (!isKeyId(identity)) for (const remover of removers.get(identity) ?? []) before(remover, position);
  });
  return sorted(
    operations,
    ranks(
      orders.map(({ rank }) => rank),
      after,
    ),
    after,
  );
}

/** What others wait for comes as early as the earliest of them wants to be: a drop that a new column needs is no late drop. */
function ranks(own: readonly number[], after: readonly ReadonlySet<number>[]): readonly number[] {
  const found = [...own];
  for (let changed = true; changed;) {
    changed = false;
    after.forEach((followers, position) => {
      for (const follower of followers) {
        if (found[follower]! < found[position]!) {
          found[position] = found[follower]!;
          changed = true;
        }
      }
    });
  }
  return found;
}

function sorted(operations: readonly Operation[], rank: readonly number[], after: readonly ReadonlySet<number>[]): readonly Operation[] {
  const waitsFor = operations.map(() => 0);
  for (const followers of after) for (const follower of followers) waitsFor[follower]!++;
  const ready = operations.flatMap((_, position) => (waitsFor[position] === 0 ? [position] : []));
  const result: Operation[] = [];
  while (ready.length > 0) {
    let best = 0;
    for (let at = 1; at < ready.length; at++) {
      const [left, right] = [ready[at]!, ready[best]!];
      if (rank[left]! < rank[right]! || (rank[left] === rank[right] && left < right)) best = at;
    }
    const [position] = ready.splice(best, 1) as [number];
    result.push(operations[position]!);
    for (const follower of after[position]!) if (--waitsFor[follower]! === 0) ready.push(follower);
  }
  if (result.length < operations.length) {
    const stuck = operations.filter((operation) => !result.includes(operation)).map(labelOf);
    throw new SchemaError(
      'dependency_cycle',
      stuck[0]!,
      `These operations need each other: ${stuck.join(', ')}. Make the change in two migrations.`,
    );
  }
  return result;
}

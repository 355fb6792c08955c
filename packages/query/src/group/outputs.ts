// What a shape asks for, checked: names that can stand beside each other, and nodes that can be computed there.

import { nodeOf, type Node, type Place } from '@djogi/core/extension';
import { AliasCollisionError } from '@djogi/core';
import { refuse, scoped } from '../set/refine.ts';
import type { Selection } from '../set/selection.ts';

/** Named outputs of a query, in order. `expressions` is what callbacks receive. */
export interface Outputs {
  readonly names: readonly string[];
  readonly nodes: readonly Node[];
  readonly expressions: Readonly<Record<string, unknown>>;
}

export const NO_OUTPUTS: Outputs = Object.freeze({ names: [], nodes: [], expressions: Object.freeze({}) });

/** An object of expressions as outputs. `method` is for messages. */
export function outputsOf(selection: Selection, shape: unknown, place: Place, method: string): Outputs {
  if (typeof shape !== 'object' || shape === null || Array.isArray(shape))
    return refuse(selection, 'projection', `${method} wants an object of expressions`);
  const names = Object.keys(shape);
  for (const name of names) checkName(name);
  return {
    names,
    nodes: Object.values(shape).map((expression) => scoped(selection, nodeOf(expression as object), place)),
    expressions: shape as Record<string, unknown>,
  };
}

/** The prefix of names in statements that are not the user's; `__proto__` names no property. */
const RESERVED = /^(?:__djogi_|__proto__$)/i;

function checkName(name: string): void {
  if (RESERVED.test(name)) throw new AliasCollisionError(name, `An output is named ${name}, which is reserved. Choose another name.`);
}

/** Refuses a name of `taken` among the names. */
export function checkDistinctNames(names: readonly string[], taken: readonly string[], what: string): void {
  const twice = names.find((name) => taken.includes(name));
  if (twice !== undefined)
    throw new AliasCollisionError(twice, `An output is named ${twice}, and so is ${what}. Choose another name for one of them.`);
}

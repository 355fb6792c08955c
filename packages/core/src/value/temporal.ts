// Where Temporal's classes come from: the runtime when it has them, else the polyfill. Chosen at first use of a kind that needs them, because most
// applications need neither, and loading the polyfill would cost every one of them.

import type { Temporal as TemporalSpec } from 'temporal-spec';
import { DjogiError } from '../error/error.ts';

export type TemporalNamespace = typeof TemporalSpec;

let chosen: TemporalNamespace | undefined;

/** Temporal is neither built in nor loadable here (a browser without it). */
export class TemporalUnavailableError extends DjogiError {
  constructor() {
    super(
      'TEMPORAL_UNAVAILABLE',
      'This runtime has no Temporal and cannot load the polyfill by itself. Import "temporal-polyfill/global" before the models are used.',
    );
  }
}

/** The Temporal namespace of this process. */
export function temporal(): TemporalNamespace {
  return (chosen ??= builtIn() ?? polyfill());
}

function builtIn(): TemporalNamespace | undefined {
  return (globalThis as { Temporal?: TemporalNamespace }).Temporal;
}

interface ModuleLoader {
  getBuiltinModule?(name: string): { createRequire(from: string): (name: string) => { Temporal: TemporalNamespace } } | undefined;
}

/** Node loads an ES module synchronously; asking the process for its loader keeps `node:` out of the import graph of the pure entries. */
function polyfill(): TemporalNamespace {
  const loader = (globalThis as { process?: ModuleLoader }).process?.getBuiltinModule?.('module');
  if (loader === undefined) throw new TemporalUnavailableError();
  return loader.createRequire(import.meta.url)('temporal-polyfill').Temporal;
}

/** Forgets the choice, so that a test can take the other branch. @internal */
export function forgetTemporal(): void {
  chosen = undefined;
}

/** Recognises a Temporal value of either origin by its tag. */
export function isTemporal(value: unknown, name: 'Instant' | 'PlainDate' | 'PlainTime' | 'PlainDateTime' | 'Duration'): boolean {
  return (
    typeof value === 'object' && value !== null && (value as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] === `Temporal.${name}`
  );
}

// The root of every error family. Errors are recognised by a brand from the global symbol registry and by their code, so that a check
// still works when an application carries two copies of a package.

const brand: unique symbol = Symbol.for('djogi.error');

/** Facts about a failure. They become own properties of the error, and `toJSON` writes them. Never row values, parameters or secrets. */
export type ErrorFacts = Readonly<Record<string, unknown>>;

/**
 * The base of every error that Djogi throws.
 *
 * Shape: `code` names the situation and never changes meaning; `message` says what happened, to what, and what to do next; the facts in the
 * message are own properties too; `cause` keeps the original. `toJSON` leaves out the cause and the stack, so an error may cross a process boundary.
 */
export abstract class DjogiError extends Error {
  readonly code: string;
  /** True when the same call may succeed if the unit of work is run again. */
  readonly isTransient: boolean = false;

  constructor(code: string, message: string, facts: ErrorFacts = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    Object.defineProperty(this, 'name', { value: new.target.name, configurable: true, writable: true, enumerable: false });
    Object.defineProperty(this, brand, { value: true });
    for (const key of Object.keys(facts))
      if (facts[key] !== undefined) Object.defineProperty(this, key, { value: facts[key], enumerable: true, configurable: true });
  }

  toJSON(): Record<string, unknown> {
    const { isTransient, code, ...facts } = this as unknown as Record<string, unknown>;
    delete facts['cause'];
    return { name: this.name, code, message: this.message, isTransient, ...facts };
  }
}

/**
 * Reports whether `error` is a Djogi error, and of the given code when one is named. Works on `unknown` and across two copies of a package.
 *
 * @example
 * try { await Country.get(ctx, id) } catch (error) { if (isDjogiError(error, 'NOT_FOUND')) return null; throw error }
 */
export function isDjogiError(error: unknown, code?: string): error is DjogiError {
  if (typeof error !== 'object' || error === null || (error as Record<symbol, unknown>)[brand] !== true) return false;
  return code === undefined || (error as DjogiError).code === code;
}

/** Reports whether running the whole unit of work again may succeed: lock conflicts, pool timeouts, transient id-generation failures. */
export function isTransient(error: unknown): boolean {
  return isDjogiError(error) && error.isTransient;
}

/** A state that Djogi's own code rules out. Please report it with the stack. */
export class InternalError extends DjogiError {
  constructor(message: string, facts?: ErrorFacts) {
    super('INTERNAL', `${message} This is a defect in Djogi: please report it with the stack.`, facts);
  }
}

/** Marks a branch that the types rule out, so that a new kind fails to compile where it is forgotten. */
export function unreachable(value: never): never {
  throw new InternalError(`Reached a branch for ${JSON.stringify((value as { kind?: unknown } | null)?.kind ?? typeof value)}.`);
}

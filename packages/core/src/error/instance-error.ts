// Misuse of a row object, of an id, or of a predicate.

import { DjogiError, type ErrorFacts } from './error.ts';

/** INSTANCE_DELETED: the row was deleted or consumed. INSTANCE_BUSY: another operation on the same instance is still running. */
export class InstanceError extends DjogiError {
  constructor(code: 'INSTANCE_DELETED' | 'INSTANCE_BUSY', message: string, facts: ErrorFacts = {}) {
    super(code, message, facts);
  }
}

/** An identifier is malformed, out of range, or could not be generated. Codes begin with `ID_`. */
export class IdError extends DjogiError {
  override readonly isTransient: boolean;
  constructor(code: `ID_${string}`, message: string, facts: ErrorFacts = {}, options?: ErrorOptions & { transient?: boolean }) {
    super(code, message, facts, options);
    this.isTransient = options?.transient ?? false;
  }
}

/** A predicate has no in-memory meaning, or belongs to another model. `kind` says which. */
export class PredicateError extends DjogiError {
  declare readonly kind: string;
  constructor(kind: string, message: string, facts: ErrorFacts = {}) {
    super('PREDICATE', message, { kind, ...facts });
  }
}

/**
 * An audience's view of a row could not be made. `kind` says why: `unresolvedRelation` (a relation that it shows is not loaded), `derivedDrift` (a derived field
 * differs between memory and database). `visage` is the audience's, `field` the property.
 */
export class VisageError extends DjogiError {
  declare readonly kind: 'unresolvedRelation' | 'derivedDrift';
  declare readonly field: string;
  constructor(kind: 'unresolvedRelation' | 'derivedDrift', message: string, facts: ErrorFacts & { field: string }) {
    super('VISAGE', message, { kind, ...facts });
  }
}

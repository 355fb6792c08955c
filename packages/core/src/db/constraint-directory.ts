// What the context asks a registry about constraints, so that a wrong name in `deferConstraints` is refused before any SQL.

export interface ConstraintDirectory {
  /** Whether the constraint of this name may be deferred; undefined when no model declares it. */
  deferrability(constraint: string): 'deferrable' | 'notDeferrable' | undefined;
}

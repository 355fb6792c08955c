// A migration file as data: segments of steps, and what of them commits together.

/**
 * - `transactional`: one transaction
 * - `non_transactional`: each step alone, for statements that refuse a transaction
 * - `metadata_only`: nothing is executed
 */
export type SegmentKind = 'transactional' | 'non_transactional' | 'metadata_only';
export const SEGMENT_KINDS: readonly SegmentKind[] = ['transactional', 'non_transactional', 'metadata_only'];

export interface ScriptStep {
  /** `addColumn posts.title`. One line. */
  readonly label: string;
  /** Normalized. */
  readonly sql: string;
  /** Of its first line in the file, from 1. */
  readonly line: number;
}

export interface ScriptSegment {
  readonly kind: SegmentKind;
  /** It runs without timeouts, because it reads for as long as a table is large and blocks nobody. Non-transactional segments always do. */
  readonly isPatient: boolean;
  readonly steps: readonly ScriptStep[];
}

export type Direction = 'up' | 'down';

/** One `.sdjql` file. */
export interface MigrationScript {
  readonly direction: Direction;
  /** `sha256:…` of the schema it was composed against; null when it was none. */
  readonly snapshotBase: string | null;
  /** Labels of apps of the same database whose migrations come first. */
  readonly dependsOn: readonly string[];
  /** Why what it loses may be lost. */
  readonly justification: string | null;
  /** Milliseconds for each statement; null leaves it to the runner. */
  readonly statementTimeoutMs: number | null;
  readonly segments: readonly ScriptSegment[];
}

/** What commits together: a transactional segment, or one step alone. The progress of a run counts these. */
export interface ScriptUnit {
  readonly kind: 'transactional' | 'alone';
  readonly isPatient: boolean;
  readonly steps: readonly ScriptStep[];
}

export const unitsOf = ({ segments }: Pick<MigrationScript, 'segments'>): readonly ScriptUnit[] =>
  segments.flatMap(({ kind, isPatient, steps }): ScriptUnit[] => {
    if (kind === 'metadata_only' || steps.length === 0) return [];
    if (kind === 'transactional') return [{ kind, isPatient, steps }];
    return steps.map((step) => ({ kind: 'alone', isPatient: true, steps: [step] }));
  });

export type ExecutionMode = 'transactional' | 'non_transactional';

/** `transactional` when everything is one transaction. */
export const executionModeOf = (script: Pick<MigrationScript, 'segments'>): ExecutionMode =>
  unitsOf(script).every(({ kind }) => kind === 'transactional') && unitsOf(script).length <= 1 ? 'transactional' : 'non_transactional';

export const fragmentsOf = ({ segments }: Pick<MigrationScript, 'segments'>): readonly string[] =>
  segments.filter(({ kind }) => kind !== 'metadata_only').flatMap(({ steps }) => steps.map(({ sql }) => sql));

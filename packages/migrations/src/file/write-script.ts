// From segments and steps to the text of a migration file. The same inputs give the same bytes.

import { MigrationFileError } from '../error/file-error.ts';
import { bucketName, GLOBAL_APP } from './bucket.ts';
import { DIRECTIVE, normalized } from './fragment.ts';
import type { ScriptIdentity } from './parse-script.ts';
import { executionModeOf, type MigrationScript, type SegmentKind } from './script.ts';
import { timeoutText } from './timeout.ts';
import { versionParts } from './version.ts';

export interface WrittenStep {
  readonly label: string;
  readonly sql: string;
}
export interface WrittenSegment {
  readonly kind: SegmentKind;
  readonly isPatient: boolean;
  readonly steps: readonly WrittenStep[];
}
export type WrittenScript = Omit<MigrationScript, 'segments' | 'direction'> & { readonly segments: readonly WrittenSegment[] };

/**
 * Writes one `.sdjql` file. `parseScript` of it gives the same segments.
 *
 * Errors: MIGRATION_FILE with `directive` for a label or a reason that is not one line, and for SQL with a line that would be read as a directive.
 */
export function renderScript(script: WrittenScript, identity: ScriptIdentity): string {
  const { generatedAt } = versionParts(identity.version, identity.file);
  const segments = script.segments.map((segment) => ({ ...segment, steps: segment.steps.map((step) => ({ ...step, line: 0 })) }));
  const lines = [
    `-- Migration: ${identity.version}`,
    `-- Bucket: ${bucketName(identity.bucket)}`,
    `-- Direction: ${identity.direction.toUpperCase()}`,
    `-- Execution-Mode: ${executionModeOf({ segments })}`,
    `-- Snapshot-Base: ${script.snapshotBase ?? 'none'}`,
    `-- Depends-On: ${script.dependsOn.length === 0 ? '(none)' : script.dependsOn.map((app) => (app === '' ? GLOBAL_APP : app)).join(', ')}`,
  ];
  if (generatedAt !== null) lines.push(`-- Generated: ${generatedAt}`);
  if (script.justification !== null) lines.push(`-- djogi-justify: ${oneLine(script.justification, 'The reason', identity)}`);
  if (script.statementTimeoutMs !== null) lines.push(`-- djogi: statement_timeout=${timeoutText(script.statementTimeoutMs)}`);
  for (const { kind, isPatient, steps } of script.segments) {
    lines.push('', `-- djogi:segment ${kind}${isPatient && kind === 'transactional' ? ' patient' : ''}`);
    for (const { label, sql } of steps) {
      lines.push(`-- djogi:step ${oneLine(label, 'The label', identity)}`);
      const fragment = normalized(sql);
      if (fragment.split('\n').some((line) => DIRECTIVE.test(line)))
        throw new MigrationFileError(
          'directive',
          { file: identity.file },
          `The SQL of ${label} has a line that reads as a directive: -- djogi:. Write it otherwise.`,
        );
      if (fragment !== '') lines.push(fragment);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Labels and reasons are read back from the rest of a line. */
function oneLine(text: string, what: string, { file }: ScriptIdentity): string {
  if (text === '' || text !== text.trim() || /[\r\n\uFEFF]/.test(text))
    throw new MigrationFileError('directive', { file }, `${what} ${JSON.stringify(text)} must be one line with nothing blank at its ends.`);
  return text;
}

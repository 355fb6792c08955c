// One migration: its way up, its way back and its sidecar, held to each other.

import { sha256Hex } from '@djogi/core/extension';
import { MigrationFileError } from '../error/file-error.ts';
import { bucketName, GLOBAL_BUCKET, type BucketId } from './bucket.ts';
import { checksumDownOf, checksumOf } from './checksum.ts';
import { normalized } from './fragment.ts';
import { parseScript } from './parse-script.ts';
import { fragmentsOf, type Direction, type MigrationScript, type ScriptSegment, type SegmentKind } from './script.ts';
import {
  isOfBucket,
  parseSidecar,
  renderSidecar,
  type JsonValue,
  type MigrationOrigin,
  type Sidecar,
  type SidecarSegment,
  type StepEffect,
  type Touches,
} from './sidecar.ts';
import { TOOL_VERSION } from './tool-version.ts';
import { versionParts } from './version.ts';
import { renderScript, type WrittenSegment } from './write-script.ts';

export interface Migration {
  readonly bucket: BucketId;
  /** `V20260425010203__add_horsepower`. */
  readonly version: string;
  readonly up: MigrationScript;
  /** Null when there is no down file. */
  readonly down: MigrationScript | null;
  readonly sidecar: Sidecar;
  /** Of what the files execute now. */
  readonly checksumUp: string;
  readonly checksumDown: string | null;
}

export interface DraftStep {
  readonly label: string;
  readonly sql: string;
  /** Default `safe`. */
  readonly effect?: StepEffect;
}
export interface DraftSegment {
  readonly kind: SegmentKind;
  /** Default false; non-transactional segments always are. */
  readonly isPatient?: boolean;
  readonly steps: readonly DraftStep[];
}

/** What a migration is made of. */
export interface MigrationDraft {
  readonly version: string;
  /** Default `main/_global_`. */
  readonly bucket?: BucketId;
  /** Default `custom`. */
  readonly origin?: MigrationOrigin;
  readonly up: readonly DraftSegment[];
  readonly down?: readonly DraftSegment[];
  /** Labels of apps of the same database whose migrations come first. */
  readonly dependsOn?: readonly string[];
  readonly touches?: Touches | null;
  readonly operations?: readonly JsonValue[];
  readonly beforeDigest?: string | null;
  readonly afterDigest?: string | null;
  readonly descriptors?: JsonValue;
  /** Why what it loses may be lost: written into the up file, so that a deploy need not say it again. */
  readonly justification?: string;
  readonly statementTimeoutMs?: number;
}

/** The texts of a migration, as they are in its folder. */
export interface MigrationTexts {
  readonly up: string;
  readonly down: string | null;
  readonly sidecar: string;
}

export const upFile = (version: string): string => `${version}.sdjql`;
export const downFile = (version: string): string => `${version}.down.sdjql`;
export const sidecarFile = (version: string): string => `${version}.plan.json`;

/** What errors call a file of a migration: its path below the directory of migrations. */
const placed = (bucket: BucketId, name: string): string => `${bucketName(bucket)}/${name}`;
export const scriptPlace = ({ bucket, version }: Pick<Migration, 'bucket' | 'version'>, direction: Direction): string =>
  placed(bucket, direction === 'up' ? upFile(version) : downFile(version));

/**
 * The files of a draft.
 *
 * Shape: the same draft gives the same bytes. What `parseMigration` makes of them is the draft again.
 * Errors: MIGRATION_FILE for SQL that its segment cannot run, and for a version that is none.
 */
export function renderMigration(draft: MigrationDraft): MigrationTexts {
  const { version, bucket = GLOBAL_BUCKET, dependsOn = [], beforeDigest = null } = draft;
  const script = (direction: Direction, segments: readonly DraftSegment[]): string => {
    const identity = { bucket, version, direction, file: scriptPlace({ bucket, version }, direction) };
    const text = renderScript(
      {
        segments: segments.map(writtenSegment),
        snapshotBase: beforeDigest,
        dependsOn,
        justification: direction === 'up' ? (draft.justification ?? null) : null,
        statementTimeoutMs: draft.statementTimeoutMs ?? null,
      },
      identity,
    );
    // What cannot be read is not written.
    parseScript(text, identity);
    return text;
  };
  const up = script('up', draft.up);
  const down = draft.down === undefined ? null : script('down', draft.down);
  return { up, down, sidecar: renderSidecar(sidecarOf(draft, bucket)) };
}

const writtenSegment = ({ kind, isPatient = false, steps }: DraftSegment): WrittenSegment => ({
  kind,
  isPatient: isPatient || kind === 'non_transactional',
  steps: steps.map(({ label, sql }) => ({ label, sql })),
});

const draftFragments = (segments: readonly DraftSegment[]): readonly string[] =>
  segments.filter(({ kind }) => kind !== 'metadata_only').flatMap(({ steps }) => steps.map(({ sql }) => normalized(sql)));

const sidecarOf = (draft: MigrationDraft, bucket: BucketId): Sidecar => ({
  bucket: bucketName(bucket),
  version: draft.version,
  origin: draft.origin ?? 'custom',
  toolVersion: TOOL_VERSION,
  checksumUp: checksumOf(draftFragments(draft.up)),
  checksumDown: checksumDownOf(draftFragments(draft.down ?? [])),
  up: draft.up.map(sealedSegment),
  down: (draft.down ?? []).map(sealedSegment),
  dependsOn: draft.dependsOn ?? [],
  touches: draft.touches ?? null,
  operations: draft.operations ?? [],
  beforeDigest: draft.beforeDigest ?? null,
  afterDigest: draft.afterDigest ?? null,
  descriptors: draft.descriptors ?? null,
});

const sealedSegment = ({ kind, steps }: DraftSegment): SidecarSegment => ({
  kind,
  steps: steps.map(({ label, sql, effect = 'safe' }) => ({ label, sha256: sha256Hex(normalized(sql)), effect })),
});

/**
 * Reads the texts of one migration.
 *
 * Errors: MIGRATION_FILE, with the line where there is one; `disagreement` when the sidecar is of another migration. That what is executed is what
 * was sealed is not asked here: `checkSealed` does.
 */
export function parseMigration(identity: { readonly bucket: BucketId; readonly version: string }, texts: MigrationTexts): Migration {
  const { bucket, version } = identity;
  const script = (text: string, direction: Direction): MigrationScript =>
    parseScript(text, { bucket, version, direction, file: scriptPlace(identity, direction) });
  versionParts(version, placed(bucket, upFile(version)));
  const up = script(texts.up, 'up');
  const down = texts.down === null ? null : script(texts.down, 'down');
  const file = placed(bucket, sidecarFile(version));
  const sidecar = parseSidecar(texts.sidecar, file);
  if (!isOfBucket(sidecar, bucket) || sidecar.version !== version)
    throw new MigrationFileError(
      'disagreement',
      { file },
      `The sidecar is of ${sidecar.bucket} ${sidecar.version}. Files of a migration are renamed and moved together, and seal says so.`,
    );
  return {
    bucket,
    version,
    up,
    down,
    sidecar,
    checksumUp: checksumOf(fragmentsOf(up)),
    checksumDown: down === null ? null : checksumDownOf(fragmentsOf(down)),
  };
}

/**
 * Refuses files that execute something else than the sidecar was sealed for.
 *
 * Errors: MIGRATION_FILE with `checksum`, which names the first step that differs and its line.
 */
export function checkSealed(migration: Migration): void {
  for (const direction of ['up', 'down'] as const) {
    const [now, sealed] =
      direction === 'up' ? [migration.checksumUp, migration.sidecar.checksumUp] : [migration.checksumDown, migration.sidecar.checksumDown];
    const script = migration[direction];
    const place = { file: scriptPlace(migration, direction) };
    const difference = firstDifference(script?.segments ?? [], migration.sidecar[direction]);
    if (now === sealed && difference === null) continue;
    throw new MigrationFileError(
      'checksum',
      { ...place, line: difference?.line },
      `${difference === null ? 'The file' : `The step ${JSON.stringify(difference.label)}`} is not what the sidecar was sealed for. Undo the edit, or, if it was meant and reviewed, seal the migration.`,
    );
  }
}

/** The first step of the file that is not the sidecar's; null when they are the same. */
function firstDifference(
  segments: readonly ScriptSegment[],
  sealed: readonly SidecarSegment[],
): { readonly label: string; readonly line: number | undefined } | null {
  const steps = segments.flatMap(({ kind, steps: list }) => list.map((step) => ({ ...step, kind })));
  const known = sealed.flatMap(({ kind, steps: list }) => list.map((step) => ({ ...step, kind })));
  for (let index = 0; index < Math.max(steps.length, known.length); index++) {
    const step = steps[index];
    const other = known[index];
    if (step === undefined) return { label: other!.label, line: undefined };
    if (other === undefined || step.kind !== other.kind || step.label !== other.label || sha256Hex(step.sql) !== other.sha256) return step;
  }
  return null;
}

/** The sidecar of what the files execute now. Effects are kept by label; a step that the sidecar does not know is taken to lose nothing. */
export function sealedSidecar(migration: Migration): Sidecar {
  const { sidecar, up, down } = migration;
  const segments = (list: readonly ScriptSegment[], before: readonly SidecarSegment[]): readonly SidecarSegment[] => {
    const effects = new Map(before.flatMap(({ steps }) => steps.map(({ label, effect }) => [label, effect] as const)));
    return list.map(({ kind, steps }) => ({
      kind,
      steps: steps.map(({ label, sql }) => ({ label, sha256: sha256Hex(sql), effect: effects.get(label) ?? 'safe' })),
    }));
  };
  return {
    ...sidecar,
    checksumUp: migration.checksumUp,
    checksumDown: migration.checksumDown,
    up: segments(up.segments, sidecar.up),
    down: segments(down?.segments ?? [], sidecar.down),
  };
}

/** Labels of the steps that lose something, of one direction. */
export const lossesOf = ({ sidecar }: Migration, direction: Direction): readonly string[] =>
  sidecar[direction].flatMap(({ steps }) => steps.filter(({ effect }) => effect !== 'safe').map(({ label }) => label));

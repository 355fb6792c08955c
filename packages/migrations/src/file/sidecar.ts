// The plan sidecar: what the composer knew about a migration and SQL does not say. Committed beside the files; wire names are snake_case, keys alphabetical.

import { MigrationFileError } from '../error/file-error.ts';
import { bucketName } from './bucket.ts';
import { checkChecksum } from './checksum.ts';
import { SEGMENT_KINDS, type SegmentKind } from './script.ts';

/** Of the whole sidecar; a reader refuses another. */
export const SIDECAR_FORMAT = '1';

/**
 * - `composed`: from a difference of models
 * - `custom`: written by hand
 * - `bootstrap`: the id generators and extensions
 * - `baseline`: what a database had when it was adopted
 */
export type MigrationOrigin = 'composed' | 'custom' | 'bootstrap' | 'baseline';
const ORIGINS: readonly MigrationOrigin[] = ['composed', 'custom', 'bootstrap', 'baseline'];

export type StepEffect = 'safe' | 'lossy' | 'destructive';
const EFFECTS: readonly StepEffect[] = ['safe', 'lossy', 'destructive'];

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export interface SidecarStep {
  readonly label: string;
  /** Of the normalized fragment. */
  readonly sha256: string;
  readonly effect: StepEffect;
}
export interface SidecarSegment {
  readonly kind: SegmentKind;
  readonly steps: readonly SidecarStep[];
}

/** Names of what a migration reads and writes: two whose sets are disjoint may come in either order. Null: unknown, so it comes in no order but its own. */
export interface Touches {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

export interface Sidecar {
  /** `main/_global_`. */
  readonly bucket: string;
  readonly version: string;
  readonly origin: MigrationOrigin;
  /** Of the package that wrote it: for people. */
  readonly toolVersion: string;
  readonly checksumUp: string;
  /** Null when the way back executes nothing. */
  readonly checksumDown: string | null;
  readonly up: readonly SidecarSegment[];
  readonly down: readonly SidecarSegment[];
  readonly dependsOn: readonly string[];
  readonly touches: Touches | null;
  /** What changed, as data, in order. Folding it over the migrations before it gives the schema that is expected. */
  readonly operations: readonly JsonValue[];
  /** Digests of the schema before and after, to check a fold by. */
  readonly beforeDigest: string | null;
  readonly afterDigest: string | null;
  /** The models it was composed from, or the snapshot of a baseline; null for SQL by hand. */
  readonly descriptors: JsonValue;
}

/** The text of a sidecar. The same facts give the same bytes. */
export function renderSidecar(sidecar: Sidecar): string {
  const segments = (list: readonly SidecarSegment[]): JsonValue =>
    list.map(({ kind, steps }) => ({ kind, steps: steps.map(({ label, sha256, effect }) => ({ effect, label, sha256 })) }));
  const wire: JsonValue = {
    format_version: SIDECAR_FORMAT,
    bucket: sidecar.bucket,
    version: sidecar.version,
    origin: sidecar.origin,
    tool_version: sidecar.toolVersion,
    checksum_up: sidecar.checksumUp,
    checksum_down: sidecar.checksumDown,
    segments: segments(sidecar.up),
    down_segments: segments(sidecar.down),
    depends_on: sidecar.dependsOn,
    touches: sidecar.touches === null ? null : { reads: sidecar.touches.reads, writes: sidecar.touches.writes },
    operations: sidecar.operations,
    before_digest: sidecar.beforeDigest,
    after_digest: sidecar.afterDigest,
    descriptors: sidecar.descriptors,
  };
  return `${JSON.stringify(sorted(wire), null, 2)}\n`;
}

/** With the keys of every object in the order of their UTF-16 units. */
export function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const record = value as { readonly [key: string]: JsonValue };
  return Object.fromEntries(
    Object.keys(record)
      .sort()
      .map((key) => [key, sorted(record[key]!)]),
  );
}

/**
 * Reads a sidecar.
 *
 * Errors: MIGRATION_FILE with `sidecar`: no JSON (a merge conflict is named), another format, an unknown key, a value of another shape; `checksum_format`.
 */
export function parseSidecar(text: string, file: string): Sidecar {
  return new SidecarReader(file).read(text);
}

const KEYS = [
  'after_digest',
  'before_digest',
  'bucket',
  'checksum_down',
  'checksum_up',
  'depends_on',
  'descriptors',
  'down_segments',
  'format_version',
  'operations',
  'origin',
  'segments',
  'tool_version',
  'touches',
  'version',
];

type Fields = { readonly [key: string]: JsonValue };

class SidecarReader {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  read(text: string): Sidecar {
    const root = this.#fields(this.#json(text), 'the sidecar');
    // The format first: what an unknown one calls its keys is no news.
    if (root['format_version'] !== SIDECAR_FORMAT)
      this.#refuse(
        `format_version is ${JSON.stringify(root['format_version'] ?? null)}, and this version reads "${SIDECAR_FORMAT}". Use the version of Djogi that wrote it.`,
      );
    this.#keys(root, KEYS, '');
    const touches = root['touches']!;
    const sidecar: Sidecar = {
      bucket: this.#text(root, 'bucket'),
      version: this.#text(root, 'version'),
      origin: this.#oneOf(root, 'origin', ORIGINS),
      toolVersion: this.#text(root, 'tool_version'),
      checksumUp: this.#text(root, 'checksum_up'),
      checksumDown: this.#textOrNull(root, 'checksum_down'),
      up: this.#segments(root['segments']!, 'segments'),
      down: this.#segments(root['down_segments']!, 'down_segments'),
      dependsOn: this.#texts(root['depends_on']!, 'depends_on'),
      touches: touches === null ? null : this.#touches(touches),
      operations: this.#list(root['operations']!, 'operations'),
      beforeDigest: this.#textOrNull(root, 'before_digest'),
      afterDigest: this.#textOrNull(root, 'after_digest'),
      descriptors: root['descriptors']!,
    };
    checkChecksum(sidecar.checksumUp, { file: this.#file });
    if (sidecar.checksumDown !== null) checkChecksum(sidecar.checksumDown, { file: this.#file });
    return sidecar;
  }

  #json(text: string): JsonValue {
    try {
      return JSON.parse(text.replace(/^\uFEFF/, '')) as JsonValue;
    } catch (cause) {
      const conflict = text.split('\n').findIndex((line) => /^(<{7}|={7}|>{7})( |$)/.test(line));
      const line = conflict < 0 ? undefined : conflict + 1;
      const message =
        conflict < 0
          ? 'The sidecar is no JSON.'
          : 'The sidecar has conflict markers of a merge. Take one side whole: a migration is never merged with another.';
      throw new MigrationFileError('sidecar', { file: this.#file, line }, message, { cause });
    }
  }

  #touches(value: JsonValue): Touches {
    const fields = this.#fields(value, 'touches');
    this.#keys(fields, ['reads', 'writes'], 'touches.');
    return { reads: this.#texts(fields['reads']!, 'touches.reads'), writes: this.#texts(fields['writes']!, 'touches.writes') };
  }

  #segments(value: JsonValue, path: string): readonly SidecarSegment[] {
    return this.#list(value, path).map((segment, index) => {
      const at = `${path}[${index}]`;
      const fields = this.#fields(segment, at);
      this.#keys(fields, ['kind', 'steps'], `${at}.`);
      const steps = this.#list(fields['steps']!, `${at}.steps`).map((step, number): SidecarStep => {
        const where = `${at}.steps[${number}]`;
        const parts = this.#fields(step, where);
        this.#keys(parts, ['effect', 'label', 'sha256'], `${where}.`);
        return { label: this.#text(parts, 'label'), sha256: this.#text(parts, 'sha256'), effect: this.#oneOf(parts, 'effect', EFFECTS) };
      });
      return { kind: this.#oneOf(fields, 'kind', SEGMENT_KINDS), steps };
    });
  }

  #fields(value: JsonValue, path: string): Fields {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) this.#refuse(`${path} must be an object.`);
    return value as Fields;
  }

  #keys(fields: Fields, known: readonly string[], path: string): void {
    for (const key of Object.keys(fields)) if (!known.includes(key)) this.#refuse(`${path}${key} is unknown.`);
    for (const key of known) if (!(key in fields)) this.#refuse(`${path}${key} is missing.`);
  }

  #list(value: JsonValue, path: string): readonly JsonValue[] {
    return Array.isArray(value) ? (value as readonly JsonValue[]) : this.#refuse(`${path} must be a list.`);
  }

  #texts(value: JsonValue, path: string): readonly string[] {
    return this.#list(value, path).map((each) => (typeof each === 'string' ? each : this.#refuse(`${path} must be a list of texts.`)));
  }

  #text(fields: Fields, key: string): string {
    const value = fields[key];
    return typeof value === 'string' ? value : this.#refuse(`${key} must be a text.`);
  }

  #textOrNull(fields: Fields, key: string): string | null {
    return fields[key] === null ? null : this.#text(fields, key);
  }

  #oneOf<Value extends string>(fields: Fields, key: string, values: readonly Value[]): Value {
    const value = this.#text(fields, key);
    return (
      values.find((each) => each === value) ?? this.#refuse(`${key} is ${JSON.stringify(value)}, and must be one of ${values.join(', ')}.`)
    );
  }

  #refuse(message: string): never {
    throw new MigrationFileError('sidecar', { file: this.#file }, message);
  }
}

/** Whether the sidecar names the bucket of its folder. */
export const isOfBucket = (sidecar: Sidecar, bucket: Parameters<typeof bucketName>[0]): boolean => sidecar.bucket === bucketName(bucket);

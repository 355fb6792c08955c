// In which order migrations run, which of them come late, and what they wait for.

import { MigrationRunError } from '../error/run-error.ts';
import { bucketName } from '../file/bucket.ts';
import type { Migration } from '../file/migration.ts';
import type { Touches } from '../file/sidecar.ts';
import { byVersion } from '../file/version.ts';
import { isInSchema, type LedgerRow } from '../ledger/row.ts';
import { keyOf, migrationKey, shown } from './source.ts';

const digits = (version: string): string => version.slice(0, 15);

/** By time; at one instant, apps that others depend on first; then by bucket. */
export function inOrder(migrations: readonly Migration[]): readonly Migration[] {
  const left = [...migrations].sort(
    (a, b) => byVersion(digits(a.version), digits(b.version)) || byVersion(bucketName(a.bucket), bucketName(b.bucket)),
  );
  const ordered: Migration[] = [];
  while (left.length > 0) {
    const first = digits(left[0]!.version);
    const group = left.filter(({ version }) => digits(version) === first);
    const next = group.findIndex(
      (migration) => !group.some((other) => other !== migration && migration.up.dependsOn.includes(other.bucket.app)),
    );
    // Two that wait for each other: their composer was wrong, and the order of their names is as good as another.
    ordered.push(...left.splice(Math.max(next, 0), 1));
  }
  return ordered;
}

/** Refuses a run in which a migration would come before one that it waits for. Errors: MIGRATION_RUN with `dependency`. */
export function checkDependencies(run: readonly Migration[], all: readonly Migration[], rows: ReadonlyMap<string, LedgerRow>): void {
  const done = new Set([...rows.values()].filter(isInSchema).map(({ app, version }) => keyOf(app, version)));
  for (const migration of run) {
    for (const app of migration.up.dependsOn) {
      const missing = all.find(
        (other) =>
          other.bucket.app === app &&
          other !== migration &&
          digits(other.version) <= digits(migration.version) &&
          !done.has(migrationKey(other)),
      );
      if (missing !== undefined && app !== migration.bucket.app) {
        throw new MigrationRunError(
          'dependency',
          `${shown(migration)} comes after ${shown(missing)}, which is not applied. Apply its bucket too.`,
          {
            version: migration.version,
            bucket: bucketName(migration.bucket),
            other: missing.version,
          },
        );
      }
    }
    done.add(migrationKey(migration));
  }
}

export interface LateMigration {
  readonly migration: Migration;
  /** A later one of the bucket that is applied already. */
  readonly peer: LedgerRow;
  /** True when the two touch the same thing, or nobody knows what they touch. */
  readonly conflicts: boolean;
}

/** Migrations that sort before applied ones of their bucket, each with the later one that it conflicts with, else the last. */
export function lateOnes(
  run: readonly Migration[],
  all: readonly Migration[],
  rows: ReadonlyMap<string, LedgerRow>,
): readonly LateMigration[] {
  const touches = new Map(all.map((migration) => [migrationKey(migration), migration.sidecar.touches]));
  return run.flatMap((migration): LateMigration[] => {
    const later = [...rows.values()].filter(
      (row) => isInSchema(row) && row.app === migration.bucket.app && digits(row.version) > digits(migration.version),
    );
    if (later.length === 0) return [];
    const conflicting = later.find((row) => !areDisjoint(migration.sidecar.touches, touches.get(keyOf(row.app, row.version)) ?? null));
    return [{ migration, peer: conflicting ?? later.at(-1)!, conflicts: conflicting !== undefined }];
  });
}

/** Whether the two may come in either order: neither writes what the other reads or writes. */
export function areDisjoint(left: Touches | null, right: Touches | null): boolean {
  if (left === null || right === null) return false;
  const meets = (writes: readonly string[], other: Touches): boolean =>
    writes.some((name) => other.reads.includes(name) || other.writes.includes(name));
  return !meets(left.writes, right) && !meets(right.writes, left);
}

/** Refuses late migrations that conflict, unless there is a reason. Errors: MIGRATION_RUN with `out_of_order`, which names both. */
export function checkLate(late: readonly LateMigration[], reason: string | null): void {
  const conflict = late.find(({ conflicts }) => conflicts);
  if (conflict === undefined || reason !== null) return;
  const { migration, peer } = conflict;
  throw new MigrationRunError(
    'out_of_order',
    `${shown(migration)} comes before ${peer.version}, which was applied at ${peer.appliedAt}, and the two may touch the same things. Give it a later version, or say why it may come late in allowOutOfOrder.`,
    { version: migration.version, bucket: bucketName(migration.bucket), other: peer.version },
  );
}

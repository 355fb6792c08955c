// Adopts a database that was there before its migrations: its schema becomes the first of them, and counts as applied here.

import type { Context } from '@djogi/core';
import { MigrationRunError } from '../error/run-error.ts';
import { bucketName, type BucketId } from '../file/bucket.ts';
import { BOOTSTRAP_VERSION } from '../file/bootstrap.ts';
import { digestOf } from '../file/digest.ts';
import { readMigrations, writeMigration } from '../file/directory.ts';
import { checkSealed, type Migration, type MigrationDraft } from '../file/migration.ts';
import { executionModeOf, unitsOf } from '../file/script.ts';
import type { JsonValue } from '../file/sidecar.ts';
import { versionOf } from '../file/version.ts';
import { addEvent } from '../ledger/event.ts';
import { insertRow, isInSchema, readRows } from '../ledger/row.ts';
import { catalogClientOf, withLedgerSession } from '../ledger/session.ts';
import { relationId } from '../operation/identity.ts';
import { renderCreate } from '../render/render-create.ts';
import type { UnsupportedObject } from '../snapshot/catalog-document.ts';
import { readCatalog } from '../snapshot/from-catalog.ts';
import { makeSnapshot } from '../snapshot/make-snapshot.ts';
import type { SchemaSnapshot } from '../snapshot/snapshot.ts';
import { lockRun, together, type RunOptions } from './apply.ts';
import { newRunId } from './run-id.ts';
import { checkedReason, namedBy, shown } from './source.ts';

export interface BaselineOptions extends Omit<RunOptions, 'apps'> {
  readonly reason: string;
  /** The app that owns the tables. Default `''`. */
  readonly app?: string;
  /** A baseline that was written for another database of the same shape, or the beginning of its version. Default: a new one is written. */
  readonly version?: string;
  /** Of the new version. Default `baseline`. */
  readonly name?: string;
  readonly schemas?: readonly string[];
  /** Only these tables, by `name` or `schema.name`. Default all. */
  readonly tables?: readonly string[];
  readonly now?: Date;
}

export interface BaselineResult {
  readonly runId: string;
  readonly migration: Migration;
  /** What the database has beside, and a snapshot has no place for. Migrations by hand can make it elsewhere. */
  readonly unsupported: readonly UnsupportedObject[];
}

/**
 * Makes the schema of a database the baseline of its history.
 *
 * Shape: writes a migration that creates the schema from nothing, for new databases, and records it here as `baseline` without running it. With `version`, writes
 * no file, and records that baseline when this database has the same schema. The id generators and what is in the schema `djogi` are no part of it.
 * Errors: MIGRATION_RUN with `reason`, `baseline_history` when migrations are applied already, `baseline_mismatch`, `unknown_version`; MIGRATION_FILE.
 */
export async function baselineMigration(ctx: Context, directory: string, options: BaselineOptions): Promise<BaselineResult> {
  const reason = checkedReason(options.reason, 'A baseline');
  const { database = 'main', app = '', schemas = ['public'], now = new Date() } = options;
  const bucket = { database, app };
  const migrations = await readMigrations(directory, { database });
  return withLedgerSession(ctx, 'baselineMigration', async (session) => {
    await lockRun(session, migrations, { ...options, apps: [app] });
    const before = (await readRows(session)).find(
      (row) => row.app === app && row.version !== BOOTSTRAP_VERSION && (isInSchema(row) || row.status !== 'rolled_back'),
    );
    if (before !== undefined) {
      throw new MigrationRunError(
        'baseline_history',
        `${bucketName(bucket)} has a history here: ${before.version} is ${before.status}. A baseline is the beginning of one.`,
        {
          version: before.version,
          bucket: bucketName(bucket),
        },
      );
    }
    const { snapshot: found, unsupported } = await readCatalog(catalogClientOf(session), { schemas });
    const snapshot = ownPart(found, options.tables);
    const digest = digestOf(snapshot);
    let migration: Migration;
    if (options.version === undefined) {
      const version = versionOf(
        options.name ?? 'baseline',
        now,
        migrations.filter((one) => one.bucket.app === app).map((one) => one.version),
      );
      migration = await writeMigration(directory, draftOf(snapshot, digest, version, bucket));
    } else {
      migration = namedBy(
        migrations.filter((one) => one.bucket.app === app),
        options.version,
        shown,
      );
      checkSealed(migration);
      if (migration.sidecar.origin !== 'baseline' || migration.sidecar.afterDigest !== digest) {
        throw new MigrationRunError(
          'baseline_mismatch',
          `${shown(migration)} is ${migration.sidecar.origin === 'baseline' ? 'the baseline of another schema than this database has' : 'no baseline'}. Compare the two, or write a baseline of its own.`,
          { version: migration.version, bucket: bucketName(bucket) },
        );
      }
    }
    const runId = newRunId();
    const total = unitsOf(migration.up).length;
    await together(session, async () => {
      await insertRow(session, migration, {
        status: 'baseline',
        executionMode: executionModeOf(migration.up),
        total,
        done: total,
        isOutOfOrder: false,
        runId,
        reason,
      });
      await addEvent(session, migration, { event: 'baseline', runId, detail: reason });
    });
    return { runId, migration, unsupported };
  });
}

const BOOTSTRAP_OBJECT = /^heer_/;

/** Without what the bootstrap makes, and what nobody named. */
function ownPart(snapshot: SchemaSnapshot, tables: readonly string[] | undefined): SchemaSnapshot {
  const isNamed = (schema: string, name: string): boolean =>
    tables === undefined || tables.includes(`${schema}.${name}`) || (schema === 'public' && tables.includes(name));
  return makeSnapshot({
    ...snapshot,
    tables: snapshot.tables.filter(({ schema, name }) => !BOOTSTRAP_OBJECT.test(name) && isNamed(schema, name)),
    sequences: snapshot.sequences.filter(({ name }) => !BOOTSTRAP_OBJECT.test(name)),
  });
}

const draftOf = (snapshot: SchemaSnapshot, digest: string, version: string, bucket: BucketId): MigrationDraft => ({
  version,
  bucket,
  origin: 'baseline',
  up: [{ kind: 'transactional', steps: renderCreate(snapshot).map((statement) => ({ label: labelOf(statement), sql: `${statement};` })) }],
  touches: { reads: [], writes: snapshot.tables.map(relationId) },
  afterDigest: digest,
  descriptors: snapshot as unknown as JsonValue,
});

/** The beginning of the statement, as far as one line of it says what it is. */
const labelOf = (statement: string): string =>
  statement
    .split('\n')[0]!
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 80)
    .replace(/[\s(]+$/, '');

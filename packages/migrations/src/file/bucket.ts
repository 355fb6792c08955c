// Buckets: a database target and an app, the unit that migrations are kept, locked and applied in.

import { MigrationFileError } from '../error/file-error.ts';

export interface BucketId {
  /** The database target: `main`. */
  readonly database: string;
  /** The app's label; `''` is the bucket of models without an app. */
  readonly app: string;
}

export const GLOBAL_BUCKET: BucketId = Object.freeze({ database: 'main', app: '' });
/** The folder and the shown name of the app `''`. */
export const GLOBAL_APP = '_global_';

const DATABASE = /^[a-z0-9_]+$/;
const APP = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** `main/billing`, `main/_global_`: the name it is shown by, and its folder. */
export const bucketName = ({ database, app }: BucketId): string => `${database}/${app === '' ? GLOBAL_APP : app}`;

/** The bucket of a name. Errors: MIGRATION_FILE with `bucket`. */
export function bucketOf(name: string, place: { readonly file: string; readonly line?: number } = { file: name }): BucketId {
  const [database = '', app = '', ...more] = name.split('/');
  if (more.length > 0 || !DATABASE.test(database) || !APP.test(app)) {
    throw new MigrationFileError(
      'bucket',
      place,
      `${JSON.stringify(name)} is no bucket: it takes a database of lower-case letters, digits and underscores, a slash, and an app's label or ${GLOBAL_APP}.`,
    );
  }
  return { database, app: app === GLOBAL_APP ? '' : app };
}

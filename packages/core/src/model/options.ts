// The options of a model, and apps.

import { ModelDefinitionError } from '../error/definition-error.ts';
import { strictIdentifierProblem } from '../ident/identifier.ts';
import type { Extension } from './extension.ts';

/** A schema-ownership domain: which database its models live in and whose migrations they are. */
export interface App {
  readonly label: string;
  readonly database: string;
}

/**
 * Declares an app. Models without one belong to the global bucket of the database `main`.
 *
 * Errors: MODEL_DEFINITION with `app` when a name is not a plain identifier.
 */
export function app(label: string, options: { database?: string } = {}): App {
  const database = options.database ?? 'main';
  for (const name of [label, database]) {
    if (strictIdentifierProblem(name) !== null)
      throw new ModelDefinitionError(
        'app',
        `The app or database name ${JSON.stringify(name)} cannot be used. Names are ASCII letters, digits and _, at most 63, and do not begin with a digit or __djogi_.`,
      );
  }
  return Object.freeze({ label, database });
}

/** Where the rows of a partitioned table go. Names are declared field names. */
export type PartitionBy<Names extends PropertyKey = string> =
  | { readonly range: (Names & string) | FrameworkName }
  | { readonly hash: (Names & string) | FrameworkName; readonly partitions: number };

type FrameworkName = 'id' | 'createdAt' | 'updatedAt';

export interface ModelOptions<K, Names extends PropertyKey, Stamps extends boolean = true> {
  /** The name for people. Default: the name a module exported it under, else PascalCase of the table. */
  readonly name?: string;
  /** How rows are identified. Default `pk.heerIdDesc()`. */
  readonly pk?: K;
  readonly app?: App;
  /** Extensions of other packages: `[tenant('org'), outbox()]`. */
  readonly use?: readonly Extension<Names & string>[];
  /** The table's former name: the next migration renames it. */
  readonly renamedFrom?: string;
  readonly movedFromApp?: App;
  /** COMMENT ON TABLE. */
  readonly comment?: string;
  /** `{ fillfactor: 70 }` */
  readonly storageParams?: Readonly<Record<string, string | number | boolean>>;
  readonly tablespace?: string;
  readonly partitionBy?: PartitionBy<Names>;
  /** Why the table is as it is; appears in generated documentation. */
  readonly rationale?: string;
  /** `all`: save writes only changed columns, for every field. Default: full rows, except fields marked `.tracked()`. */
  readonly tracking?: 'fields' | 'all';
  /** False: no createdAt and updatedAt. For adopted tables. */
  readonly timestamps?: Stamps;
}

export const OPTION_NAMES: readonly string[] = [
  'name',
  'pk',
  'app',
  'use',
  'renamedFrom',
  'movedFromApp',
  'comment',
  'storageParams',
  'tablespace',
  'partitionBy',
  'rationale',
  'tracking',
  'timestamps',
];

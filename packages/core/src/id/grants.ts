// What a role that owns nothing needs to insert through the default keys and to generate ids.

import { ValidationError } from '../error/value-error.ts';
import { quoteIdentifier, strictIdentifierProblem } from '../ident/identifier.ts';
import { HEER_VERSION } from './bootstrap-sql.ts';

/** Every function of version 1 that an application may end up calling, by signature. */
const FUNCTIONS_V1: readonly string[] = [
  ...['', 'ranj'].flatMap((family) => {
    const plural = `generate_${family}ids`;
    const batches = [plural, `${plural}_desc`].flatMap((name) => [
      `${name}(integer, integer, boolean)`,
      `${name}(integer, boolean)`,
      `${name}(integer)`,
    ]);
    const next = family === '' ? 'heerid_next' : 'ranjid_next',
      type = family === '' ? 'bigint' : 'uuid';
    const binding = family === '' ? 'heer_node_id' : 'heer_ranj_node_id',
      own = family === '' ? 'heerid' : 'ranjid';
    return [
      ...batches,
      `generate_${family}id(integer)`,
      `generate_${family}id()`,
      `${next}()`,
      `${next}_desc()`,
      `${own}_to_desc(${type})`,
      `${own}_to_asc(${type})`,
      `set_${binding}(integer)`,
      `current_${binding}()`,
    ];
  }),
  'heerid_flip_mask()',
  'heer_ranjid_uuid(bigint, bigint)',
  'heer_ranjid_draw(bigint, bigint)',
  'heer_check_node(text, text, integer)',
  'heer_check_clock(text, bigint)',
  'heer_renew_check(text, text, bigint)',
];

/** Those of version 2. The choice of the allocator is the owner's, and absent. */
const FUNCTIONS_V2: readonly string[] = [
  'heer_check_drift(text, integer, numeric, integer)',
  'heer_check_strict(text)',
  'heer_strict_ids(integer, integer, boolean)',
  'heer_strict_ranjids(integer, integer, boolean)',
  'heer_check_heerid(bigint)',
  'heer_check_ranjid(uuid)',
  'heer_check_converted(bigint)',
  'heer_moment(numeric)',
  'heerid_timestamp_ms(bigint)',
  'heerid_node_id(bigint)',
  'heerid_sequence(bigint)',
  'heerid_date(bigint)',
  'heerid_desc_date(bigint)',
  'ranjid_timestamp(uuid)',
  'ranjid_timestamp_micros(uuid)',
  'ranjid_precision(uuid)',
  'ranjid_node_id(uuid)',
  'ranjid_sequence(uuid)',
  'ranjid_date(uuid)',
  'ranjid_desc_date(uuid)',
  'heerid_to_ranjid(bigint, text)',
  'heerid_desc_to_ranjid_desc(bigint, text)',
  'ranjid_to_heerid(uuid)',
  'ranjid_desc_to_heerid_desc(uuid)',
  'ranjids_to_heerids(uuid[])',
  'ranjids_desc_to_heerids_desc(uuid[])',
];

/** Every function of an installation of `version` that an application may end up calling, by signature. */
export const heerFunctions = (version: number = HEER_VERSION): readonly string[] =>
  version < 2 ? FUNCTIONS_V1 : [...FUNCTIONS_V1, ...FUNCTIONS_V2];

export interface HeerGrantOptions {
  /** The schema the generators were installed into. Default `public`. */
  readonly schema?: string;
  /** The version of the generators that the grants are for, where it is not the latest: a migration between two versions. */
  readonly version?: number;
}

/**
 * The grants for a role that is not the owner: EXECUTE on the generators, flips, conversions and bindings, USAGE on the two sequences, SELECT on nodes and
 * configuration, and what the strict allocator needs on its state tables.
 *
 * Shape: statements separated by newlines, for the simple protocol. Locks: none on tables beyond the catalog's own. Errors: VALIDATION for a
 * role that is no plain name (ASCII letter or `_`, then letters, digits, `_`) or a schema that cannot be named.
 */
export function heerGrantsSql(role: string, options: HeerGrantOptions = {}): string {
  const schema = options.schema ?? 'public';
  const issues = [
    ['role', role],
    ['schema', schema],
  ].flatMap(([path, name]) =>
    strictIdentifierProblem(name) === null
      ? []
      : [
          {
            path: path!,
            rule: 'identifier',
            message: 'must start with an ASCII letter or _, followed by letters, digits and _, and have at most 63 bytes',
          },
        ],
  );
  if (issues.length > 0) throw new ValidationError(issues);
  const to = quoteIdentifier(role),
    at = quoteIdentifier(schema);
  return [
    `GRANT USAGE ON SCHEMA ${at} TO ${to};`,
    `GRANT EXECUTE ON FUNCTION ${heerFunctions(options.version)
      .map((signature) => `${at}.${signature}`)
      .join(', ')} TO ${to};`,
    `GRANT USAGE ON SEQUENCE ${at}.heer_sequence, ${at}.heer_ranj_sequence TO ${to};`,
    `GRANT SELECT ON TABLE ${at}.heer_nodes, ${at}.heer_config TO ${to};`,
    `GRANT SELECT, INSERT, UPDATE ON TABLE ${at}.heer_node_state, ${at}.heer_ranj_node_state TO ${to};`,
  ].join('\n');
}

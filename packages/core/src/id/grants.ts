// What a role that owns nothing needs to insert through the default keys and to generate ids.

import { ValidationError } from '../error/value-error.ts';
import { quoteIdentifier, strictIdentifierProblem } from '../ident/identifier.ts';

/** Every function an application may end up calling, by signature. heer_configure and heeranjid_bulk_backfill are for owners and absent. */
export const HEER_FUNCTIONS: readonly string[] = Object.freeze([
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
]);

/**
 * The grants for a role that is not the owner: EXECUTE on the generators, flips and bindings, USAGE on the two sequences, SELECT on nodes and
 * configuration, and what the strict allocator needs on its state tables.
 *
 * Shape: statements separated by newlines, for the simple protocol. Locks: none on tables beyond the catalog's own. Errors: VALIDATION for a
 * role that is no plain name (ASCII letter or `_`, then letters, digits, `_`) or a schema that cannot be named.
 */
export function heerGrantsSql(role: string, options: { readonly schema?: string } = {}): string {
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
    `GRANT EXECUTE ON FUNCTION ${HEER_FUNCTIONS.map((signature) => `${at}.${signature}`).join(', ')} TO ${to};`,
    `GRANT USAGE ON SEQUENCE ${at}.heer_sequence, ${at}.heer_ranj_sequence TO ${to};`,
    `GRANT SELECT ON TABLE ${at}.heer_nodes, ${at}.heer_config TO ${to};`,
    `GRANT SELECT, INSERT, UPDATE ON TABLE ${at}.heer_node_state, ${at}.heer_ranj_node_state TO ${to};`,
  ].join('\n');
}

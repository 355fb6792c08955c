// The SQLSTATEs that the functions of ids raise, and the error each becomes. The five-digit states are this project's own, so that nobody matches message texts.

import { IdError } from '../error/instance-error.ts';

export interface IdSqlState {
  readonly code: `ID_${string}`;
  /** True when the same call may succeed when run again. */
  readonly isTransient: boolean;
  /** Used where the server's own words are not at hand. */
  readonly message: string;
}

/**
 * One row per state. 50013, 50020, 50021 and 50022 are raised by the strict allocator and the choice of it only; 50040 to 50047 by conversions and what
 * reads ids; the generators raise the others.
 */
export const ID_SQL_STATES = Object.freeze({
  '50010': {
    code: 'ID_GEN_NODE_NOT_SET',
    isTransient: false,
    message: 'No node is bound on this connection. Give the pool heer: { nodeId }, or call set_heer_node_id.',
  },
  '50011': {
    code: 'ID_GEN_NODE_INACTIVE',
    isTransient: false,
    message:
      'The bound node is not registered in heer_nodes, or is inactive. Register it with registerNode of @djogi/core/heer, or bind another.',
  },
  '50012': {
    code: 'ID_GEN_NODE_OUT_OF_RANGE',
    isTransient: false,
    message: "The node is not an integer of the family's range: 0 to 511 for HeerId, 0 to 32767 for RanjId.",
  },
  '50013': {
    code: 'ID_GEN_NOT_CONFIGURED',
    isTransient: false,
    message: 'heer_config has no row, or names another allocator. Install the generators again.',
  },
  '50014': { code: 'ID_GEN_BAD_COUNT', isTransient: false, message: 'The number of ids must be at least 1.' },
  '50015': {
    code: 'ID_GEN_NO_SPAN_CAPACITY',
    isTransient: true,
    message: 'One tick cannot hold so many ids. Ask for fewer, or allow the batch to span ticks.',
  },
  '50020': { code: 'ID_GEN_CLOCK_ROLLBACK', isTransient: true, message: 'The clock of the server went back a little. Try again.' },
  '50021': { code: 'ID_GEN_LOGICAL_DRIFT', isTransient: true, message: 'An earlier batch ran ahead of the clock. Try again.' },
  '50022': {
    code: 'ID_GEN_HARD_CLOCK_ROLLBACK',
    isTransient: false,
    message: 'The clock of the server went back by 50 ms or more. Correct the clock first.',
  },
  '50030': {
    code: 'ID_GEN_TIMESTAMP_EXHAUSTED',
    isTransient: false,
    message: 'The clock of the server is before the epoch, or beyond what the timestamp of an id can hold. Correct the clock.',
  },
  '50040': {
    code: 'ID_CONV_NODE_OVERFLOW',
    isTransient: false,
    message: 'The node of the RanjId is above 511, which a HeerId cannot hold.',
  },
  '50041': {
    code: 'ID_CONV_TIMESTAMP_OVERFLOW',
    isTransient: false,
    message: 'The time of the RanjId is beyond what a HeerId can hold.',
  },
  '50042': {
    code: 'ID_CONV_SEQUENCE_OVERFLOW',
    isTransient: false,
    message: 'One node has more than 8192 RanjIds in one millisecond, which HeerIds cannot hold.',
  },
  '50043': { code: 'ID_NEGATIVE', isTransient: false, message: 'A HeerId is never negative.' },
  '50044': { code: 'ID_INVALID_VERSION', isTransient: false, message: 'A RanjId is a UUID of version 8.' },
  '50045': { code: 'ID_INVALID_VARIANT', isTransient: false, message: 'A RanjId has the UUID variant of RFC 9562.' },
  '50046': { code: 'ID_PRECISION_UNKNOWN', isTransient: false, message: 'The precision of a RanjId is one of us, ns, ps and fs.' },
  '50047': { code: 'ID_TIMESTAMP_OUT_OF_RANGE', isTransient: false, message: 'The moment of the id is beyond what a timestamp can hold.' },
} as const satisfies Readonly<Record<string, IdSqlState>>);

/**
 * The error that a SQLSTATE of the generators stands for; null for every other state. The same whether a generator was called or ran as a column default.
 *
 * Shape: `raised` is the message of the server, or the error that carries it, which is then the `cause`. Our generators' messages name the node
 * and no row value; they are kept. `sqlState` is a property of the result.
 */
export function idErrorOfSqlState(sqlState: string, raised?: string | { readonly message?: string | undefined }): IdError | null {
  if (!Object.hasOwn(ID_SQL_STATES, sqlState)) return null;
  const { code, isTransient, message }: IdSqlState = ID_SQL_STATES[sqlState as keyof typeof ID_SQL_STATES];
  const words = typeof raised === 'string' ? raised : raised?.message;
  const options = { transient: isTransient, ...(typeof raised === 'object' ? { cause: raised } : {}) };
  return new IdError(code, `${words ?? message} [${sqlState}]`, { sqlState }, options);
}

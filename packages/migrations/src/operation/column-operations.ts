// Columns, and what a column has: type, default, NOT NULL, identity, generation.

import { quoteIdentifier, quoteLiteral } from '@djogi/core/extension';
import { columnDefinition, defaultExpression, identityClause } from '../render/column-definition.ts';
import { commentOn } from '../render/comment-on.ts';
import { everySequenceOption } from '../render/create-sequence.ts';
import { parenthesised, qualified } from '../render/fragment.ts';
import { shownName } from '../snapshot/qualified-name.ts';
import type { ColumnSnapshot } from '../snapshot/snapshot.ts';
import {
  back,
  cost,
  destructive,
  inTransaction,
  locksOn,
  lossy,
  order,
  RANK,
  relationsOf,
  SAFE,
  storesOf,
  type OperationDefinition,
  type TableRef,
} from './definition.ts';
import { columnId, constraintId, defaultId, expressionIds, keyId, nameId, notNullId, relationId, typeIds } from './identity.ts';
import { isFreeTypeChange, isWidening } from './type-change.ts';

interface OfColumn {
  readonly table: TableRef;
  readonly column: string;
}

export interface AddColumn {
  readonly kind: 'addColumn';
  readonly table: TableRef;
  readonly column: ColumnSnapshot;
}
export interface DropColumn {
  readonly kind: 'dropColumn';
  readonly table: TableRef;
  readonly column: ColumnSnapshot;
}
export interface RenameColumn {
  readonly kind: 'renameColumn';
  readonly table: TableRef;
  readonly from: string;
  readonly to: string;
}
export interface ColumnType {
  readonly type: string;
  readonly collation: string | null;
}
export interface SetColumnType extends OfColumn {
  readonly kind: 'setColumnType';
  readonly from: ColumnType;
  readonly to: ColumnType;
  /** Null for a cast. */
  readonly using: string | null;
  /** The columns of unique keys whose indexes are built anew with the column: foreign keys on them step aside. */
  readonly keys: readonly (readonly string[])[];
}
export interface SetDefault extends OfColumn {
  readonly kind: 'setDefault';
  readonly from: string | null;
  readonly to: string | null;
}
export interface SetNotNull extends OfColumn {
  readonly kind: 'setNotNull';
  readonly isNoInherit: boolean;
  /** The constraint's name where it is added NOT VALID; null lets Postgres choose one. */
  readonly notValid: string | null;
}
export interface DropNotNull extends OfColumn {
  readonly kind: 'dropNotNull';
  readonly isNoInherit: boolean;
  /** The name of a constraint that is NOT VALID. */
  readonly notValid: string | null;
}
export interface SetIdentity extends OfColumn {
  readonly kind: 'setIdentity';
  readonly from: ColumnSnapshot['identity'];
  readonly to: ColumnSnapshot['identity'];
}
/** A stored column is computed anew in its place. */
export interface SetGenerated extends OfColumn {
  readonly kind: 'setGenerated';
  readonly from: string;
  readonly to: string;
}
/** A stored column keeps its values and is written by hand from then on. */
export interface DropGenerated extends OfColumn {
  readonly kind: 'dropGenerated';
  readonly from: string;
}

const place = ({ table, column }: OfColumn): string => `${shownName(table)}.${column}`;
const alter = ({ table, column }: OfColumn, action: string): string =>
  `ALTER TABLE ${qualified(table)} ALTER COLUMN ${quoteIdentifier(column)} ${action}`;
const exclusive = ({ table }: { readonly table: TableRef }): ReturnType<typeof cost> =>
  cost(locksOn(relationsOf(table), 'ACCESS EXCLUSIVE'));

/** A value that is the same for every row is kept once, in the catalog. Anything else might not be, and is taken to be written into each row. */
const CONSTANT =
  /^\(*(?:now\(\)|transaction_timestamp\(\)|statement_timestamp\(\)|CURRENT_(?:TIMESTAMP|DATE|TIME|USER)|LOCALTIMESTAMP|-?\d+(?:\.\d+)?|true|false|(?:NOT )?(?:true|false)|'(?:[^']|'')*'|ARRAY\[\])\)*(?:::[\w ."()[\],]+)?\)*$/i;

const isWritten = ({ default: byDefault, generated, identity }: ColumnSnapshot): boolean =>
  identity !== null || (generated === null ? byDefault !== null && !CONSTANT.test(byDefault.trim()) : generated.isStored);

function ownIds(table: TableRef, { name, notNull, default: byDefault, identity }: ColumnSnapshot): readonly string[] {
  return [
    columnId(table, name),
    nameId(name),
    ...(notNull === null ? [] : [notNullId(table, name)]),
    ...(byDefault === null && identity === null ? [] : [defaultId(table, name)]),
  ];
}
const neededIds = (table: TableRef, { type, generated }: ColumnSnapshot): readonly string[] => [
  relationId(table),
  ...typeIds(type),
  ...expressionIds(table, generated?.expression ?? null),
];

export const addColumnDefinition: OperationDefinition<AddColumn> = {
  label: ({ table, column }) => `addColumn ${shownName(table)}.${column.name}`,
  forward: ({ table, column }) => [
    `ALTER TABLE ${qualified(table)} ADD COLUMN ${columnDefinition(column)}`,
    ...(column.comment === null ? [] : [commentOn({ kind: 'column', of: table, part: column.name }, column.comment)]),
  ],
  reverse: ({ table, column }) => back({ kind: 'dropColumn', table, column }),
  cost({ table, column }) {
    const locks = locksOn(relationsOf(table), 'ACCESS EXCLUSIVE');
    if (isWritten(column)) return cost(locks, { rewrites: storesOf(table) });
    // A default that is kept once is known not to be NULL.
    return cost(locks, { scans: column.notNull === null || column.default !== null ? [] : storesOf(table) });
  },
  effect: () => SAFE,
  order({ table, column }) {
    const own = ownIds(table, column);
    return order(RANK.column, { creates: own, needs: neededIds(table, column).filter((identity) => !own.includes(identity)) });
  },
  standsAlone: inTransaction,
};

export const dropColumnDefinition: OperationDefinition<DropColumn> = {
  label: ({ table, column }) => `dropColumn ${shownName(table)}.${column.name}`,
  forward: ({ table, column }) => [`ALTER TABLE ${qualified(table)} DROP COLUMN ${quoteIdentifier(column.name)}`],
  reverse: ({ table, column }) => back({ kind: 'addColumn', table, column }),
  cost: exclusive,
  // Generated values can be made again from the columns they came from.
  effect: ({ table, column }) => (column.generated === null ? destructive(`the values of ${shownName(table)}.${column.name}`) : SAFE),
  order({ table, column }) {
    const own = ownIds(table, column);
    return order(RANK.dropColumn, { removes: own, frees: neededIds(table, column).filter((identity) => !own.includes(identity)) });
  },
  standsAlone: inTransaction,
};

export const renameColumnDefinition: OperationDefinition<RenameColumn> = {
  label: ({ table, from, to }) => `renameColumn ${shownName(table)}.${from} to ${to}`,
  forward: ({ table, from, to }) => [`ALTER TABLE ${qualified(table)} RENAME COLUMN ${quoteIdentifier(from)} TO ${quoteIdentifier(to)}`],
  reverse: ({ table, from, to }) => back({ kind: 'renameColumn', table, from: to, to: from }),
  cost: exclusive,
  effect: () => SAFE,
  order: () => order(RANK.rename),
  standsAlone: inTransaction,
};

export const setColumnTypeDefinition: OperationDefinition<SetColumnType> = {
  label: (operation) => `setColumnType ${place(operation)}`,
  forward: (operation) => [
    alter(
      operation,
      `TYPE ${operation.to.type}${operation.to.collation === null ? '' : ` COLLATE ${operation.to.collation}`}` +
        (operation.using === null
          ? operation.from.type === operation.to.type
            ? ''
            : ` USING ${quoteIdentifier(operation.column)}::${operation.to.type}`
          : ` USING ${parenthesised(operation.using)}`),
    ),
  ],
  // The way back is a cast: what a USING did cannot be turned round.
  reverse: (operation) => back({ ...operation, from: operation.to, to: operation.from, using: null }),
  cost: ({ table, from, to, using }) =>
    cost(locksOn(relationsOf(table), 'ACCESS EXCLUSIVE'), {
      rewrites: using === null && isFreeTypeChange(from.type, to.type) ? [] : storesOf(table),
    }),
  effect: (operation) =>
    operation.using === null && isWidening(operation.from.type, operation.to.type)
      ? SAFE
      : lossy(`values of ${place(operation)} that ${operation.to.type} cannot hold`),
  order({ table, column, from, to, using, keys }) {
    const changed = [columnId(table, column), nameId(column), ...keys.map((columns) => keyId(table, columns))];
    const others = expressionIds(table, using).filter((identity) => !changed.includes(identity));
    return order(RANK.column, {
      creates: changed,
      removes: changed,
      needs: [relationId(table), ...(from.type === to.type ? [] : typeIds(to.type)), ...others],
      frees: [...(from.type === to.type ? [] : typeIds(from.type)), ...others],
    });
  },
  standsAlone: inTransaction,
};

export const setDefaultDefinition: OperationDefinition<SetDefault> = {
  label: (operation) => `setDefault ${place(operation)}${operation.to === null ? ' to none' : ''}`,
  forward: (operation) => [alter(operation, operation.to === null ? 'DROP DEFAULT' : `SET DEFAULT ${defaultExpression(operation.to)}`)],
  reverse: (operation) => back({ ...operation, from: operation.to, to: operation.from }),
  cost: exclusive,
  effect: () => SAFE,
  order: ({ table, column, from, to }) =>
    order(RANK.property, {
      creates: to === null ? [] : [defaultId(table, column)],
      removes: from === null ? [] : [defaultId(table, column)],
      needs: to === null ? [] : [columnId(table, column)],
      frees: from === null ? [] : [columnId(table, column)],
    }),
  standsAlone: inTransaction,
};

const addNotNull = ({ table, column, isNoInherit, notValid }: SetNotNull): string =>
  `ALTER TABLE ${qualified(table)} ADD ${notValid === null ? '' : `CONSTRAINT ${quoteIdentifier(notValid)} `}NOT NULL ${quoteIdentifier(column)}` +
  `${isNoInherit ? ' NO INHERIT' : ''}${notValid === null ? '' : ' NOT VALID'}`;

export const setNotNullDefinition: OperationDefinition<SetNotNull> = {
  label: (operation) => `setNotNull ${place(operation)}`,
  forward: (operation) => [operation.isNoInherit || operation.notValid !== null ? addNotNull(operation) : alter(operation, 'SET NOT NULL')],
  reverse: ({ table, column, isNoInherit, notValid }) => back({ kind: 'dropNotNull', table, column, isNoInherit, notValid }),
  cost: ({ table, notValid }) => cost(locksOn(relationsOf(table), 'ACCESS EXCLUSIVE'), { scans: notValid === null ? storesOf(table) : [] }),
  effect: () => SAFE,
  order: ({ table, column, notValid }) =>
    order(RANK.property, {
      creates: [notNullId(table, column), ...(notValid === null ? [] : [constraintId(table, notValid)])],
      needs: [columnId(table, column)],
    }),
  standsAlone: inTransaction,
};

export const dropNotNullDefinition: OperationDefinition<DropNotNull> = {
  label: (operation) => `dropNotNull ${place(operation)}`,
  forward: (operation) => [alter(operation, 'DROP NOT NULL')],
  reverse: ({ table, column, isNoInherit, notValid }) => back({ kind: 'setNotNull', table, column, isNoInherit, notValid }),
  cost: exclusive,
  effect: () => SAFE,
  order: ({ table, column, notValid }) =>
    order(RANK.property, {
      removes: [notNullId(table, column), ...(notValid === null ? [] : [constraintId(table, notValid)])],
      frees: [columnId(table, column)],
    }),
  standsAlone: inTransaction,
};

const generation = (identity: NonNullable<ColumnSnapshot['identity']>): string =>
  identity.generation === 'always' ? 'ALWAYS' : 'BY DEFAULT';

/** Moves a new sequence past the values that the column has. */
function startBehindRows({ table, column }: OfColumn, { sequence }: NonNullable<ColumnSnapshot['identity']>): string {
  const name = quoteIdentifier(column);
  const [farthest, compares] = sequence.increment.startsWith('-') ? [`min(${name})`, '<='] : [`max(${name})`, '>='];
  return (
    `SELECT setval(pg_get_serial_sequence(${quoteLiteral(qualified(table))}, ${quoteLiteral(column)}), ${farthest}) ` +
    `FROM ${qualified(table)} HAVING ${farthest} ${compares} ${sequence.start}`
  );
}

export const setIdentityDefinition: OperationDefinition<SetIdentity> = {
  label: (operation) => `setIdentity ${place(operation)}${operation.to === null ? ' to none' : ''}`,
  forward(operation) {
    const { from, to } = operation;
    if (to === null) return [alter(operation, 'DROP IDENTITY')];
    if (from === null) return [alter(operation, `ADD ${identityClause(to, null)}`), startBehindRows(operation, to)];
    const options = everySequenceOption(to.sequence).map((option) => `SET ${option}`);
    return [alter(operation, [`SET GENERATED ${generation(to)}`, ...options].join(' '))];
  },
  reverse: (operation) => back({ ...operation, from: operation.to, to: operation.from }),
  cost: ({ table, from, to }) =>
    cost(locksOn(relationsOf(table), 'ACCESS EXCLUSIVE'), { scans: from === null && to !== null ? storesOf(table) : [] }),
  effect: (operation) => (operation.to === null ? lossy(`the position of the sequence of ${place(operation)}`) : SAFE),
  order({ table, column, from, to }) {
    const property = [defaultId(table, column)];
    const own = [columnId(table, column), notNullId(table, column)];
    // The sequence has the type of its column: bounds grow after the type did, and shrink before it does.
    const grows = from === null || (to !== null && BigInt(to.sequence.max) >= BigInt(from.sequence.max));
    return order(RANK.property, {
      creates: to === null ? [] : property,
      removes: from === null ? [] : property,
      needs: to === null ? [] : grows ? own : own.slice(1),
      frees: from === null ? [] : grows && to !== null ? own.slice(1) : own,
    });
  },
  standsAlone: inTransaction,
};

export const setGeneratedDefinition: OperationDefinition<SetGenerated> = {
  label: (operation) => `setGenerated ${place(operation)}`,
  forward: (operation) => [alter(operation, `SET EXPRESSION AS ${parenthesised(operation.to)}`)],
  reverse: (operation) => back({ ...operation, from: operation.to, to: operation.from }),
  cost: ({ table }) => cost(locksOn(relationsOf(table), 'ACCESS EXCLUSIVE'), { rewrites: storesOf(table) }),
  effect: () => SAFE,
  order({ table, column, from, to }) {
    const changed = [columnId(table, column), nameId(column)];
    return order(RANK.column, {
      creates: changed,
      removes: changed,
      needs: expressionIds(table, to),
      frees: expressionIds(table, from),
    });
  },
  standsAlone: inTransaction,
};

export const dropGeneratedDefinition: OperationDefinition<DropGenerated> = {
  label: (operation) => `dropGenerated ${place(operation)}`,
  forward: (operation) => [alter(operation, 'DROP EXPRESSION')],
  reverse: () => ({ irreversible: 'Postgres cannot make a column generated that has values of its own' }),
  cost: exclusive,
  effect: () => SAFE,
  order: ({ table, column, from }) =>
    order(RANK.column, { needs: [relationId(table)], frees: expressionIds(table, from), creates: [], removes: [defaultId(table, column)] }),
  standsAlone: inTransaction,
};

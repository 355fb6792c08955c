// An extension that uses every part of the contract: it writes a section, names a field, adds schema objects, fills a field, sends a setting with each
// statement, and has every write record itself in the same statement.

import {
  nodes,
  PRECEDENCE,
  textKind,
  type DeleteStatement,
  type Extension,
  type InsertStatement,
  type Operator,
  type Returning,
  type Statement,
  type UpdateStatement,
} from '../../../src/extension.ts';
import type { Context } from '../../../src/index.ts';

const call = { precedence: PRECEDENCE.atom, nulls: 'own', infersParameters: false, evaluate: 'sql' } as const;
/** Named like one of core's on purpose: an operator is itself, not its name. */
const SET_CONFIG: Operator = { ...call, name: 'lower', template: "set_config('ledger.actor', $0, true)" };
const CURRENT_ACTOR: Operator = { ...call, name: 'ledger.actor', template: "current_setting('ledger.actor', true)" };
const ROW_AS_JSON: Operator = { ...call, name: 'ledger.row', template: 'to_jsonb($0)' };

const written = nodes.source('written'),
  ledgerTable = nodes.source('ledger');

const actorOf = (ctx: Context): string => String((ctx.auth as { readonly name?: string } | null | undefined)?.name ?? 'nobody');

/** The names of the columns that the written rows travel under: distinct, also where the row before and the row after are returned together. */
const columnsOf = (returning: Returning): string[] =>
  returning.nodes.map((node, at) => (node.kind === 'column' ? `${node.column}_${at}` : `c${at}`));

function recorded(statement: InsertStatement | UpdateStatement | DeleteStatement, key: Returning): Statement {
  const returning = statement.returning ?? key,
    columns = columnsOf(returning);
  return {
    kind: 'with',
    queries: [
      { name: 'written', columns, statement: { ...statement, returning } },
      {
        name: 'recorded',
        statement: {
          kind: 'insert',
          into: ledgerTable,
          columns: ['verb', 'actor', 'row'],
          returning: null,
          rows: {
            kind: 'select',
            select: {
              kind: 'select',
              from: written,
              where: null,
              orderBy: [],
              projection: [
                nodes.value(statement.kind, textKind),
                nodes.operation(CURRENT_ACTOR, [], textKind),
                nodes.operation(ROW_AS_JSON, [nodes.sqlText('"written"', textKind)], textKind),
              ],
            },
          },
        },
      },
    ],
    // One row per row written, so that the count in the command tag stays true for a write that returns nothing.
    body: {
      kind: 'select',
      from: written,
      where: null,
      orderBy: [],
      projection: returning.nodes.map((node, at) => nodes.column(written, columns[at]!, columns[at]!, node.valueKind)),
    },
  };
}

/** Records every write of the model in the table `ledger`, with the name of who did it; `editor` is the text field that names the author of a row. */
export function ledger<const Name extends string>(editor: Name): Extension<Name> {
  return {
    name: 'ledger',
    names: [editor],
    section: (model) => ({ editor, table: 'ledger', columns: model.fields.length }),
    schemaObjects: () => [
      {
        kind: 'opaque',
        identity: 'table:ledger',
        dependsOn: [],
        dropDdl: 'DROP TABLE "ledger";',
        ddl: 'CREATE TABLE "ledger" ("id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "verb" text NOT NULL, "actor" text, "row" jsonb NOT NULL);',
      },
    ],
    runtime: {
      populate(draft, ctx) {
        draft[editor] ??= actorOf(ctx);
      },
      preamble: (ctx) => [
        {
          kind: 'select',
          from: null,
          where: null,
          orderBy: [],
          projection: [nodes.operation(SET_CONFIG, [nodes.value(actorOf(ctx), textKind)], textKind)],
        },
      ],
      aroundWrite: (statement, model) =>
        statement.kind === 'insert' || statement.kind === 'update' || statement.kind === 'delete'
          ? recorded(statement, { nodes: [model.columns[model.key!.position]!] })
          : statement,
    },
  };
}

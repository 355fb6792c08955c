// An extension that wraps every write the way an outbox does: the change and a row about it in one statement.

import { f, model, pk } from '@djogi/core';
import { intKind, nodes, type Extension, type Statement } from '@djogi/core/extension';

/** Where `logged` writes: one row per written row. */
export class LogEntry extends model('log_entries', { size: f.int() }, { pk: pk.none(), timestamps: false }) {}

/** `WITH "written" (...) AS (<write>), "logged" AS (INSERT INTO log_entries SELECT ... FROM "written") SELECT ... FROM "written"` */
export const logged: Extension = {
  name: 'logged',
  names: [],
  section: () => null,
  runtime: {
    aroundWrite(statement): Statement {
      if (!('returning' in statement) || statement.returning === null) return statement;
      const written = nodes.source('written'),
        log = nodes.source('log_entries');
      const columns = statement.returning.nodes.map((_, at) => `c${at}`);
      const outputs = statement.returning.nodes.map((node, at) => nodes.column(written, columns[at]!, columns[at]!, node.valueKind));
      return {
        kind: 'with',
        queries: [
          { name: 'written', columns, statement },
          {
            name: 'logged',
            statement: {
              kind: 'insert',
              into: log,
              columns: ['size'],
              returning: null,
              rows: {
                kind: 'select',
                select: { kind: 'select', from: written, projection: [nodes.value(columns.length, intKind)], where: null, orderBy: [] },
              },
            },
          },
        ],
        body: { kind: 'select', from: written, projection: outputs, where: null, orderBy: [] },
      };
    },
  },
};

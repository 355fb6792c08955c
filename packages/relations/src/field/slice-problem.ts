// A relation to one row leads to the model of a table. A proxy may be what the many are taken from, but a row that its slice leaves out is still referred to, and
// would then be neither there nor missing.

import { declarationOf, type FieldSpec } from '@djogi/core/extension';

/** The problem of a to-one relation whose target is a proxy; undefined where it is none. */
export function sliceProblem(builder: string, target: unknown): FieldSpec['problem'] {
  const declaration = declarationOf(target);
  return declaration?.proxy === undefined
    ? undefined
    : {
        rule: 'reference_target',
        message: `${builder} leads to a model, and ${declaration.table} is named by a proxy of it: name the model`,
      };
}

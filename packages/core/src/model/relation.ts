// A relation while a program runs: which field of a row is matched with which field of the other model's. Resolved at first use, when every class is there.

import { InternalError } from '../error/error.ts';
import { ValidationError } from '../error/value-error.ts';
import type { RelationDescriptor } from './descriptor.ts';
import type { ModelRuntime, StoredField } from './runtime.ts';

export interface RelationRuntime {
  /** The declared name, and the property that a loaded relation has on the row. */
  readonly name: string;
  readonly kind: RelationDescriptor['kind'];
  readonly isMany: boolean;
  /** Whether a row may be without a target: a nullable key, or the other side of a one-to-one relation. */
  readonly isNullable: boolean;
  /** Whether the key is in this model's row. */
  readonly isForward: boolean;
  /** The field of this model that is matched. */
  readonly own: StoredField;
  readonly model: unknown;
  readonly target: ModelRuntime;
  /** The field of the target that is matched: with `own`, or over the rows of `through`. */
  readonly remote: StoredField;
  /** The model between the two: its field `from` holds `own`, its field `to` holds `remote`. */
  readonly through: {
    readonly model: unknown;
    readonly runtime: ModelRuntime;
    readonly from: StoredField;
    readonly to: StoredField;
  } | null;
}

const resolved = new WeakMap<ModelRuntime, Map<string, RelationRuntime>>();

type RuntimeOf = (model: unknown) => ModelRuntime;

/** The relation of a model by its declared name. Errors: VALIDATION with `relation` when the model has none of that name. */
export function relationIn(runtime: ModelRuntime, name: string, runtimeOf: RuntimeOf): RelationRuntime {
  let relations = resolved.get(runtime);
  if (relations === undefined) {
    relations = new Map();
    resolved.set(runtime, relations);
  }
  let relation = relations.get(name);
  if (relation === undefined) {
    relation = resolve(runtime, name, runtimeOf);
    relations.set(name, relation);
  }
  return relation;
}

function resolve(runtime: ModelRuntime, name: string, runtimeOf: RuntimeOf): RelationRuntime {
  const field = runtime.byName.get(name),
    relation = field?.descriptor.relation ?? null;
  if (field === undefined || relation === null) {
    const names = runtime.descriptor.fields.flatMap((candidate) => (candidate.relation === null ? [] : [candidate.name]));
    throw new ValidationError(
      [
        {
          path: name,
          rule: 'relation',
          message: `is no relation of the model, which has ${names.length === 0 ? 'none' : names.join(', ')}`,
        },
      ],
      { model: runtime.table },
    );
  }
  const { spec, descriptor } = field,
    whole = spec.reference?.target ?? spec.relation!.target,
    // A visage shows a relation as another one does, or not at all.
    model = runtime.visage === null ? whole : (runtime.visage.peers.get(name) ?? whole),
    target = runtimeOf(model);
  if (runtime.visage !== null && !runtime.visage.peers.has(name))
    throw new ValidationError([{ path: name, rule: 'relation', message: 'is shown by its key to this audience, and leads nowhere' }], {
      model: runtime.table,
    });
  const through =
    relation.kind !== 'manyToMany' || spec.relation?.kind !== 'manyToMany'
      ? null
      : betweenOf(runtimeOf(spec.relation.through), spec.relation.through, relation.fromColumn, relation.toColumn);
  const isForward = spec.reference !== undefined;
  return Object.freeze<RelationRuntime>({
    name,
    kind: relation.kind,
    isMany: relation.kind === 'hasMany' || relation.kind === 'manyToMany',
    isNullable: isForward ? descriptor.isNullable : relation.kind === 'hasOne',
    isForward,
    own: columnOf(runtime, relation.column),
    model,
    target,
    remote: columnOf(runtimeOf(whole), relation.targetColumn),
    through,
  });
}

const betweenOf = (runtime: ModelRuntime, model: unknown, from: string, to: string): NonNullable<RelationRuntime['through']> =>
  Object.freeze({ model, runtime, from: columnOf(runtime, from), to: columnOf(runtime, to) });

function columnOf(runtime: ModelRuntime, column: string): StoredField {
  const field = runtime.byColumn.get(column);
  if (field === undefined) throw new InternalError(`A relation names the column ${column}, which ${runtime.table} does not have.`);
  return field;
}

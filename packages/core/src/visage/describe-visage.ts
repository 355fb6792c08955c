// Makes of a visage what queries need of a model: a narrower one. Its bag has the exposed fields and no others, so that no expression over it can name a hidden one.

import { declaredNode, rebased } from '../expr/declared.ts';
import { evaluationProblem } from '../expr/evaluate.ts';
import { column as columnNode, pathSource, source as sourceNode, type Node, type Source } from '../expr/node.ts';
import { isExpression, nodeOf } from '../expr/operations.ts';
import { ShapeCache } from '../statement/compile.ts';
import { bagOf } from '../model/access.ts';
import { bagClass, RelationPath, type Bag, type BagEntry } from '../model/bag.ts';
import { declarationOf } from '../model/declaration.ts';
import { runtimeOf, type DescribedModel } from '../model/describe.ts';
import type { FieldDescriptor } from '../model/descriptor.ts';
import { Problems } from '../model/problems.ts';
import { RelatedRowsOf } from '../model/related-rows.ts';
import { relationIn } from '../model/relation.ts';
import { rowConstructor } from '../model/row-builder.ts';
import type { AnyModel, DerivedField, ModelRuntime, StoredField } from '../model/runtime.ts';
import { visageOf, type VisageDeclaration } from './declaration.ts';

/** The audiences that every model may have, whatever is exposed. */
export const AUDIENCES: readonly string[] = ['public', 'selfView', 'admin', 'export'];
/** Those that a whole row of another model may be shown to. */
const TRUSTED: readonly string[] = ['admin', 'selfView'];

export function describeVisage(visage: AnyModel): DescribedModel {
  const declaration = visageOf(visage)!,
    parent = runtimeOf(declaration.model),
    problems = new Problems(parent.table);
  checkAudience(declaration, parent, problems);
  // What has no column of its own is shown by a peer or not at all.
  const isShown = ({ role, expose, column, name }: FieldDescriptor): boolean =>
    role === 'key' ||
    role === 'createdAt' ||
    role === 'updatedAt' ||
    (expose.includes(declaration.audience) && (column !== null || declaration.peers.has(name)));
  checkPeers(declaration, parent, isShown, problems);
  const fields = parent.fields.filter((field) => isShown(field.descriptor)).map((field, position) => ({ ...field, position })),
    shown = parent.descriptor.fields.filter(isShown);
  const derived = describeDerived(declaration, parent, new Set(shown.flatMap(({ name, property }) => [name, property])), problems);
  problems.throwIfAny();

  const source = Object.freeze(sourceNode(parent.table)),
    byName = new Map([...parent.byName].filter(([, { descriptor }]) => isShown(descriptor))),
    buildRow = rowConstructor(visage.prototype, [...fields.map((field) => field.property), ...derived.map((field) => field.name)], null);
  const runtime: ModelRuntime & { readonly pinned: object } = {
    ...parent,
    model: visage,
    fields,
    byProperty: new Map(fields.map((field) => [field.property, field])),
    byColumn: new Map(fields.map((field) => [field.column, field])),
    byName,
    key: fields.find((field) => field.descriptor.role === 'key') ?? null,
    hooks: null,
    source,
    columns: fields.map((field) => columnNode(source, field.column, field.property, field.valueKind)),
    derived,
    visage: Object.freeze({ audience: declaration.audience, peers: declaration.peers }),
    rowShape: {
      columns: [
        ...fields.map((field) => ({ name: field.column, codec: field.valueKind.codec, table: parent.table })),
        ...derived.map(({ name, valueKind }) => ({ name, codec: valueKind.codec, table: parent.table })),
      ],
      build: buildRow,
    },
    buildRow,
    // One row stays, or V8 would drop the code of the constructor when there is none.
    pinned: new buildRow(...[...fields, ...derived].map(() => null)),
    plans: new Map(),
    shapes: new ShapeCache(),
  };
  Object.freeze(runtime);
  const entries = shown.map((descriptor) =>
    bagEntry(descriptor, runtime, parent, fields.find((field) => field.property === descriptor.property) ?? null),
  );
  return { runtime, Bag: bagClass(parent.table, entries) };
}

/** A field for this audience. A relation leads to what its peer shows, and to nothing without one. */
function bagEntry(descriptor: FieldDescriptor, runtime: ModelRuntime, parent: ModelRuntime, field: StoredField | null): BagEntry {
  const { name, relation } = descriptor,
    spec = runtime.byName.get(name)?.spec ?? null,
    peer = runtime.visage!.peers.get(name);
  if (relation === null || spec === null) return { name, field, spec };
  // Its key is compared with rows of the other model, whatever this audience may know of them.
  const whole = { name, field, spec, relation: () => relationIn(parent, name, runtimeOf) };
  if (peer === undefined && field !== null) return whole;
  const bagAt = (source: Source): Bag => bagOf(peer, source);
  const to = (from: Source): Bag => {
    const { own } = relationIn(runtime, name, runtimeOf);
    return bagAt(
      pathSource(relation.table, { from, relation: name, column: relation.column, key: relation.targetColumn, valueKind: own.valueKind }),
    );
  };
  if (spec.reference !== undefined) return { ...whole, to };
  if (relation.kind === 'hasOne') return { name, made: (source) => new RelationPath(null, () => to(source)) };
  return { name, made: (source) => new RelatedRowsOf(source, { relation: () => relationIn(runtime, name, runtimeOf), bag: bagAt }) };
}

function checkAudience({ audience }: VisageDeclaration, { table, descriptor }: ModelRuntime, problems: Problems): void {
  const exposed = new Set(descriptor.fields.flatMap((field) => field.expose));
  if (
    typeof audience === 'string' &&
    audience !== 'none' &&
    audience !== 'internal' &&
    (AUDIENCES.includes(audience) || exposed.has(audience))
  )
    return;
  problems.report(
    'visage_audience',
    `A visage of ${table}: nothing is exposed to ${JSON.stringify(audience)}. Audiences are ${[...new Set([...AUDIENCES, ...exposed])].join(', ')}; expose a field to a new one to make it.`,
  );
}

function checkPeers(
  { peers, audience }: VisageDeclaration,
  parent: ModelRuntime,
  isShown: (field: FieldDescriptor) => boolean,
  problems: Problems,
): void {
  const refuse = (name: string, message: string): void =>
    problems.report('visage_peer', `A visage of ${parent.table}: ${name} ${message}.`, name);
  for (const [name, peer] of peers) {
    const descriptor = parent.descriptor.fields.find((field) => field.name === name),
      relation = descriptor?.relation ?? null;
    if (descriptor === undefined || relation === null) {
      refuse(name, 'is no relation, and has no peer');
      continue;
    }
    const other = visageOf(peer),
      table = other === null ? declarationOf(peer)?.table : declarationOf(other.model)?.table;
    if (!isShown(descriptor)) refuse(name, `is not exposed to ${audience}: expose it, or leave its peer out`);
    if (table === undefined) refuse(name, 'is shown by a visage or a model, and its peer is none');
    else if (table !== relation.table) refuse(name, `leads to ${relation.table}, and its peer is a view of ${table}`);
    else if (other === null && !TRUSTED.includes(audience))
      refuse(name, `shows whole rows of ${table}, hidden fields included, which only ${TRUSTED.join(' and ')} may see: name a visage`);
    if (!isShown(parent.byColumn.get(relation.column)!.descriptor))
      refuse(name, `is found by ${relation.column}, which is not exposed to ${audience}`);
  }
}

function describeDerived(
  { derived, compute }: VisageDeclaration,
  parent: ModelRuntime,
  taken: ReadonlySet<string>,
  problems: Problems,
): DerivedField[] {
  const refuse = (name: string, message: string): void =>
    problems.report('visage_derived', `A visage of ${parent.table}: the derived field ${name} ${message}.`, name);
  const source = sourceNode(parent.table);
  const given =
    derived === undefined
      ? {}
      : (problems.attempt('visage_derived', `The derived fields of a visage of ${parent.table}`, () =>
          derived(bagOf(parent.model, source)),
        ) ?? {});
  const made = Object.entries(given as Record<string, unknown>).flatMap(([name, expression]): DerivedField[] => {
    if (taken.has(name) || name in Object.prototype || name === 'toJSON') refuse(name, 'has the name of a field');
    if (!isExpression(expression)) {
      refuse(name, 'is no expression');
      return [];
    }
    const node = problems.attempt('visage_derived', `The derived field ${name} of a visage of ${parent.table}`, () =>
      declaredNode(nodeOf(expression), source),
    );
    if (node === undefined) return [];
    const problem = evaluationProblem(node);
    if (problem !== null && compute[name] === undefined)
      refuse(name, 'cannot be computed in memory by its expression alone: say how in compute');
    return [{ name, valueKind: node.valueKind, over: (to: Source): Node => rebased(node, to) }];
  });
  for (const name of Object.keys(compute))
    if (!made.some((field) => field.name === name)) refuse(name, 'is computed in memory and has no expression');
  return made;
}

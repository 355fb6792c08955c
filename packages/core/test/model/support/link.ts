// A foreign key as another package would build it, without joins: a key column that refers to another model, reached as `v.owner.id`.

import {
  expressionOf,
  fieldOf,
  keyTargetOf,
  nodes,
  type BagFacet,
  type Field,
  type IdOf,
  type ReferenceSpec,
} from '../../../src/extension.ts';
import type { Equality } from '../../../src/index.ts';

export interface LinkColumn<M> {
  value: IdOf<M>;
  ops: Equality<IdOf<M>>;
  optional: false;
  nullable: false;
  column: 'id';
  expose: never;
  target: M;
  many: false;
}

/** A reference to the key of `target`, or to the unique field that `targetField` names. */
export function link<M>(target: M, options: Omit<ReferenceSpec, 'target'> = {}): Field<LinkColumn<M>> {
  const valueKind = () => keyTargetOf(target, options.targetField).valueKind;
  const bag: BagFacet = (source, field) => ({ id: expressionOf(nodes.column(source, field.column, field.property, valueKind())) });
  return fieldOf<LinkColumn<M>>({
    stored: 'key',
    valueKind,
    reference: { target, ...options },
    facets: { bag },
    sections: { link: { many: false } },
  });
}

export interface LinksState<M> {
  value: never;
  ops: unknown;
  optional: true;
  nullable: false;
  column: 'none';
  expose: never;
  target: M;
  many: true;
}

/** The other side of a link: no column. */
export function links<M>(target: M, via: string): Field<LinksState<M>> {
  return fieldOf<LinksState<M>>({ stored: 'none', sections: { link: { many: true, via } }, facets: { target, bag: () => ({ via }) } });
}

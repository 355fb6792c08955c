// The bag of expressions that a callback receives: one getter per field, on a class made once per model. An unknown name throws instead of giving undefined.

import { ValidationError } from '../error/value-error.ts';
import { column, type Source } from '../expr/node.ts';
import { expressionOf } from '../expr/operations.ts';
import type { FieldSpec } from '../field/field-spec.ts';
import { keyExpression } from './key-expression.ts';
import type { RelationRuntime } from './relation.ts';
import type { StoredField } from './runtime.ts';

/** The expressions over one source. */
export type Bag = Record<string, any>;

const sourceKey: unique symbol = Symbol('djogi.source');

/** The source a bag belongs to. */
export const sourceOf = (bag: Bag): Source => (bag as { [sourceKey]: Source })[sourceKey];

/** Makes bags: `new BagClass(source)`. */
export type BagClass = new (source: Source) => Bag;

/** A field of another package may say what it is in a bag: `facets.bag(source, field)`. */
export type BagFacet = (source: Source, field: { readonly column: string; readonly property: string }) => unknown;

/** A field, or what is made for whatever source the bag has: a computed field, the rows of a relation. `to` is the bag at the end of a to-one relation. */
export type BagEntry =
  | {
      readonly name: string;
      readonly field: StoredField | null;
      readonly spec: FieldSpec | null;
      readonly to?: (source: Source) => Bag;
      readonly relation?: () => RelationRuntime;
    }
  | { readonly name: string; readonly made: (source: Source) => unknown };

/** What stands for a to-one relation: its key, and the way to the other row. */
export class RelationPath {
  readonly #id: (() => unknown) | null;
  readonly #to: (() => Bag) | null;
  /** Without `id` the key is the other row's own; without `to` no way leads on. */
  constructor(id: (() => unknown) | null, to: (() => Bag) | null) {
    this.#id = id;
    this.#to = to;
  }
  get id(): unknown {
    return this.#id === null ? (this.to['id'] as unknown) : this.#id();
  }
  get to(): Bag {
    if (this.#to !== null) return this.#to();
    throw new ValidationError([
      { path: 'to', rule: 'relation', message: 'the field is a key and no relation, so that no path leads on from it' },
    ]);
  }
}

/** A class with one getter per entry. Names that are not there are caught by a proxy at the end of the prototype chain, which known names never reach. */
export function bagClass(table: string, entries: readonly BagEntry[]): BagClass {
  class ModelBag {
    readonly [sourceKey]: Source;
    constructor(source: Source) {
      this[sourceKey] = source;
    }
  }
  for (const entry of entries) {
    const { name } = entry;
    if ('made' in entry) {
      const { made } = entry;
      Object.defineProperty(ModelBag.prototype, name, {
        enumerable: true,
        get(this: ModelBag) {
          return made(this[sourceKey]);
        },
      });
      continue;
    }
    const { field, spec, to, relation } = entry;
    const facet = spec?.facets?.['bag'] as BagFacet | undefined;
    Object.defineProperty(ModelBag.prototype, name, {
      enumerable: true,
      get(this: ModelBag) {
        const source = this[sourceKey];
        if (facet !== undefined) return facet(source, { column: field?.column ?? '', property: field?.property ?? name });
        const expression = (): unknown => {
          const node = column(source, field!.column, field!.property, field!.valueKind, !field!.descriptor.isNullable);
          return relation === undefined ? expressionOf(node) : keyExpression(node, relation);
        };
        // A key column of a relation is reached as `owner.id`, so that `owner` itself stays free for the path.
        return spec?.stored === 'key' ? new RelationPath(expression, to === undefined ? null : () => to(source)) : expression();
      },
    });
  }
  Object.setPrototypeOf(
    ModelBag.prototype,
    new Proxy(Object.prototype, {
      get(target, name, receiver) {
        // oxlint-disable-next-line typescript/no-unsafe-return -- the value is untyped at this seam
        if (typeof name === 'symbol' || name === 'then' || name === 'toJSON' || name in target) return Reflect.get(target, name, receiver);
        throw new ValidationError([{ path: name, rule: 'unknown_field', message: 'is no field of the model' }], { model: table });
      },
    }),
  );
  return ModelBag;
}

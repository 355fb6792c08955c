// The bag of expressions that a callback receives: one getter per field, on a class made once per model. An unknown name throws instead of giving undefined.

import { ValidationError } from '../error/value-error.ts';
import { column, type Source } from '../expr/node.ts';
import { expressionOf } from '../expr/operations.ts';
import type { FieldSpec } from '../field/field-spec.ts';
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

/** A field, or a computed one: an expression over whatever source the bag has. */
export type BagEntry =
  | { readonly name: string; readonly field: StoredField | null; readonly spec: FieldSpec | null }
  | { readonly name: string; readonly computed: (source: Source) => unknown };

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
    if ('computed' in entry) {
      const { computed } = entry;
      Object.defineProperty(ModelBag.prototype, name, {
        enumerable: true,
        get(this: ModelBag) {
          return computed(this[sourceKey]);
        },
      });
      continue;
    }
    const { field, spec } = entry;
    const facet = spec?.facets?.['bag'] as BagFacet | undefined;
    Object.defineProperty(ModelBag.prototype, name, {
      enumerable: true,
      get(this: ModelBag) {
        const source = this[sourceKey];
        if (facet !== undefined) return facet(source, { column: field?.column ?? '', property: field?.property ?? name });
        const expression = expressionOf(column(source, field!.column, field!.property, field!.valueKind, !field!.descriptor.isNullable));
        // A key column of a relation is reached as `owner.id`, so that `owner` itself stays free for the path.
        return spec?.stored === 'key' ? { id: expression } : expression;
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

// Enum types. The value is the label itself; one name is both the value and the type.

import type { ValueKind } from './kind.ts';
import { expectString } from './text.ts';
import { quoteIdentifier, quoteLiteral } from '../ident/identifier.ts';

/** A declared enum type: `pgEnum('status', ['draft', 'published'])`. Frozen; `is.draft` is the label. */
export interface PgEnum<Label extends string> {
  readonly name: string;
  readonly labels: readonly Label[];
  readonly is: { readonly [L in Label]: L };
}

const kinds = new WeakMap<PgEnum<any>, ValueKind<any>>();

/** The kind of an enum: one, however many columns are of it. */
export function enumKind<Label extends string>(type: PgEnum<Label>): ValueKind<Label> {
  let kind = kinds.get(type) as ValueKind<Label> | undefined;
  if (kind === undefined) kinds.set(type, (kind = kindOf(type)));
  return kind;
}

function kindOf<Label extends string>({ name, labels }: PgEnum<Label>): ValueKind<Label> {
  const byText = new Map<string, Label>(labels.map((label) => [label, label]));
  const order = new Map<string, number>(labels.map((label, index) => [label, index]));
  const known = (text: string): Label => byText.get(text) ?? unknownLabel(name, text);
  const sqlType = quoteIdentifier(name);
  return Object.freeze({
    name: 'enum',
    sqlType,
    castType: sqlType,
    operations: 'ordered',
    enumType: { name, labels },
    validate: (value) => (byText.has(value as string) ? null : { rule: 'enum_label', message: `must be one of the labels of ${name}` }),
    comparison: {
      equal: (left, right) => left === right,
      compare: (left, right) => order.get(left)! - order.get(right)!,
      isOrderPortable: true,
    },
    codec: {
      text: { encode: (label) => label, decode: known },
      literal: (label) => `${quoteLiteral(label)}::${sqlType}`,
      json: { encode: (label) => label, decode: (json) => known(expectString(json)) },
    },
  } satisfies ValueKind<Label>);
}

/** A stored label that the declaration does not have. Never passed through. */
export class EnumDecodeError extends TypeError {
  readonly enumName: string;
  readonly label: string;
  constructor(enumName: string, label: string) {
    super(`${enumName} has no label of this name in its declaration: add it there, in the order of the database`);
    this.enumName = enumName;
    this.label = label;
  }
}

function unknownLabel(enumName: string, label: string): never {
  throw new EnumDecodeError(enumName, label);
}

// From one declared field to its descriptor, with every rule that concerns a field alone.

import { derivedName, identifierProblem, quoteIdentifier } from '../ident/identifier.ts';
import { parenthesized } from '../expr/render.ts';
import { specOf } from '../field/field.ts';
import { unknownKeys } from '../field/argument.ts';
import { INDEX_METHODS, type DefaultSpec, type FieldSpec, type Protection, type ReferenceSpec } from '../field/field-spec.ts';
import { KEY_GENERATORS } from '../id/key-generator.ts';
import type { ValueKind } from '../value/kind.ts';
import { columnOf, keyTargetOf } from './declaration.ts';
import type { DefaultDescriptor, FieldDescriptor, FieldRole, ReferenceDescriptor, RelationDescriptor } from './descriptor.ts';
import { describeReferenced, describeRelated } from './describe-relation.ts';
import type { Problems } from './problems.ts';

/** Names that a row has already, or that would break promises and prototypes: what every object inherits would pass for a value where a key is left out. */
export const RESERVED_PROPERTIES: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  'save',
  'update',
  'delete',
  'refresh',
  'reload',
  'assign',
  'isDirty',
  'dirtyFields',
  'markDirty',
  'markClean',
  'updateReturningPair',
  'deleteReturning',
  'toJSON',
  'then',
  'prototype',
]);

export interface DescribedField {
  readonly descriptor: FieldDescriptor;
  readonly valueKind: ValueKind | null;
  readonly spec: FieldSpec | null;
  readonly defaultFn: (() => unknown) | null;
}

/** Describes the field `name` of `table`; null when it cannot be, after reporting why. */
export function describeField(table: string, name: string, field: unknown, problems: Problems): DescribedField | null {
  const spec = specOf(field);
  const refuse = (rule: string, message: string): null => {
    problems.report(rule, `${table}.${name}: ${message}`, name);
    return null;
  };
  if (spec === null) return refuse('field', 'is no field. Use a builder such as f.text().');
  if (spec.problem !== undefined) refuse(spec.problem.rule, `${spec.problem.message}.`);
  const property = spec.stored === 'key' ? `${name}Id` : name;
  for (const taken of new Set([name, property])) {
    if (RESERVED_PROPERTIES.has(taken))
      return refuse('reserved_property', `${taken} is taken by every row. Rename the property and keep the column with .column().`);
  }
  if (spec.stored === 'none') {
    const modifiers = COLUMN_MODIFIERS.filter((modifier) => spec[modifier] !== undefined);
    if (modifiers.length > 0)
      refuse('modifier_conflict', `the field has no column, and takes no modifier that is about one (${modifiers.join(', ')}).`);
    const { relation: related } = spec;
    const relation =
      related === undefined ? null : problems.attempt('relation_target', `${table}.${name}`, () => describeRelated(table, related), name);
    if (relation === undefined) return null;
    return {
      spec,
      valueKind: null,
      defaultFn: null,
      descriptor: descriptorOf({ name, property, column: null, role: 'data', kind: 'relation', sqlType: '', spec, relation }),
    };
  }

  const reference =
    spec.reference === undefined
      ? null
      : problems.attempt('reference_target', `${table}.${name}`, () => describeReference(table, name, spec), name);
  const declaredKind =
    typeof spec.valueKind === 'function'
      ? reference === undefined
        ? undefined
        : problems.attempt('reference_target', `${table}.${name}`, spec.valueKind, name)
      : spec.valueKind;
  if (declaredKind === undefined) return null;
  const valueKind = declaredKind.ofField?.({ model: table, field: name }) ?? declaredKind;

  const column = columnOf(name, spec);
  const problem = identifierProblem(column);
  if (problem !== null)
    return refuse(
      problem,
      `the column name ${JSON.stringify(column)} cannot be used. Names have 1 to 63 bytes and do not begin with __djogi_.`,
    );
  if (spec.renamedFrom !== undefined && identifierProblem(spec.renamedFrom) !== null)
    refuse('identifier', 'renamedFrom is no valid column name.');
  checkModifiers(spec, valueKind, refuse);
  const defaultOf = spec.default === undefined ? null : describeDefault(spec.default, spec, valueKind, refuse);
  const checks = [valueKind.check?.(quoteIdentifier(column)), spec.check?.text].filter((text) => text !== undefined);
  return {
    spec,
    valueKind,
    defaultFn: spec.default?.kind === 'function' ? spec.default.make : null,
    descriptor: descriptorOf({
      name,
      property,
      column,
      role: spec.isVersion === true ? 'version' : 'data',
      kind: valueKind.name,
      sqlType: valueKind.sqlType,
      spec: tracksItself(spec, valueKind) ? { ...spec, isTracked: true } : spec,
      defaultOf,
      reference: reference ?? null,
      relation: reference === null || reference === undefined || spec.stored !== 'key' ? null : describeReferenced(spec, column),
      check:
        checks.length === 0
          ? null
          : {
              name: derivedName(table, [column], 'check'),
              expression: checks.length === 1 ? checks[0]! : checks.map(parenthesized).join(' AND '),
            },
      enumType: valueKind.enumType?.name ?? null,
    }),
  };
}

const tracksItself = ({ generated, generatedFrom }: FieldSpec, { tracking }: ValueKind): boolean =>
  tracking !== undefined && generated === undefined && generatedFrom === undefined;

function describeReference(table: string, name: string, spec: FieldSpec): ReferenceDescriptor {
  const reference = spec.reference as ReferenceSpec;
  const target = keyTargetOf(reference.target, reference.targetField);
  return {
    table: target.table,
    columns: [target.column],
    constraint: derivedName(table, [columnOf(name, spec)], 'fkey'),
    onDelete: reference.onDelete ?? 'noAction',
    onUpdate: reference.onUpdate ?? 'noAction',
    isDeferrable: reference.deferrable ?? false,
    isInitiallyDeferred: reference.initiallyDeferred ?? false,
    isIndexed: reference.index ?? true,
  };
}

/** What only a column can have. */
const COLUMN_MODIFIERS = [
  'isNullable',
  'default',
  'unique',
  'index',
  'column',
  'renamedFrom',
  'comment',
  'check',
  'generated',
  'isTracked',
  'isFilled',
] as const;

/** What a column that follows from others cannot have. */
const VALUE_MODIFIERS = ['isNullable', 'default', 'unique', 'check', 'generated', 'expose', 'isTracked', 'isFilled'] as const;

function checkModifiers(spec: FieldSpec, valueKind: ValueKind, refuse: (rule: string, message: string) => null): void {
  const conflict = (left: string, right: string): null => refuse('modifier_conflict', `${left} and ${right} exclude each other.`);
  if (spec.generated !== undefined) {
    if (spec.default !== undefined) conflict('.generated()', '.default()');
    if (spec.isTracked === true) conflict('.generated()', '.tracked()');
    if (spec.isFilled === true) conflict('.generated()', '.filled()');
  }
  if (spec.generatedFrom !== undefined) {
    const others = VALUE_MODIFIERS.filter((modifier) => spec[modifier] !== undefined);
    if (others.length > 0)
      refuse(
        'modifier_conflict',
        `the column follows from other fields, and takes no modifier that is about its value (${others.join(', ')}).`,
      );
  }
  if (spec.isVersion === true) {
    if (spec.isNullable === true) conflict('f.version()', '.nullable()');
    if (spec.default?.kind !== 'value' || spec.default.value !== 0) conflict('f.version()', '.default()');
    if (spec.isTracked === true) conflict('f.version()', '.tracked()');
    if (spec.generated !== undefined) conflict('f.version()', '.generated()');
    if (spec.isFilled === true) conflict('f.version()', '.filled()');
  }
  const { reference } = spec;
  if (reference?.initiallyDeferred === true && reference.deferrable !== true)
    refuse('modifier_conflict', 'initiallyDeferred needs deferrable.');
  if (reference?.onDelete === 'setNull' && spec.isNullable !== true) refuse('modifier_conflict', "onDelete: 'setNull' needs .nullable().");
  if (spec.index !== undefined && !INDEX_METHODS.includes(spec.index))
    refuse('index_spec', `an index is one of ${INDEX_METHODS.join(', ')}.`);
  if (spec.comment?.trim() === '') refuse('empty_sql', 'the comment must not be empty.');
  if (spec.rationale?.trim() === '') refuse('empty_sql', 'the rationale must not be empty.');
  if (spec.unique?.nullsNotDistinct === true && spec.isNullable !== true)
    refuse('modifier_conflict', 'nullsNotDistinct says nothing about a column without NULL.');
  if (spec.expose !== undefined) checkExposure(spec.expose, refuse);
  if (spec.protected !== undefined)
    checkProtection(spec.protected, spec.reference !== undefined || Object.hasOwn(KEY_GENERATORS, valueKind.name), refuse);
}

function checkExposure(audiences: readonly string[], refuse: (rule: string, message: string) => null): void {
  if (audiences.length === 0) refuse('expose_scope', '.expose() needs an audience.');
  if (audiences.some((audience) => typeof audience !== 'string' || audience.trim() === ''))
    refuse('expose_scope', 'audiences are named by non-empty strings.');
  if (new Set(audiences).size !== audiences.length) refuse('expose_scope', 'an audience appears twice.');
  if (audiences.length > 1 && audiences.includes('none')) refuse('expose_scope', "'none' stands alone.");
}

const SENSITIVITIES = ['none', 'internal', 'pii', 'sensitive', 'secret'];

function checkProtection(protection: Protection, isId: boolean, refuse: (rule: string, message: string) => null): void {
  const { sensitivity, ...rest } = protection;
  for (const key of unknownKeys(protection, ['sensitivity', 'rationale', 'redaction', 'retention']))
    refuse('protected_spec', `.protected() has no setting ${key}.`);
  if (!SENSITIVITIES.includes(sensitivity)) refuse('protected_spec', `sensitivity is one of ${SENSITIVITIES.join(', ')}.`);
  if (sensitivity === 'none' && Object.keys(rest).length > 0) refuse('protected_spec', "sensitivity 'none' takes no other setting.");
  if (sensitivity !== 'none' && (protection.rationale ?? '').trim() === '')
    refuse('protected_spec', 'a protected field needs a rationale.');
  if (protection.redaction === 'hashId' && !isId) refuse('protected_spec', "redaction 'hashId' is for id fields.");
}

function describeDefault(
  given: DefaultSpec,
  spec: FieldSpec,
  valueKind: ValueKind,
  refuse: (rule: string, message: string) => null,
): DefaultDescriptor | null {
  switch (given.kind) {
    case 'sql':
      return { kind: 'sql', text: given.sql.text };
    case 'function':
      return typeof given.make === 'function' ? { kind: 'function' } : refuse('default_value', '.defaultFn() needs a function.');
    default: {
      const { value } = given;
      if (value === null)
        return spec.isNullable === true
          ? { kind: 'sql', text: 'NULL' }
          : refuse('default_value', 'null is no value of a column that is NOT NULL.');
      const problem = value === undefined ? { message: 'must not be undefined' } : valueKind.validate(value);
      return problem === null
        ? { kind: 'sql', text: valueKind.codec.literal(value) }
        : refuse('default_value', `the default ${problem.message}.`);
    }
  }
}

/** A copy as JSON data: what cannot be written and read again must not be in a descriptor. */
export function jsonData<Data>(data: Data): Data {
  return data === undefined ? (null as Data) : (JSON.parse(JSON.stringify(data)) as Data);
}

interface Facts {
  name: string;
  property: string;
  column: string | null;
  role: FieldRole;
  kind: string;
  sqlType: string;
  spec: FieldSpec;
  defaultOf?: DefaultDescriptor | null;
  reference?: ReferenceDescriptor | null;
  relation?: RelationDescriptor | null;
  check?: FieldDescriptor['check'];
  enumType?: string | null;
}

function descriptorOf({
  name,
  property,
  column,
  role,
  kind,
  sqlType,
  spec,
  defaultOf = null,
  reference = null,
  relation = null,
  check = null,
  enumType = null,
}: Facts): FieldDescriptor {
  return {
    name,
    property,
    column,
    role,
    kind,
    sqlType,
    isNullable: spec.isNullable ?? false,
    isReadOnly: role === 'version' || spec.generated !== undefined || spec.isHidden === true,
    isFilled: spec.isFilled ?? false,
    isHidden: spec.isHidden ?? false,
    default: defaultOf,
    generated: spec.generated?.text ?? null,
    check,
    maxLength: spec.maxLength ?? null,
    enumType,
    reference,
    relation,
    isTracked: spec.isTracked ?? false,
    expose: [...(spec.expose ?? [])],
    protected: spec.protected ?? null,
    renamedFrom: spec.renamedFrom ?? null,
    comment: spec.comment ?? null,
    rationale: spec.rationale ?? null,
    sections: jsonData(spec.sections ?? {}),
  };
}

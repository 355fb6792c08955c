// A visage in memory: of a row, to JSON and back.

import { VisageError } from '../error/instance-error.ts';
import { ValidationError, type Issue } from '../error/value-error.ts';
import { evaluateExpression } from '../expr/evaluate.ts';
import { source as sourceNode } from '../expr/node.ts';
import { issuesOf } from '../value/kind.ts';
import { runtimeOf } from '../model/describe.ts';
import { relationIn } from '../model/relation.ts';
import type { DerivedField, ModelRuntime } from '../model/runtime.ts';
import { visageOf } from './declaration.ts';

type Values = Record<string, any>;

/** The values in the order of the row's constructor, and the peers behind them. */
export function projectRow(visage: unknown, row: object): object {
  const runtime = runtimeOf(visage),
    values = row as Values;
  const view = new runtime.buildRow(
    ...runtime.fields.map((field) => copied(values[field.property], field.valueKind)),
    ...runtime.derived.map((field) => derivedValue(visage, field, values)),
  ) as Values;
  for (const [name, peer] of runtime.visage!.peers) view[name] = peerOf(visage, runtime, name, peer, values[name]);
  return view;
}

/** Values that can change in place are the row's own. */
function copied(value: unknown, { isMutable, tracking, codec }: ModelRuntime['fields'][number]['valueKind']): unknown {
  if (isMutable !== true || value === null || value === undefined) return value;
  return tracking === undefined ? (codec.text.decode(codec.text.encode(value)) as unknown) : tracking.copy(value);
}

function peerOf(visage: unknown, { table }: ModelRuntime, name: string, peer: unknown, held: unknown): unknown {
  if (held === undefined)
    throw new VisageError(
      'unresolvedRelation',
      `${nameOf(visage)} shows ${name}, which is not loaded on this row of ${table}. Load it with selectRelated('${name}') or prefetch('${name}').`,
      { field: name, model: table },
    );
  if (held === null) return null;
  const shown = (row: object): object => (visageOf(peer) === null ? row : projectRow(peer, row));
  return Array.isArray(held) ? (held as object[]).map(shown) : shown(held);
}

function derivedValue(visage: unknown, { name, over }: DerivedField, row: Values): unknown {
  const compute = visageOf(visage)!.compute[name];
  return compute === undefined ? evaluateExpression(over(anywhere), row) : compute(row);
}

/** A row in memory has one source. */
const anywhere = sourceNode('row');

const nameOf = (visage: unknown): string => `The visage of ${runtimeOf(visage).table} for ${visageOf(visage)!.audience}`;

/** The columns as JSON data; peers write themselves. */
export function visageToJson(view: object): Record<string, unknown> {
  const { byProperty, derived } = runtimeOf(view.constructor),
    json: Record<string, unknown> = {};
  for (const [property, value] of Object.entries(view)) {
    const kind = byProperty.get(property)?.valueKind ?? derived.find((field) => field.name === property)?.valueKind;
    json[property] = value === null || value === undefined || kind === undefined ? value : kind.codec.json.encode(value);
  }
  return json;
}

/** `path` is where the object stands in what is parsed. */
export function parseVisage(visage: unknown, json: unknown, path: string): object {
  const issues: Issue[] = [],
    view = parsed(visage, json, path, issues);
  if (view === null || issues.length > 0) throw new ValidationError(issues, { model: runtimeOf(visage).table });
  return view;
}

function parsed(visage: unknown, json: unknown, path: string, issues: Issue[]): object | null {
  const runtime = runtimeOf(visage),
    at = (property: string): string => (path === '' ? property : `${path}.${property}`);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    issues.push({ path, rule: 'type', message: 'must be an object' });
    return null;
  }
  const given = json as Values;
  const fields = runtime.fields.map((field) =>
    parsedValue(given, field.property, field.descriptor.isNullable, field.valueKind, at(field.property), issues),
  );
  const derived = runtime.derived.map((field) => parsedValue(given, field.name, true, field.valueKind, at(field.name), issues));
  const view = new runtime.buildRow(...fields, ...derived) as Values;
  for (const [name, peer] of runtime.visage?.peers ?? []) {
    const held: unknown = Object.hasOwn(given, name) ? given[name] : undefined,
      { isMany, isNullable } = relationIn(runtime, name, runtimeOf);
    if (isMany && Array.isArray(held)) view[name] = held.map((one, index) => parsedPeer(peer, one, `${at(name)}[${index}]`, issues));
    else if (isMany) issues.push({ path: at(name), rule: 'type', message: 'must be a list' });
    else if (held === null && isNullable) view[name] = null;
    else if (held === null || held === undefined) issues.push({ path: at(name), rule: 'required', message: 'must be there' });
    else view[name] = parsedPeer(peer, held, at(name), issues);
  }
  return view;
}

/** Whole rows of a model are parsed as their columns. */
const parsedPeer = (peer: unknown, json: unknown, path: string, issues: Issue[]): object | null => parsed(peer, json, path, issues);

function parsedValue(
  given: Values,
  property: string,
  isNullable: boolean,
  { codec, validate }: ModelRuntime['fields'][number]['valueKind'],
  path: string,
  issues: Issue[],
): unknown {
  const json: unknown = Object.hasOwn(given, property) ? given[property] : undefined;
  if (json === null && isNullable) return null;
  const refused = (rule: string, message: string): null => {
    issues.push({ path, rule, message });
    return null;
  };
  if (json === undefined) return refused('required', 'must be there');
  let value: unknown;
  try {
    value = codec.json.decode(json);
  } catch {
    return json === null ? refused('required', 'must be there') : refused('type', 'is no value of the field');
  }
  const problem = validate(value);
  // Where there is no NULL, the null of JSON may still be a document.
  if (problem !== null && json === null) return refused('required', 'must be there');
  if (problem !== null) issues.push(...issuesOf(path, problem));
  return value;
}

/**
 * Compares the derived fields of a view made in memory with those of one that the database gave, in the order of the declaration.
 *
 * Errors: VISAGE with `derivedDrift` at the first difference.
 */
export function assertDerivedParity(inMemory: object, stored: object): void {
  const visage = inMemory.constructor,
    { derived, table } = runtimeOf(visage);
  for (const { name, valueKind } of derived) {
    const left: unknown = (inMemory as Values)[name],
      right: unknown = (stored as Values)[name];
    const isSame =
      left === null || right === null
        ? left === right
        : valueKind.comparison === null
          ? JSON.stringify(valueKind.codec.json.encode(left)) === JSON.stringify(valueKind.codec.json.encode(right))
          : valueKind.comparison.equal(left, right);
    if (!isSame)
      throw new VisageError(
        'derivedDrift',
        `${nameOf(visage)}: ${name} in memory is not what the database gives. Its expression and its compute say different things.`,
        { field: name, model: table },
      );
  }
}

// JSON columns: with a schema, whose input type is the value's, and without one, for which a reason must be given.

import { JsonExpression } from '../expr/json-expression.ts';
import { RawJsonExpression } from '../expr/raw-json-expression.ts';
import { jsonbKind, rawJsonKind } from '../value/json.ts';
import { isStandardSchema, type StandardSchema } from '../value/standard-schema.ts';
import { optionFacts } from './argument.ts';
import type { FieldSpec } from './field-spec.ts';

export interface JsonbOptions {
  /** Checks the schema on reading too, and refuses with DECODE what does not match. Default: on writing only. */
  readonly validateOnRead?: boolean;
}

export interface RawJsonOptions {
  /** Why the documents have no schema: at least 12 bytes, and no placeholder. It appears in the descriptor. */
  readonly justification: string;
}

export function jsonbSpec(schema: StandardSchema, options: JsonbOptions | undefined): FieldSpec {
  const problem: FieldSpec['problem'] = isStandardSchema(schema)
    ? undefined
    : {
        rule: 'json_schema',
        message: 'f.jsonb wants a Standard Schema validator such as z.object({ ... }); JSON without one is f.rawJson',
      };
  return {
    valueKind: jsonbKind(schema, options ?? {}, JsonExpression),
    stored: 'self',
    ...(problem === undefined ? optionFacts('f.jsonb', options, ['validateOnRead']) : { problem }),
  };
}

const MIN_JUSTIFICATION_BYTES = 12;
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  'to be determined',
  'to be decided',
  'to be written',
  'to be documented',
  'see the comment',
  'see comment above',
  'see comment below',
  'not applicable',
  'no justification',
  'justification',
  'external data',
  'external json',
]);

export function rawJsonSpec(options: RawJsonOptions): FieldSpec {
  const reason: unknown = (options as Partial<RawJsonOptions> | undefined)?.justification,
    text = typeof reason === 'string' ? reason.trim() : '';
  const isReason =
    new TextEncoder().encode(text).length >= MIN_JUSTIFICATION_BYTES &&
    !PLACEHOLDERS.has(
      text
        .toLowerCase()
        .replace(/[\s.!?…:_-]+/g, ' ')
        .trim(),
    ) &&
    /\p{L}.*\p{L}/u.test(text) &&
    !/^(?:todo|tbd|fixme)\b/i.test(text);
  const problem: FieldSpec['problem'] = isReason
    ? undefined
    : { rule: 'justification', message: 'f.rawJson wants a justification of at least 12 bytes that says why its documents have no schema' };
  return {
    valueKind: rawJsonKind(RawJsonExpression),
    stored: 'self',
    sections: { rawJson: { justification: text } },
    ...(problem === undefined ? optionFacts('f.rawJson', options, ['justification']) : { problem }),
  };
}
